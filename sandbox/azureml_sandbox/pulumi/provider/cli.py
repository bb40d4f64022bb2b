"""Commands with the sandbox as their Azure: a pulumi CLI for `up` and its like, or whatever `run` is given."""

import contextlib
import itertools
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from azureml_sandbox.azure import Azure
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.pulumi import runner
from azureml_sandbox.pulumi.engine import export
from azureml_sandbox.pulumi.engine import project as projects
from azureml_sandbox.pulumi.engine.display import Progress, error_console
from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.engine.project import Project
from azureml_sandbox.pulumi.environment import leading_here
from azureml_sandbox.pulumi.packs.model import Pack
from azureml_sandbox.pulumi.provider.begun import Begun
from azureml_sandbox.pulumi.provider.resuming import resume, saving_at_the_end
from azureml_sandbox.pulumi.provider.server import serving
from azureml_sandbox.pulumi.transport import person

STACK = PASSPHRASE = "sandbox"  # noqa: S105
"""The stack that is for the sandbox alone, and what its secrets are encrypted with: everybody may know them."""

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "up": ("up", "--yes", "--show-full-output"),
    "preview": ("preview",),
    "refresh": ("refresh", "--yes"),
    "destroy": ("destroy", "--yes"),
}
_CHANGES: Mapping[str, tuple[str, ...]] = {"up": ("--diff", "--suppress-outputs"), "preview": ("--diff",)}
"""What shows the changes of a stack line by line, and nothing that stays."""


def pulumi(
    project: Project,
    stack: str,
    command: str,
    options: Sequence[str] = (),
    packs: Sequence[Pack] = (),
    *,
    events: Path | None = None,
) -> int:
    """Run one of COMMANDS on a stack, which is made if need be: the CLI's exit code. It prints for itself.

    An update is previewed first where that may refuse it: under policy packs, and where resources are protected, which
    the engine notices in the middle of its deletions otherwise.
    With `events`, a preview's events go to that file, and nothing is printed but what the CLI has to say to people.
    """
    with _environment(project.folder, stack) as (azure, environment):
        _make_ready(project, stack, environment)
        # What a stack is made of is best read as a tree; what changes in it, line by line.
        shown = _CHANGES.get(command, ()) if runner.has_made(project, stack) else ()
        line = [*COMMANDS[command], *shown, *_preview_flags(project, stack, command, packs), "--stack", stack, *options]
        if packs:
            _export(project, stack, environment)
            line += _flags(packs)
        if events is not None:
            return _stream_events([word for word in line if word != "--diff"], project.folder, environment, events)
        if command == "preview":
            return _run(["pulumi", *line], project.folder, environment)
        with saving_at_the_end(project, stack) as more:
            code = _run(["pulumi", *line], project.folder, {**environment, **more})
        if code == 0 and command != "refresh":
            _remove_what_is_left(azure, project, stack)
        return code


def _remove_what_is_left(azure: Azure, project: Project, stack: str) -> None:
    """Delete what a killed run made, and no run since has made its own."""
    kept = {str(one.get("id", "")).lower() for one in runner.checkpoint(project, stack).get("resources") or ()}
    for resource_id in Begun(azure).settle(project.name, stack, kept):
        with contextlib.suppress(ArmError):  # it is gone, or what has it in use keeps it
            azure.delete(resource_id)


def _preview_flags(project: Project, stack: str, command: str, packs: Sequence[Pack]) -> tuple[str, ...]:
    """Return the flag that skips a preview, where nothing could be refused in one."""
    refusable = command in ("up", "destroy") and (packs or runner.protects(project, stack))
    return () if refusable or command == "preview" else ("--skip-preview",)


def run(folder: Path, stack: str, command: Sequence[str], more: Mapping[str, str] | None = None) -> int:
    """Run any command in a folder, with `more` in its environment: its exit code. A pulumi CLI finds its stack made."""
    words = _words(command)
    with _environment(folder, stack, more or {}) as (_, environment):
        if not _names_pulumi(words) or not (folder / "Pulumi.yaml").is_file() or runner.cli() is None:
            export.forget(folder / runner.HOME)
            return _run(command, folder, environment)
        project = projects.find(folder)
        _make_ready(project, stack, environment)
        if _selects(words):
            print(_SELECTED.format(stack=stack), file=sys.stderr)
        with _fresh_export(project, stack, words, environment):
            return _run(command, folder, environment)


_SELECTED = """\
note: `run` names the stack {stack!r} to each pulumi command, whatever is selected; for another one: \
`azureml-sandbox run --stack NAME -- pulumi …`"""


def _words(command: Sequence[str]) -> list[str]:
    """Return the words of a command, with those of a script that is one of them: `bash -c "pulumi preview"`."""
    return [word for argument in command for word in _SEPARATORS.split(argument) if word]


_SEPARATORS = re.compile(r"[\s;&|()\"'`]+")


def _names_pulumi(words: Sequence[str]) -> bool:
    return any(Path(word).name == "pulumi" for word in words)


def _selects(words: Sequence[str]) -> bool:
    """Return whether a command selects a stack."""
    return any(pair == ("stack", "select") for pair in itertools.pairwise(words))


