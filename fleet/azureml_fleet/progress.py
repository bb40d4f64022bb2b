"""How the previews go on: a table where there is a terminal, a line for each stack where there is none."""

from __future__ import annotations

import threading
import time
from collections import Counter
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from azureml_fleet.run import PreviewResult
from azureml_fleet.stacks import Stack
from azureml_fleet.summary import STYLES, WORST_FIRST, changes

_LATEST = 8


class FleetProgress:
    """Receives progress from several threads; a context, within which the table is shown."""

    def __init__(self, console: Console, total: int, done: int = 0) -> None:
        self._console = console
        self._total = total
        self._done = done
        self._running: dict[str, float] = {}
        self._latest: list[PreviewResult] = []
        self._verdicts: Counter[str] = Counter()
        self._lock = threading.Lock()
        live = console.is_terminal and not console.is_dumb_terminal
        self._live = Live(get_renderable=self._table, console=console, transient=True) if live else None

    def __enter__(self) -> FleetProgress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def on_begin(self, stack: Stack) -> None:
        """Note that a stack's preview has begun."""
        with self._lock:
            self._running[stack.name] = time.monotonic()

    def on_end(self, result: PreviewResult) -> None:
        """Note that a stack's preview has ended."""
        with self._lock:
            self._running.pop(result.stack, None)
            self._done += 1
            self._verdicts[result.verdict] += 1
            self._latest = [*self._latest, result][-_LATEST:]
            if self._live is None:
                line = f"[{self._done}/{self._total}] {result.stack}: {result.verdict}, {changes(result)}"
                self._console.print(Text(f"{line} ({result.seconds:.1f} s)"), soft_wrap=True)

    def _table(self) -> Table:
        with self._lock:
            table = Table("stack", "", "changes", "seconds", title=self._title(), title_justify="left", box=None)
            for result in self._latest:
                verdict = Text(result.verdict, STYLES[result.verdict])
                table.add_row(result.stack, verdict, changes(result), f"{result.seconds:.1f}")
            for name, began in self._running.items():
                table.add_row(name, Text("running", "cyan"), "", f"{time.monotonic() - began:.1f}")
            return table

    def _title(self) -> str:
        counts = [f"{self._verdicts[one]} {one}" for one in WORST_FIRST if self._verdicts[one]]
        return ", ".join([f"{self._done} of {self._total} previewed", *counts])
