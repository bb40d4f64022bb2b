"""``azureml-sandbox up|preview|refresh|destroy``: a project's program on this machine's Azure.

Under ``--policy-pack`` an update is previewed first, and nothing is done where the preview is denied; ``--requester``
says in whose name, to packs that ask.
"""

import contextlib
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

import pulumi
from rich.console import Console

from azureml_sandbox.commands import seed
from azureml_sandbox.commands.common import FAILED, OK, REFUSED, add_project, add_stack, refuse
from azureml_sandbox.pulumi import runner
from azureml_sandbox.pulumi.engine import display, export, locking
from azureml_sandbox.pulumi.engine import program as programs
from azureml_sandbox.pulumi.engine import project as projects
from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.engine.result import Result
from azureml_sandbox.pulumi.packs.model import Pack
from azureml_sandbox.pulumi.stack import RunFailedError, Sandbox
from azureml_sandbox.pulumi.transport import variables
from azureml_sandbox.server.files import Home

REQUESTER = "GUARDRAILS_REQUESTER"
"""The variable that names the requester to packs."""
KEPT = """\
To destroy what is protected, do one of these:
- end the protection in the program, `up`, then `destroy`; a platform.yml says `workspace: {{protect: false}}`
- with azureml-infra, where the stack comes and goes: `azureml-infra:disposable: true` in Pulumi.{stack}.yaml, likewise
- forget this sandbox with all that is in it: `azureml-sandbox reset`"""
"""The ways out, which the engine's own words leave open."""


