"""The process that warm command lines are forks of. Arguments: its socket, what forks call `sys.executable`, and
the modules to import, or `--all`."""

import atexit
import contextlib
import ctypes
import gc
import importlib
import importlib.machinery
import importlib.util
import io
import marshal
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PACKAGES = ("azureml_arm", "azureml_fleet", "azureml_infra", "azureml_policies", "azureml_review", "azureml_sandbox")
LAZY = (
    *("azure.identity", "azure.storage.blob", "pulumi_policy", "requests", "trustme", "uvicorn"),
    *(
        f"pulumi_azure_native.{name}"
        for name in (
            *("applicationinsights", "authorization", "containerregistry", "keyvault", "machinelearningservices"),
            *("managedidentity", "operationalinsights", "resources", "storage"),
        )
    ),
)
"""What commands import only once they need it."""
ROOT = Path(__file__).parents[3]
PROJECT = f"""\
name: azureml-infra
runtime: python
config:
  azure-native:subscriptionId: {{value: 5a4d0b0c-0000-4000-8000-000000000001}}
  azureml-infra:description: {{value: {ROOT / "examples" / "quickstart"}}}
"""
"""What is rehearsed, and its program."""
PROGRAM = "import azureml_infra, pulumi; azureml_infra.Platform.from_config().export(pulumi.export)"
PR_SET_PDEATHSIG = 1
"""Linux's name for: send this process a signal when its parent ends."""


def serve(listening: socket.socket) -> dict[str, Any]:
    """Fork for each request; return it, in the fork. The server itself ends when its stdin does."""
    selector = selectors.DefaultSelector()
    selector.register(listening, selectors.EVENT_READ)
    selector.register(0, selectors.EVENT_READ)
    children: dict[int, tuple[int, int, socket.socket]] = {}
    """By either file descriptor: the process, its own descriptor, the client."""
    while True:
        for key, _ in selector.select():
            if key.fd == 0:
                for pid in {pid for pid, _, _ in children.values()}:
                    os.kill(pid, signal.SIGKILL)
                os._exit(0)
            elif key.fileobj is listening:
                received = _receive(listening.accept()[0])
                if received is None:
                    continue
                client, request, files = received
                pid = os.fork()
                if pid == 0:
                    selector.close()
                    _detach([listening, client, *(other for *_, other in children.values())], files)
                    return request
                for file in files:
                    os.close(file)
                with contextlib.suppress(OSError):
                    client.sendall(f"{pid}\n".encode())
                watched = os.pidfd_open(pid)
                children[client.fileno()] = children[watched] = (pid, watched, client)
                selector.register(client, selectors.EVENT_READ)
                selector.register(watched, selectors.EVENT_READ)
            elif selector.get_map().get(key.fd) is key:  # not of an end that this round has dealt with
                _end(key.fd, children, selector)


def _end(file: int, children: dict[int, tuple[int, int, socket.socket]], selector: selectors.BaseSelector) -> None:
    """Tell a client how its fork ended; where the client has gone, end the fork."""
    pid, watched, client = children[file]
    if file != watched:
        os.kill(pid, signal.SIGKILL)
    for one in (client.fileno(), watched):
        selector.unregister(one)
        del children[one]
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(OSError):
        client.sendall(f"{code}\n".encode())
    client.close()
    os.close(watched)


def _receive(client: socket.socket) -> tuple[socket.socket, dict[str, Any], list[int]] | None:
    """Return what a client asks for; None where it was ended before it had said it."""
    files: list[int] = []
    try:
        size, files, _, _ = socket.recv_fds(client, 8, 3)
        with client.makefile("rb") as stream:
            return client, marshal.loads(stream.read(int.from_bytes(size, "big"))), files
    except (OSError, EOFError, ValueError):
        for file in files:
            os.close(file)
        client.close()
        return None


