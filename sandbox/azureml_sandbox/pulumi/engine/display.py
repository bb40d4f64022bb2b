"""A run for the person at the terminal: progress while it lasts, then what happened as a tree of the platform."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from azureml_sandbox.pulumi.engine.diff import ChangedPlace
from azureml_sandbox.pulumi.engine.judge import Violation
from azureml_sandbox.pulumi.engine.operations import Diagnostic, Observer, Op, Operation
from azureml_sandbox.pulumi.engine.result import Result
from azureml_sandbox.pulumi.engine.urns import STACK_TYPE, Urn
from azureml_sandbox.pulumi.engine.values import UNKNOWN, mask

if TYPE_CHECKING:
    from rich.spinner import Spinner

_MARKS = {
    Op.CREATE: ("+", "green"),
    Op.UPDATE: ("~", "yellow"),
    Op.REPLACE: ("±", "magenta"),
    Op.DELETE: ("-", "red"),
    Op.SAME: (" ", "dim"),
    Op.READ: (">", "cyan"),
    Op.IMPORT: ("=", "cyan"),
}
_DONE = {
    Op.CREATE: "created",
    Op.UPDATE: "updated",
    Op.REPLACE: "replaced",
    Op.DELETE: "deleted",
    Op.SAME: "unchanged",
    Op.READ: "read",
    Op.IMPORT: "imported",
}
_QUIET = frozenset({Op.SAME, Op.READ})
_SEVERITIES = {"error": "bold red", "warning": "yellow", "info": "default"}
_WIDTH = 100
"""How long a changed value may be on its line."""


def console() -> Console:
    """Return standard output; lines are never wrapped, so that piped text is the same on every machine."""
    return Console(highlight=False, soft_wrap=True)


def error_console() -> Console:
    """Return standard error, where progress is shown: it is a terminal also when the result goes to a file."""
    return Console(highlight=False, soft_wrap=True, stderr=True)


class Progress(Observer):
    """One live line: what is being done, and how much is done. Nothing where there is no terminal."""

    def __init__(self, terminal: Console) -> None:
        self._terminal = terminal
        self._spinner: Spinner | None = None
        self._count = 0

    @property
    def line(self) -> Text:
        """Return the line's current text."""
        return Text() if self._spinner is None else Text(str(self._spinner.text))

    @contextlib.contextmanager
    def live(self) -> Iterator[None]:
        """Show the line as long as the block runs."""
        if not self._terminal.is_terminal:
            yield
            return
        from rich.live import Live
        from rich.spinner import Spinner

        self._spinner = Spinner("dots", "Starting the program", style="status.spinner")
        # What the program prints stays where it prints it: only on the same terminal it goes above the line.
        above = sys.stdout.isatty()
        with Live(self._spinner, console=self._terminal, transient=True, redirect_stdout=above):
            yield

    def on_start(self, op: Op, urn: str) -> None:
        """Say what is being done."""
        self._say(f"{op} {Urn.parse(urn).name}")

    def on_finish(self, operation: Operation) -> None:
        """Count it."""
        self._count += 1
        if operation.op in _QUIET:
            self._say(f"looked at {operation.name}")

    def count(self) -> None:
        """Count a resource of which nothing more is known."""
        self._count += 1
        self._say("previewing")

    def _say(self, what: str) -> None:
        if self._spinner is not None:
            self._spinner.update(text=Text(f"{self._count} resources · {what}"))


def heading(command: str, project: str, stack: str, why: str) -> Text:
    """Print what the run is, and what runs it."""
    title = {"up": "Updating", "preview": "Previewing", "destroy": "Destroying", "refresh": "Refreshing"}[command]
    return Text.assemble((f"{title} {project} ({stack})", "bold"), f" in the sandbox: {why}")


def show(terminal: Console, result: Result, *, preview: bool = False, show_same: bool = False) -> None:
    """Print a run's tree, messages, outputs and summary; what policies deny comes last, where it is seen."""
    is_denied = any(item.mandatory for item in result.violations)
    for line in _tree(result.operations, show_same=show_same):
        terminal.print(line)
    if not is_denied:
        _show_policies(terminal, result)
    _show_diagnostics(terminal, result.diagnostics)
    _show_outputs(terminal, result)
    terminal.print()
    terminal.print(_summary(result, preview=preview))
    if is_denied:
        _show_policies(terminal, result)


