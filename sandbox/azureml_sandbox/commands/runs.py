"""``azureml-sandbox up|preview|refresh|destroy``: a project's program on this machine's Azure.

``run -- COMMAND`` runs a command with that Azure as its own. Under ``--policy-pack`` an update is previewed first, and
nothing is done where the preview is denied; ``--requester`` says in whose name, to packs that ask.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pulumi
from rich.console import Console

from azureml_sandbox.pulumi import doors
from azureml_sandbox.pulumi.engine import display, locking
from azureml_sandbox.pulumi.engine import program as programs
from azureml_sandbox.pulumi.engine import project as projects
from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.packs.model import Pack
from azureml_sandbox.pulumi.stack import Result, RunFailedError, Sandbox

OK, REFUSED, FAILED = 0, 1, 2
REQUESTER = "GUARDRAILS_REQUESTER"
"""The variable that tells packs who asks."""
_JUDGED = frozenset({"up", "preview"})


KEPT = """\
To destroy what is protected, do one of these:
- end the protection in the program, `up`, then `destroy`; a platform.yml says `workspace: {{protect: false}}`
- with azureml-infra, where the stack comes and goes: `azureml-infra:disposable: true` in Pulumi.{stack}.yaml, likewise
- forget this sandbox with all that is in it: `azureml-sandbox reset`"""
"""The ways out, which the engine's own words leave open."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 1: the program itself refuses its input, 2: the run failed."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    own, command = _split(given)
    options = _parser().parse_args(own)
    try:
        packs = _packs(options)
        if options.command == "run":
            return _run_command(options, command)
        with _in_the_name_of(options.requester):
            return _run(options, display.console(), packs)
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
    parser = argparse.ArgumentParser(prog="azureml-sandbox", description=__doc__)
    parser.add_argument("command", choices=("up", "preview", "refresh", "destroy", "run"))
    parser.add_argument("--stack", default="sandbox", help="the stack, as in Pulumi.STACK.yaml (default: sandbox)")
    parser.add_argument("--cwd", type=Path, default=Path(), help="the project's folder (default: this one)")
    parser.add_argument("--show-same", action="store_true", help="list unchanged resources as well")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--events", type=Path, metavar="FILE", help="write a preview's events there, as `azureml-review` reads them"
    )
    parser.add_argument(
        "--door",
        choices=doors.DOORS,
        default=os.environ.get(doors.VARIABLE) or None,
        help=f"what runs the program (default: {doors.VARIABLE}, or the engine where a pulumi CLI is on PATH)",
    )
    parser.add_argument(
        "--policy-pack", type=Path, action="append", default=[], metavar="DIR", help="judge up or preview by a pack"
    )
    parser.add_argument(
        "--policy-pack-config", type=Path, action="append", default=[], metavar="FILE", help="its settings, as JSON"
    )
    parser.add_argument(
        "--as",
        dest="identity",
        default="",
        metavar="NAME",
        help="who runs the command of `run`: olga, carl, dana, rita",
    )
    parser.add_argument("--requester", metavar="NAME", help="who asks, for packs that decide by that")
    return parser


def _packs(options: argparse.Namespace) -> list[Pack]:
    """The packs of the command line; EngineError for options that would be without effect."""
    folders, files = options.policy_pack, options.policy_pack_config
    if not folders and (files or options.requester):
        given = "--policy-pack-config" if files else "--requester"
        raise EngineError(f"{given} is for a policy pack, and there is none: name its folder with --policy-pack")
    if folders and options.command not in _JUDGED:
        raise EngineError(f"policy packs judge `up` and `preview`, not `{options.command}`: leave --policy-pack out")
    if files and len(files) != len(folders):
        raise EngineError("give one --policy-pack-config for each --policy-pack, in the same order, or none at all")
    return [
        Pack(folder.resolve(), file and file.resolve())
        for folder, file in zip(folders, files or [None] * len(folders), strict=True)
    ]


@contextlib.contextmanager
def _in_the_name_of(requester: str | None) -> Iterator[None]:
    """Tell packs, which are started within the block, who asks."""
    if requester is None:
        yield
        return
    before = os.environ.get(REQUESTER)
    os.environ[REQUESTER] = requester
    try:
        yield
    finally:
        os.environ.pop(REQUESTER)
        if before is not None:
            os.environ[REQUESTER] = before


