"""An environment whose Python starts warm: each command line runs in a fork of one process with all imports done.

A test that is about what a command does takes this one; a test that is about the process (signals, what is imported)
takes `sys.executable`. README.md's story takes that for the first of each command, so that a missing import is seen.
"""

import contextlib
import functools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

CLIENT = Path(__file__).with_name("client.py")
SERVER = Path(__file__).with_name("server.py")
CAN_FORK = hasattr(os, "pidfd_open")
SHARED = "WARM_ENVIRONMENT"
"""The variable that names the environment of all workers of a test run."""
_OURS = "azureml-"
_OPEN = contextlib.ExitStack()
_SCRIPT = """\
#!{python}
import sys
from {module} import {name}
sys.exit({name}())
"""


@functools.cache
def environment() -> Path:
    """Return the warm environment: that of the run's workers, or the process's own, which the first caller starts."""
    return Path(os.environ[SHARED]) if SHARED in os.environ else _OPEN.enter_context(warm_environment(everything=True))


def python() -> str:
    """Return what stands for `sys.executable` there."""
    return str(environment() / "bin" / "python")


def close() -> None:
    """End what `environment` started."""
    _OPEN.close()


@contextlib.contextmanager
def warm_environment(*modules: str, python: Path = Path(sys.executable), everything: bool = False) -> Iterator[Path]:
    """Yield a folder that stands for `.venv`: `bin/python` and the project's commands, started warm.

    The modules are imported already, or `everything` that commands import; each imports what else it needs.
    Where processes can't be watched by their file descriptors (only Linux has it) it is the environment itself.
    """
    if not CAN_FORK:
        yield python.parent.parent
        return
    with tempfile.TemporaryDirectory(prefix="warm-") as name:
        folder = Path(name)
        client = _write(
            folder / "bin" / "python", f"#!{Path(sys.executable).resolve()} -IS\n{CLIENT.read_text('utf-8')}"
        )
        for entry in entry_points(group="console_scripts"):
            if entry.name.startswith(_OURS):
                script = _SCRIPT.format(python=client, module=entry.module, name=entry.attr)
                _write(folder / "bin" / entry.name, script)
        line = [str(python), str(SERVER), str(folder / "socket"), str(client), *(("--all",) if everything else modules)]
        with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            try:
                yield folder
            finally:
                process.stdin.close()


def _write(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    file.chmod(0o755)
    return file


def link(folder: Path, environment: Path) -> None:
    """Make an environment the `.venv` of a folder."""
    (folder / ".venv").symlink_to(environment, target_is_directory=True)


__all__ = ["CAN_FORK", "close", "environment", "link", "python", "warm_environment"]
