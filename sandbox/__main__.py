"""``python -m sandbox up|preview|refresh|destroy``: a project's program on this machine's Azure.

``run -- COMMAND`` runs a command with that Azure as its own.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path

import pulumi
from rich.console import Console

from sandbox import doors
from sandbox.engine import display, locking
from sandbox.engine import program as programs
from sandbox.engine import project as projects
from sandbox.engine.errors import EngineError
from sandbox.stack import Result, RunFailedError, Sandbox

OK, REFUSED, FAILED = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 1: the program itself refuses its input, 2: the run failed."""
    given = sys.argv[1:] if arguments is None else arguments
    own, command = _split(given)
    options = _parser().parse_args(own)
    try:
        if options.command == "run":
            return _run_command(options, command)
        return _run(options, display.console())
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("Interrupted. What was done is in the state: run it again to go on.", file=sys.stderr)
        return FAILED


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What is ours, and the command after the first ``--``."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("command", choices=("up", "preview", "refresh", "destroy", "run"))
    parser.add_argument("--stack", default="sandbox", help="the stack, as in Pulumi.STACK.yaml (default: sandbox)")
    parser.add_argument("--cwd", type=Path, default=Path(), help="the project's folder (default: this one)")
    parser.add_argument("--show-same", action="store_true", help="list unchanged resources as well")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--door",
        choices=doors.DOORS,
        default=os.environ.get(doors.VARIABLE) or None,
        help=f"what runs the program (default: {doors.VARIABLE}, or the engine where a pulumi CLI is on PATH)",
    )
    return parser


def _run_command(options: argparse.Namespace, command: list[str]) -> int:
    """Any command, with the sandbox as its Azure: ``run -- pulumi up``."""
    from sandbox.provider import cli

    if not command:
        raise EngineError("nothing to run; say what after two dashes: `python -m sandbox run -- pulumi up`")
    folder = options.cwd.resolve()
    _home(folder)
    return cli.run(folder, options.stack, command)


def _run(options: argparse.Namespace, terminal: Console) -> int:
    project = projects.find(options.cwd.resolve())
    with locking.only_one(_home(project.folder) / "lock"):
        choice = doors.choose(project, options.stack, options.door)
        if not options.json:
            terminal.print(display.heading(options.command, project.name, options.stack, choice.why))
        if choice.door == doors.ENGINE:
            return _on_the_engine(options, project)
        return _in_process(options, project, terminal)


def _on_the_engine(options: argparse.Namespace, project: projects.Project) -> int:
    """The CLI prints for itself; its exit code tells no more than that something failed."""
    from sandbox.provider import cli

    given = {"--show-sames": options.show_same, "--json": options.json}
    sys.stdout.flush()
    code = cli.pulumi(project, options.stack, options.command, [name for name, wanted in given.items() if wanted])
    return FAILED if code else OK


def _in_process(options: argparse.Namespace, project: projects.Project, terminal: Console) -> int:
    progress = display.Progress(terminal)
    database = project.folder / doors.HOME / doors.DATABASE
    with Sandbox(database, stack=options.stack, observer=progress) as sandbox:
        try:
            with contextlib.redirect_stdout(sys.stderr) if options.json else progress.live():
                result: Result = getattr(sandbox, options.command)(project.folder)
        except RunFailedError as failed:
            _show(options, terminal, _explained(failed.result, project))
            return REFUSED if isinstance(failed.result.error, pulumi.RunError) else FAILED
    _show(options, terminal, result)
    return OK


def _home(folder: Path) -> Path:
    home = folder / doors.HOME
    home.mkdir(mode=0o700, exist_ok=True)
    (home / ".gitignore").write_text("*\n", encoding="utf-8")  # the state holds secrets
    return home


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