def _tree(operations: Sequence[Operation], *, show_same: bool) -> Iterator[Text]:
    """Yield the operations below their components; without `show_same` only what changes, and what leads there."""
    by_urn = {operation.urn: operation for operation in operations}
    wanted: set[str] = set()
    for operation in operations:
        if show_same or operation.failed or operation.op not in _QUIET:
            _want(operation.urn, by_urn, wanted)
    children: dict[str, list[Operation]] = {}
    for urn, operation in by_urn.items():
        if urn in wanted:
            parent = operation.parent if operation.parent in by_urn else ""
            children.setdefault(parent, []).append(operation)
    yield from _below("", children, "")


def _want(urn: str, by_urn: dict[str, Operation], wanted: set[str]) -> None:
    while urn in by_urn and urn not in wanted:
        wanted.add(urn)
        urn = by_urn[urn].parent


def _below(parent: str, children: dict[str, list[Operation]], indent: str) -> Iterator[Text]:
    items = children.get(parent, [])
    for operation in items:
        last = operation is items[-1]
        branch, further = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield _line(operation, indent + branch)
        for change in operation.changes if operation.op in (Op.UPDATE, Op.REPLACE) else ():
            yield _render_change(change, indent + further + ("│  " if operation.urn in children else "   "))
        yield from _below(operation.urn, children, indent + further)


def _line(operation: Operation, indent: str) -> Text:
    mark, style = _MARKS[operation.op]
    if operation.failed:
        mark, style = "!", "bold red"
    done = f"{operation.op} failed" if operation.failed else str(operation.op)
    line = Text.assemble((f"{mark} ", style), (indent, "dim"), (operation.name, "bold"), f" {_kind(operation.type)} ")
    line.append(done, style)
    return line.append(f" ({operation.note})", "dim") if operation.note else line


def _kind(token: str) -> str:
    """Return a type as people call it: ``azure-native:storage:StorageAccount`` -> ``storage:StorageAccount``."""
    package, _, rest = token.partition(":")
    return rest.removeprefix("index:") if package in ("azure-native", "pulumi-python") or ":index:" in token else token


def _render_change(change: ChangedPlace, indent: str) -> Text:
    why = " (replaces)" if change.replaces else ""
    line = Text.assemble("  ", (indent, "dim"), f"{_path(change.path)}: ")
    line.append(_value(change.old), "red").append(" -> ").append(_value(change.new), "green")
    return line.append(why, "magenta")


def _path(path: str) -> str:
    """Return a path without ARM's wrapping: ``properties.properties.vmSize`` -> ``vmSize``."""
    while path.startswith("properties."):
        path = path.removeprefix("properties.")
    return path


def _value(value: Any) -> str:
    if value is None:
        return "(none)"
    if value in ("[secret]", "[unknown]"):
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _show_policies(terminal: Console, result: Result) -> None:
    """Print what policy packs say: mandatory policies last, and below each its resources."""
    stopped = result.error is not None and not any(item.mandatory for item in result.violations)
    if (result.packs and not stopped) or result.violations:
        terminal.print(Text("\nPolicies", "bold"))
    for pack in () if stopped else result.packs:
        if not any(item.pack == pack.partition(" ")[0] for item in result.violations):
            terminal.print(Text.assemble("  ", ("passed", "green"), f"  {pack}"))
    grouped: dict[tuple[str, str, str], list[Violation]] = {}
    for item in sorted(result.violations, key=_weight):
        grouped.setdefault((item.pack, item.policy, item.level), []).append(item)
    for items in grouped.values():
        terminal.print(_policy(items[0]))
        for item in items:
            terminal.print(_violation(item))


def _weight(violation: Violation) -> tuple[bool, int, str, str]:
    rank = ("critical", "high", "medium", "low", "").index(violation.severity)
    return violation.mandatory, -rank, violation.policy, violation.pack


def _policy(violation: Violation) -> Text:
    style = "bold red" if violation.mandatory else "yellow"
    about = ", ".join(filter(None, (violation.pack, violation.severity)))
    line = Text.assemble("  ", (violation.level, style), "  ", (violation.policy, "bold"), (f" ({about})", "dim"))
    return line.append(f": {violation.description}" if violation.description else "")


