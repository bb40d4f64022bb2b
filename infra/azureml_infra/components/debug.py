"""Send the SDK's debug lines only to an engine that shows them.

The SDK sends three to five lines a resource to the engine, each by a call that the program waits for (pulumi/pulumi,
sdk/python/lib/pulumi/log.py, `_log`), and the engine drops them unless it was started with `--debug`
(pkg/backend/display/progress.go, `renderProgressDiagEvent`). No message of the language protocol says which
(proto/pulumi/language.proto, `RunRequest`): the command line of the CLI does, which is a parent process. Where that
can't be read, or isn't there, the lines are sent.

A program that awaits nothing would become slower without them from about 1,000 resources on: `wait_for_rpcs`
(sdk/python/lib/pulumi/runtime/stack.py) meets all outputs before the first registration has begun, and waits in a loop
of which every turn touches each. A workspace looks things up, which lets the registrations begin.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path, PurePath
from typing import Any

from pulumi.runtime import settings
from pulumi.runtime.proto import engine_pb2

_ASKS = re.compile(r"--debug(=(?i:1|t|true))?|-[A-Za-z]*d[A-Za-z]*")
"""`--debug`, or `d` among single letters; an option that has the letter by chance costs time, not lines."""


class QuietEngine:
    """An engine's client that keeps debug lines to itself."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def Log(self, request: engine_pb2.LogRequest) -> Any:  # noqa: N802  (the protocol's name)
        """Send a line that isn't a debug line."""
        return None if request.severity == engine_pb2.DEBUG else self._engine.Log(request)


def drop_debug_lines() -> None:
    """Keep this run's debug lines from an engine that would drop them."""
    engine = settings.get_engine()
    if engine is not None and not isinstance(engine, QuietEngine) and _are_dropped():
        settings.SETTINGS.engine = QuietEngine(engine)


@cache
def _are_dropped() -> bool:
    return is_quiet(_parents())


def is_quiet(processes: Iterable[list[str]]) -> bool:
    """Return whether the first pulumi CLI among command lines was started without `--debug`; False where none is."""
    for command in processes:
        if command and PurePath(command[0]).stem == "pulumi":
            return not any(_ASKS.fullmatch(word) for word in command[1:])
    return False


def _parents() -> Iterator[list[str]]:
    """Yield the command lines of the processes above this one, the nearest first, as far as they can be read."""
    pid = os.getppid()
    while pid:
        try:
            pid, command = _process(pid)
        except (OSError, ValueError):
            return
        yield command


def _process(pid: int) -> tuple[int, list[str]]:
    """Return a process's parent and command line: from Linux's /proc, or from `ps` (macOS, BSD)."""
    folder = Path(f"/proc/{pid}")
    if folder.is_dir():
        parent = re.search(r"^PPid:\s*(\d+)$", (folder / "status").read_text("utf-8", "replace"), re.MULTILINE)
        command = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        return int(parent[1]) if parent else 0, command
    line = ["ps", "-ww", "-o", "ppid=", "-o", "command=", "-p", str(pid)]
    found = subprocess.run(line, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603
    return int(found[0]) if found else 0, found[1:]