def _detach(sockets: list[socket.socket], files: list[int]) -> None:
    """Be a fork that ends with the server, and whose only files are the client's."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for one in sockets:
        one.close()
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, 4096)


def become(request: dict[str, Any]) -> list[str]:
    """Take a command line's folder and environment; return its words without the interpreter's own options."""
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    words = list(request["argv"])
    while words and words[0] in ("-u", "-I", "-S", "-B"):
        words.pop(0)
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    for number, (name, mode) in enumerate((("stdin", "rb"), ("stdout", "wb"), ("stderr", "wb"))):
        unbuffered = open(number, mode, 0 if number else -1, closefd=False)  # noqa: SIM115
        setattr(sys, name, io.TextIOWrapper(unbuffered, "utf-8", write_through=True))
        setattr(sys, f"__{name}__", getattr(sys, name))
    return words


def run(words: list[str]) -> None:
    """Run what the words name, as the interpreter does."""
    sys.orig_argv = [sys.executable, *words]
    kind = words[0]
    if kind == "-c":
        sys.argv = ["-c", *words[2:]]
        _search("")
        exec(compile(words[1], "<string>", "exec"), {"__name__": "__main__"})
    elif kind == "-m":
        sys.argv = words[1:]
        _search(str(Path.cwd()))
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        _search(str(Path(kind) if Path(kind).is_dir() else Path(kind).resolve().parent))
        runpy.run_path(kind, run_name="__main__")


def _search(first: str) -> None:
    """Search this folder, then those of PYTHONPATH; forget each package of ours that is found there in another copy."""
    sys.path[:0] = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]
    site = importlib.machinery.PathFinder.find_spec("sitecustomize")
    if site is not None and site.loader is not None:
        site.loader.exec_module(importlib.util.module_from_spec(site))
    sys.path.insert(0, first)
    for package in PACKAGES:
        found = importlib.machinery.PathFinder.find_spec(package)
        if package in sys.modules and (found is None or found.origin != sys.modules[package].__file__):
            for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
                del sys.modules[name]


def finish(words: list[str]) -> int:
    """Run the words to their end; return the exit code."""
    try:
        run(words)
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        print(error.code, file=sys.stderr)  # noqa: T201
        return 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def import_all() -> None:
    """Import what commands import, and build the models of what they read."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    import_each(LAZY)
    for kind in importlib.import_module("azureml_infra.entities.kinds").KINDS:
        kind.model.model_rebuild()


def rehearse() -> None:
    """Bring an example up under the rules, and review that: what is worked out of a type, a rule or a file of the
    packages at its first use is there for each fork."""
    from azureml_policies.pack.service import PackServicer
    from azureml_policies.rules.registry import RULES
    from azureml_policies.session import begin
    from azureml_review.__main__ import main as review
    from azureml_sandbox.__main__ import main as sandbox
    from azureml_sandbox.pulumi.packs.model import Pack
    from azureml_sandbox.pulumi.stack import Sandbox

    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(io.StringIO()):
        folder, options = Path(name), ("--door", "in-process", "--cwd", name)
        (folder / "Pulumi.yaml").write_text(PROJECT, "utf-8")
        (folder / "__main__.py").write_text(PROGRAM, "utf-8")
        sandbox(["preview", *options, "--events", f"{name}/events"])
        review([f"{name}/events", "--project", name, "--no-prices"])
        sandbox(["up", *options])
        pack = PackServicer(RULES, lambda config, _, stack: begin(config, folder=folder, stack=stack))
        with Sandbox(packs=[Pack(pack, {"guardrails": {"baseline": "live"}})]) as judged:
            judged.preview(folder)
    for package in PACKAGES:
        sys.modules.pop(f"{package}.__main__", None)  # `-m` warns of one that is there


def import_each(names: Iterable[str]) -> None:
    """Import these modules."""
    for name in names:
        getattr(importlib.import_module(name), "any", None)  # pulumi_azure_native loads a module when it is looked into


def main() -> None:
    """Listen, import, serve, and be what a request asks for."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(sys.argv[1])
    listening.listen(64)
    print("ready", flush=True)  # noqa: T201 - who asks before the imports are done waits
    if sys.argv[3:] == ["--all"]:
        import_all()
        rehearsal = threading.Thread(target=rehearse)  # whose context and event loop no fork sees
        rehearsal.start()
        rehearsal.join()
    else:
        import_each(sys.argv[3:])
    assert threading.active_count() == 1, "a process with threads can't be forked"
    sys.path.pop(0)
    sys.executable = sys.argv[2]
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # a command makes little that goes before its process does
    words = become(serve(listening))
    code = finish(words)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


main()