@contextlib.contextmanager
def _fresh_export(
    project: Project, stack: str, command: Sequence[str], environment: Mapping[str, str]
) -> Iterator[None]:
    """Let packs of a pulumi command compare with its own stack as it is now, never with what an earlier run wrote."""
    home = project.folder / runner.HOME
    export.forget(home)
    if not any(word.partition("=")[0] == "--policy-pack" for word in command):
        yield
        return
    chosen = _stack_named_by(command) or stack
    with export.alone(home):
        if runner.checkpoint_file(project, chosen).is_file():
            _export(project, chosen, environment)
        yield


def _stack_named_by(command: Sequence[str]) -> str | None:
    """Return the stack that a pulumi command names, if it does."""
    for word, following in itertools.pairwise([*command, ""]):
        option, _, value = word.partition("=")
        if option in ("--stack", "-s"):
            return value or following
    return None


@contextlib.contextmanager
def _environment(
    folder: Path, stack: str, more: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[Azure, dict[str, str]]]:
    """Yield the environment that leads a command to the cloud while the block lasts, and never to the real Azure.

    Whoever is signed in there is who Pulumi's resources are made by, too.
    """
    home = folder / runner.HOME
    azure = Azure(SqliteStore(home / runner.DATABASE))
    environment = leading_here(azure, home / runner.DATABASE)
    with contextlib.closing(azure), serving(azure, person(azure, {**environment, **more})) as port:
        passphrase = PASSPHRASE if stack == STACK else os.environ.get("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
        yield (
            azure,
            {
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                # What stands attached needs no plugin; others are installed when a program asks for them.
                "PULUMI_OPTION_SKIP_PLUGIN_PRE_INSTALL": "true",
                "PULUMI_STACK": stack,
                **environment,
                **_with_cli(environment),
                "PULUMI_CONFIG_PASSPHRASE": passphrase,
                "PULUMI_BACKEND_URL": home.as_uri(),
                "PULUMI_DEBUG_PROVIDERS": f"azure-native:{port}",
                **more,
            },
        )


def _with_cli(environment: Mapping[str, str]) -> dict[str, str]:
    """Return a PATH that ends with the CLI that `azureml-sandbox engine` installed: one on PATH anyway comes first."""
    path = (environment.get("PATH"), str(runner.INSTALLED / "bin"))
    return {"PATH": os.pathsep.join(filter(None, path))}


def _make_ready(project: Project, stack: str, environment: Mapping[str, str]) -> None:
    """Make the stack, or clear away what a killed run of it left."""
    if runner.checkpoint_file(project, stack).is_file():

        def quietly(*arguments: str, purpose: str) -> None:
            _quietly([*arguments, "--stack", stack], purpose, project, environment)

        resume(project, stack, quietly)
        return
    _quietly(["stack", "init", "--no-select", "--stack", stack], f"make the stack {stack!r}", project, environment)


def _export(project: Project, stack: str, environment: Mapping[str, str]) -> None:
    """Write what the stack is before a run, for packs that compare; secrets stay encrypted."""
    file = project.folder / runner.HOME / export.FILE
    line = ["stack", "export", "--stack", stack, "--file", str(file)]
    _quietly(line, f"export the stack {stack!r}", project, environment)


def _flags(packs: Sequence[Pack]) -> list[str]:
    """Return the packs as the CLI takes them."""
    folders = [word for pack in packs for word in ("--policy-pack", str(pack.source))]
    files = [word for pack in packs if pack.config for word in ("--policy-pack-config", str(pack.config))]
    return folders + files


def _quietly(arguments: Sequence[str], purpose: str, project: Project, environment: Mapping[str, str]) -> None:
    line = ["pulumi", *arguments]
    done = subprocess.run(line, cwd=project.folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise EngineError(f"pulumi could not {purpose}: {done.stderr.strip()}")


def _stream_events(options: Sequence[str], folder: Path, environment: Mapping[str, str], events: Path) -> int:
    """Write a preview's events to a file, a line each, and return the CLI's exit code; progress goes to a terminal."""
    streaming = {**environment, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
    command = ["pulumi", *options, *(() if "--json" in options else ("--json",))]
    progress = Progress(error_console())
    with (
        events.open("wb") as out,
        progress.live(),
        subprocess.Popen(command, cwd=folder, env=streaming, stdout=subprocess.PIPE) as child,  # noqa: S603
    ):
        for line in child.stdout or ():
            out.write(line)
            if b'"resourcePreEvent"' in line:
                progress.count()
    return child.returncode


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> int:
    try:
        with _interrupts_left_to_it(), subprocess.Popen(command, cwd=folder, env=environment) as child:  # noqa: S603
            return child.wait()
    except FileNotFoundError:
        raise EngineError(f"there is no command {command[0]!r} on PATH") from None


@contextlib.contextmanager
def _interrupts_left_to_it() -> Iterator[None]:
    """Ignore Ctrl-C, which reaches the command as well: it ends in good order only while its Azure stays up."""

    def wait(_number: int, _frame: Any) -> None:
        """Wait until the command has ended."""

    before = signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