def add_arguments(parser: ArgumentParser, command: str) -> None:
    """Add the options of one of `up`, `preview`, `refresh` and `destroy`."""
    add_project(parser)
    add_stack(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--show-same", action="store_true", help="list unchanged resources as well")
    parser.add_argument(
        "--door",
        choices=runner.DOORS,
        default=os.environ.get(runner.VARIABLE) or None,
        help=f"what runs the program (default: {runner.VARIABLE}, or the engine where a pulumi CLI is on PATH)",
    )
    parser.set_defaults(events=None, policy_pack=[], policy_pack_config=[], requester=None)
    if command == "preview":
        parser.add_argument(
            "--events", type=Path, metavar="FILE", help="write its events there, as `azureml-review` reads them"
        )
    if command in ("up", "preview"):
        _add_judging(parser)
    if command == "up":
        parser.epilog = (
            "Under a policy pack the update is previewed first, and nothing is done where the preview is denied. "
            f"Without a pulumi CLI the program runs in-process; {runner.WHERE_TO_GET_ONE}."
        )


def _add_judging(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--policy-pack", type=Path, action="append", default=[], metavar="DIR", help="a pack that judges the change"
    )
    parser.add_argument(
        "--policy-pack-config", type=Path, action="append", default=[], metavar="FILE", help="its settings, as JSON"
    )
    parser.add_argument("--requester", metavar="NAME", help="who asks, for packs that decide by that")


def run(arguments: Namespace) -> int:
    """Run one command; 1: the program itself refuses its input, 2: the run failed."""
    try:
        _forget(arguments.events)
        packs = _packs(arguments)
        with variables({} if arguments.requester is None else {REQUESTER: arguments.requester}):
            return _run(arguments, display.console(), packs)
    except EngineError as error:
        return refuse(error, FAILED)


def _forget(events: Path | None) -> None:
    """Truncate a file of an earlier run, which the next reader would take for this run's."""
    try:
        if events is not None and events.exists():
            events.write_bytes(b"")
    except OSError as error:
        raise EngineError(f"{events}: {error.strerror}; expected a file that can be written") from None


def _packs(options: Namespace) -> list[Pack]:
    """Return the packs of the command line; EngineError for options that would be without effect."""
    folders, files = options.policy_pack, options.policy_pack_config
    if not folders and (files or options.requester):
        given = "--policy-pack-config" if files else "--requester"
        raise EngineError(f"{given} is for a policy pack, and there is none: name its folder with --policy-pack")
    if files and len(files) != len(folders):
        raise EngineError("give one --policy-pack-config for each --policy-pack, in the same order, or none at all")
    return [
        Pack(folder.resolve(), file and file.resolve())
        for folder, file in zip(folders, files or [None] * len(folders), strict=True)
    ]


def _run(options: Namespace, terminal: Console, packs: Sequence[Pack]) -> int:
    project = projects.find(options.cwd.resolve())
    home = Home.of(project.folder).folder
    with _alone(home, options.stack, packs):
        if not packs and options.command != "preview":
            export.forget(home)
        choice = runner.choose(project, options.stack, options.door)
        _seed(options, project)
        if not options.json:
            terminal.print(display.heading(options.command, project.name, options.stack, choice.why))
        if choice.door == runner.ENGINE:
            return _on_the_engine(options, project, packs)
        return _in_process(options, project, terminal, packs)


def _seed(options: Namespace, project: projects.Project) -> None:
    """Put into the cloud what the stack's setting says is there already."""
    named = (projects.stack_file(project, options.stack).get("config") or {}).get(seed.SETTING)
    if named is None or options.command not in ("up", "preview"):
        return
    try:
        made = seed.seed_database(Home.of(project.folder).database, project.folder / str(named))
    except seed.SeedError as error:
        raise EngineError(f"{error} ({seed.SETTING} of Pulumi.{options.stack}.yaml)") from None
    if made:
        print(seed.summary(made, Path(str(named))), file=sys.stderr)


@contextlib.contextmanager
def _alone(home: Path, stack: str, packs: Sequence[Pack]) -> Iterator[None]:
    """Hold the lock of a stack, and the one of runs under packs, which compare with one file."""
    with contextlib.ExitStack() as locks:
        locks.enter_context(locking.only_one(home / f"{stack.replace('/', '_')}.lock", f"the stack {stack!r}"))
        if packs:
            locks.enter_context(export.alone(home))
        yield


def _on_the_engine(options: Namespace, project: projects.Project, packs: Sequence[Pack]) -> int:
    """Run the command with the pulumi CLI, which prints for itself; return FAILED for any code but 0."""
    from azureml_sandbox.pulumi.provider import cli

    given = {"--show-sames": options.show_same, "--json": options.json}
    sys.stdout.flush()
    wanted = [name for name, is_wanted in given.items() if is_wanted]
    code = cli.pulumi(project, options.stack, options.command, wanted, packs, events=options.events)
    if code and options.command == "destroy" and runner.protects(project, options.stack):
        print(KEPT.format(stack=options.stack), file=sys.stderr)
    return FAILED if code else OK


def _in_process(options: Namespace, project: projects.Project, terminal: Console, packs: Sequence[Pack]) -> int:
    progress = display.Progress(display.error_console())
    database = project.folder / runner.HOME / runner.DATABASE
    commands = ["preview", "up"] if packs and options.command == "up" else [options.command]
    with Sandbox(database, stack=options.stack, observer=progress, packs=packs) as sandbox:
        for command in commands:
            try:
                with contextlib.redirect_stdout(sys.stderr) if options.json else progress.live():
                    result: Result = getattr(sandbox, command)(project.folder)
            except RunFailedError as failed:
                explained = _explain(failed.result, project)
                _write_events(options, sandbox, explained, project)
                _show(options, terminal, explained, command)
                if command == "destroy" and "because it is protected" in str(failed.result.error):
                    print(KEPT.format(stack=options.stack), file=sys.stderr)
                return REFUSED if isinstance(failed.result.error, pulumi.RunError) else FAILED
        _write_events(options, sandbox, result, project)
    _show(options, terminal, result, options.command)
    return OK


def _write_events(options: Namespace, sandbox: Sandbox, result: Result, project: projects.Project) -> None:
    """Write the events that the engine would have streamed of a preview."""
    if options.events is None:
        return
    from azureml_sandbox.pulumi.engine import events

    configuration = projects.configuration(project, options.stack)
    shown = {key: value for key, value in configuration.values.items() if key not in configuration.secrets}
    text = "".join(f"{line}\n" for line in events.lines(result, sandbox.state.resources(), shown))
    options.events.write_text(text, encoding="utf-8")


def _explain(result: Result, project: projects.Project) -> Result:
    """Return the result with a traceback of the program's own frames where the program itself failed."""
    error = result.error
    if error is not None and not isinstance(error, EngineError | pulumi.RunError | SystemExit):
        last = result.diagnostics[-1]
        message = f"the program failed\n{programs.format_error(error, project.folder)}"
        result.diagnostics[-1] = type(last)(last.severity, message)
    return result


def _show(options: Namespace, terminal: Console, result: Result, command: str) -> None:
    if options.json:
        print(display.as_json(result, command))
    else:
        display.show(terminal, result, preview=command == "preview", show_same=options.show_same)