def _violation(violation: Violation) -> Text:
    urn = Urn.parse(violation.urn)
    what = "the stack" if urn.type == STACK_TYPE else f"{urn.name} {_kind(urn.type)}"
    return Text.assemble("    ", (what, "bold"), ": ", violation.message.strip().replace("\n", "\n      "))


def _show_diagnostics(terminal: Console, diagnostics: Sequence[Diagnostic]) -> None:
    if diagnostics:
        terminal.print()
    for item in diagnostics:
        name = f" ({Urn.parse(item.urn).name})" if item.urn and item.severity != "error" else ""
        terminal.print(Text.assemble((f"{item.severity}{name}: ", _SEVERITIES[item.severity]), item.message))


def _show_outputs(terminal: Console, result: Result) -> None:
    if not result.outputs:
        return
    shown = {
        name: "[secret]" if name in result.secret_outputs else value for name, value in sorted(result.outputs.items())
    }
    rows = list(_rows(shown, "  "))
    width = max(len(name) for name, _ in rows)
    terminal.print(Text("\nOutputs", "bold"))
    for name, value in rows:
        terminal.print(Text(f"{name:<{width}}  {value}".rstrip()), soft_wrap=True)
    if any(value.startswith(_CUT) for _, value in rows):
        terminal.print(Text("  (ids without subscription and group; --json has them whole)", "dim"))


def _rows(values: Mapping[str, Any], indent: str) -> Iterator[tuple[str, str]]:
    """Yield name and value, line by line; what is in a mapping stands indented below its name."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield f"{indent}{name}", ""
            yield from _rows(dict(sorted(value.items())), indent + "  ")
        else:
            yield f"{indent}{name}", _output(value)


_ID = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/")
_CUT = "…/"


def _output(value: Any) -> str:
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return ", ".join(map(_output, value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    known = text.replace(UNKNOWN, "[unknown]")
    return _ID.sub(_CUT, known, count=1) if known.startswith("/") else known


def _is_outside(operation: Operation) -> bool:
    """Return whether an operation is on a resource outside of the program: no component, stack or provider."""
    return operation.type.startswith(("azure-native:", "pulumi-python:"))


def counts(operations: Sequence[Operation]) -> dict[Op, int]:
    """Return how many resources had what done to them, without what failed: as in a review, components don't count."""
    kinds = [operation.op for operation in operations if not operation.failed and _is_outside(operation)]
    return {op: kinds.count(op) for op in Op if op in kinds}


def _summary(result: Result, *, preview: bool) -> Text:
    words = {op: f"to {op}" for op in Op} | {Op.SAME: "unchanged"} if preview else _DONE
    parts = [f"{number} {words[op]}" for op, number in counts(result.operations).items()]
    failed = sum(operation.failed for operation in result.operations)
    parts += [f"{failed} failed"] if failed else []
    start = "" if result.changed or result.error else "Nothing to change: " if preview else "Nothing changed: "
    return Text(f"{start}{', '.join(parts) or 'no resources'} ({result.duration:.1f} s)", "bold")


def as_json(result: Result, command: str) -> str:
    """Return a run as one JSON object; secrets are masked."""
    return json.dumps(
        {
            "command": command,
            "result": "failed" if result.failed else "succeeded",
            "operations": [_operation(operation) for operation in result.operations],
            "outputs": {
                name: "[secret]" if name in result.secret_outputs else mask(value)
                for name, value in result.outputs.items()
            },
            "diagnostics": [asdict(item) for item in result.diagnostics],
            "violations": [_as_object(item) for item in result.violations],
            "summary": {str(op): number for op, number in counts(result.operations).items()},
            "duration": round(result.duration, 3),
        },
        indent=2,
        ensure_ascii=False,
    )


def _as_object(violation: Violation) -> dict[str, str]:
    return {
        "pack": violation.pack,
        "policy": violation.policy,
        "level": violation.level,
        "severity": violation.severity,
        "message": violation.message,
        "urn": violation.urn,
    }


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "op": str(operation.op),
        "urn": operation.urn,
        "type": operation.type,
        "name": operation.name,
        "id": operation.id,
        "failed": operation.failed,
        "changes": [asdict(change) for change in operation.changes],
    }