def _run_command(options: argparse.Namespace, command: list[str]) -> int:
    """Any command, with the sandbox as its Azure: over https, and as a pulumi CLI's azure-native provider."""
    from azureml_sandbox.pulumi.provider import cli
    from azureml_sandbox.server import background
    from azureml_sandbox.server.environment import leading_to
    from azureml_sandbox.server.record import ServerError, home_of

    if not command:
        raise EngineError("nothing to run; say what after two dashes: `azureml-sandbox run -- pulumi up`")
    try:
        home = home_of(options.cwd)
        with background.present(home) as record:
            return cli.run(options.cwd.resolve(), options.stack, command, leading_to(home, record, options.identity))
    except ServerError as error:
        raise EngineError(str(error)) from None


def _run(options: argparse.Namespace, terminal: Console, packs: Sequence[Pack]) -> int:
    project = projects.find(options.cwd.resolve())
    with _alone(_home(project.folder), options.stack, packs):
        choice = doors.choose(project, options.stack, options.door)
        if options.events and options.command != "preview":
            raise EngineError("--events is for `preview`: leave it out, or preview first")
        if not options.json:
            terminal.print(display.heading(options.command, project.name, options.stack, choice.why))
        if choice.door == doors.ENGINE:
            return _on_the_engine(options, project, packs)
        return _in_process(options, project, terminal, packs)


@contextlib.contextmanager
def _alone(home: Path, stack: str, packs: Sequence[Pack]) -> Iterator[None]:
    """One run of a stack at a time, and, for what packs compare with is one file, one run under packs."""
    with contextlib.ExitStack() as locks:
        locks.enter_context(locking.only_one(home / f"{stack.replace('/', '_')}.lock", f"the stack {stack!r}"))
        if packs:
            locks.enter_context(locking.only_one(home / "packs.lock", f"policy packs in {home}"))
        yield


def _on_the_engine(options: argparse.Namespace, project: projects.Project, packs: Sequence[Pack]) -> int:
    """The CLI prints for itself; its exit code tells no more than that something failed."""
    from azureml_sandbox.pulumi.provider import cli

    given = {"--show-sames": options.show_same, "--json": options.json}
    sys.stdout.flush()
    wanted = [name for name, is_wanted in given.items() if is_wanted]
    code = cli.pulumi(project, options.stack, options.command, wanted, packs, events=options.events)
    return FAILED if code else OK


def _in_process(
    options: argparse.Namespace, project: projects.Project, terminal: Console, packs: Sequence[Pack]
) -> int:
    progress = display.Progress(terminal)
    database = project.folder / doors.HOME / doors.DATABASE
    commands = ["preview", "up"] if packs and options.command == "up" else [options.command]
    with Sandbox(database, stack=options.stack, observer=progress, packs=packs) as sandbox:
        for command in commands:
            try:
                with contextlib.redirect_stdout(sys.stderr) if options.json else progress.live():
                    result: Result = getattr(sandbox, command)(project.folder)
            except RunFailedError as failed:
                explained = _explained(failed.result, project)
                _write_events(options, sandbox, explained, project)
                _show(options, terminal, explained, command)
                if command == "destroy" and "because it is protected" in str(failed.result.error):
                    print(KEPT.format(stack=options.stack), file=sys.stderr)
                return REFUSED if isinstance(failed.result.error, pulumi.RunError) else FAILED
        _write_events(options, sandbox, result, project)
    _show(options, terminal, result, options.command)
    return OK


def _write_events(options: argparse.Namespace, sandbox: Sandbox, result: Result, project: projects.Project) -> None:
    """What the engine would have streamed of a preview."""
    if options.events is None:
        return
    from azureml_sandbox.pulumi.engine import events

    configuration = projects.configuration(project, options.stack)
    shown = {key: value for key, value in configuration.values.items() if key not in configuration.secrets}
    text = "".join(f"{line}\n" for line in events.lines(result, sandbox.state.resources(), shown))
    options.events.write_text(text, encoding="utf-8")


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


def _show(options: argparse.Namespace, terminal: Console, result: Result, command: str) -> None:
    if options.json:
        print(display.as_json(result, command))
    else:
        display.show(terminal, result, preview=command == "preview", show_same=options.show_same)
