"""``python -m sandbox up|preview|refresh|destroy``: a project's program on this machine's Azure."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pulumi
from rich.console import Console

from sandbox.engine import display, locking
from sandbox.engine import program as programs
from sandbox.engine import project as projects
from sandbox.engine.errors import EngineError
from sandbox.stack import Result, RunFailedError, Sandbox

OK, REFUSED, FAILED = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 1: the program itself refuses its input, 2: the run failed."""
    options = _parser().parse_args(arguments)
    terminal = display.console()
    try:
        return _run(options, terminal)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("Interrupted. What was done is in the state: run it again to go on.", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("command", choices=("up", "preview", "refresh", "destroy"))
    parser.add_argument("--stack", default="sandbox", help="the stack, as in Pulumi.STACK.yaml (default: sandbox)")
    parser.add_argument("--cwd", type=Path, default=Path(), help="the project's folder (default: this one)")
    parser.add_argument("--show-same", action="store_true", help="list unchanged resources as well")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    return parser


def _run(options: argparse.Namespace, terminal: Console) -> int:
    project = projects.find(options.cwd.resolve())
    if not options.json:
        terminal.print(display.heading(options.command, project.name, options.stack))
    progress = display.Progress(terminal)
    with _sandbox(project.folder, options.stack, progress) as sandbox:
        try:
            with contextlib.redirect_stdout(sys.stderr) if options.json else progress.live():
                result: Result = getattr(sandbox, options.command)(project.folder)
        except RunFailedError as failed:
            _show(options, terminal, _explained(failed.result, project))
            return REFUSED if isinstance(failed.result.error, pulumi.RunError) else FAILED
    _show(options, terminal, result)
    return OK


@contextlib.contextmanager
def _sandbox(folder: Path, stack: str, progress: display.Progress) -> Iterator[Sandbox]:
    home = folder / ".sandbox"
    home.mkdir(mode=0o700, exist_ok=True)
    (home / ".gitignore").write_text("*\n", encoding="utf-8")  # the state holds secrets
    with locking.only_one(home / "lock"), Sandbox(home / "state.db", stack=stack, observer=progress) as sandbox:
        yield sandbox


def _explained(result: Result, project: projects.Project) -> Result:
    """The result with a traceback of the program's own frames where the program itself failed."""
    error = result.error
    if error is not None and not isinstance(error, EngineError | pulumi.RunError | SystemExit):
        last = result.diagnostics[-1]
        message = f"the program failed\n{programs.shown(error, project.folder)}"
        result.diagnostics[-1] = type(last)(last.severity, message)
    return result


def _show(options: argparse.Namespace, terminal: Console, result: Result) -> None:
    if options.json:
        print(display.as_json(result, options.command))
    else:
        display.show(terminal, result, preview=options.command == "preview", show_same=options.show_same)


if __name__ == "__main__":
    sys.exit(main())
