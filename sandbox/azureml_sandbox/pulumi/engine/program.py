"""A project's program as a function: what it changes in this process is put back when it ends."""

import contextlib
import os
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

_OURS = frozenset({"azureml_arm", "azureml_sandbox"})


def execute(program: Path) -> None:
    """Run a file as __main__. Its resources are made after it ends: `in_folder` must last until then."""
    with _own_signals():
        runpy.run_path(str(program), run_name="__main__")


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Keep Python's handling of Ctrl-C, which a program may give up, so that its run ends in good order."""
    in_main = threading.current_thread() is threading.main_thread()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)} if in_main else {}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def in_folder(folder: Path) -> Iterator[None]:
    """Let a project's code run in its folder, with the folder importable, as Pulumi's language host does."""
    folder = folder.resolve()
    known = any(Path(entry or ".").resolve() == folder for entry in sys.path)
    kept = (list(sys.path), list(sys.argv), Path.cwd(), set(sys.modules))
    os.chdir(folder)
    if not known:
        sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path[:], sys.argv[:] = kept[0], kept[1]
        os.chdir(kept[2])
        if not known:
            _forget(folder, kept[3])


def _forget(folder: Path, before: set[str]) -> None:
    """Unload the modules that the program brought, so that the next run reads them anew."""
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        inside = file is not None and Path(file).is_relative_to(folder) and "site-packages" not in file
        if inside and name.partition(".")[0] not in _OURS:
            del sys.modules[name]


def format_error(error: BaseException, folder: Path) -> str:
    """Return an exception's traceback with the program's own frames only; all of them where it has none."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _within(frame.filename, folder)]
    lines = traceback.format_list(own or frames)
    return "".join([*lines, *traceback.format_exception_only(error)]).rstrip()


def _within(filename: str, folder: Path) -> bool:
    path = Path(filename)
    ours = path.is_relative_to(Path(__file__).parents[2])
    return path.is_relative_to(folder.resolve()) and "site-packages" not in path.parts and not ours
