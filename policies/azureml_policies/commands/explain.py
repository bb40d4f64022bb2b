"""``explain``: why somebody may, or may not, change a resource, assignment by assignment."""

import difflib
import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.text import Text

from azureml_arm import ids
from azureml_arm.actions import bearing
from azureml_arm.ids import workspace_of
from azureml_arm.rbac.model import Decision, Effect
from azureml_policies.commands.check import environment, past, read
from azureml_policies.commands.common import UsageError, add_shared_options, asking, config_of, console, emit
from azureml_policies.config import PackConfig
from azureml_policies.previews.read import planned_of
from azureml_policies.requester.model import Requester
from azureml_policies.requests.write import Write
from azureml_policies.rules.rights.asking import known_part, remedy
from azureml_policies.rules.rights.family import action_of, describe_change
from azureml_policies.rules.rights.renting import rent
from azureml_policies.run import Run
from azureml_policies.session import begin
from azureml_policies.text import join_words

_FEW = 5
_MARKS = {Effect.GRANTS: ("+", "green"), Effect.DENIES: ("!", "red"), Effect.NOTHING: ("-", "dim")}


@dataclass(frozen=True)
class Answer:
    """One action of one person, and what Azure would say."""

    person: str
    what: str
    decision: Decision

    @property
    def remedy(self) -> str:
        """Return what a refusal says to do; empty where it is allowed."""
        return "" if self.decision.allowed else remedy(self.decision.action, self.decision.scope)


def add_options(parser: ArgumentParser) -> None:
    """Add the options of the command."""
    add_shared_options(parser)
    parser.add_argument("resource", help="an ARM id, or with --preview a resource's name in the program")
    parser.add_argument(
        "--requester", metavar="WHO", help="a person of the config, or an object id (default: who is signed in)"
    )
    parser.add_argument("--preview", type=Path, metavar="FILE", help="the output of `pulumi preview --json`")


def run(options: Namespace) -> int:
    """Print each action's answer with its reasons; 1 where any is no."""
    config = config_of(options)
    requester = asking(options, config)
    session = _session(options, config, requester)
    if not requester.persons:
        raise UsageError(f"nobody is known to ask: {requester.problem}")
    answers = list(_answers(options, session))
    if options.json:
        emit(json.dumps([_as_json(answer) for answer in answers], indent=2))
    else:
        _show(answers)
    return 0 if all(answer.decision.allowed for answer in answers) else 1


def _session(options: Namespace, config: PackConfig, requester: Requester) -> Run:
    """Return a run in their name; what was there before is what the preview says, where there is one."""
    folder = options.config.resolve().parent if options.config else Path.cwd()
    if options.preview is None:
        return begin(config, folder=folder, asking=lambda: requester)
    preview = read(options.preview)
    there = partial(past, preview)
    return begin(config, folder=folder, environ=environment(preview), past=there, asking=lambda: requester)


def _answers(options: Namespace, session: Run) -> Iterator[Answer]:
    for what, action, scope in _ask(options, session):
        for person in session.requester.persons:
            yield Answer(person.name, what, session.decide(person, action, known_part(scope)[0]))


def _ask(options: Namespace, session: Run) -> Iterator[tuple[str, str, str]]:
    """Yield what is asked: (in words, action, scope)."""
    if options.resource.startswith("/"):
        yield from _of_id(options.resource, session)
    elif options.preview is None:
        raise UsageError(
            f"{options.resource!r} is no ARM id; for a resource's name in the program, give --preview FILE too"
        )
    else:
        yield from _of_name(options, session)


def _of_id(text: str, session: Run) -> Iterator[tuple[str, str, str]]:
    try:
        type_ = ids.parse(text).type
    except ValueError as error:
        raise UsageError(str(error)) from None
    yield "creating or changing it", f"{type_}/write", text
    yield "removing it", f"{type_}/delete", text
    entry = bearing(type_)
    if entry is not None and entry.rents:
        yield "renting machines for it", rent(session), workspace_of(text)
    for action in entry.posts if entry else ():
        yield f"{action.split('/')[-2]}", action, text


def _of_name(options: Namespace, session: Run) -> Iterator[tuple[str, str, str]]:
    planned = planned_of(read(options.preview))
    wanted = [item for item in planned if item.name == options.resource]
    if not wanted:
        raise UsageError(_no_such(options, {item.name for item in planned}))
    for write in (write for item in wanted for write in session.writes(item)):
        yield from _of_write(write, session)


def _no_such(options: Namespace, names: set[str]) -> str:
    near = difflib.get_close_matches(options.resource, names, _FEW) or sorted(names)[:_FEW]
    return f"{options.preview} plans nothing called {options.resource!r}; perhaps {join_words(near, 'or')}"


def _of_write(write: Write, session: Run) -> Iterator[tuple[str, str, str]]:
    if write.opaque:
        yield f"{write.planned.name}: {write.opaque}", rent(session), write.id
        return
    yield describe_change(write, session.change(write)), action_of(write), write.id
    entry = bearing(write.type)
    if entry is not None and entry.rents:
        yield "renting machines for it", rent(session), workspace_of(write.id)


def _as_json(answer: Answer) -> dict[str, object]:
    decision = answer.decision
    return {
        "person": answer.person,
        "what": answer.what,
        "action": decision.action,
        "scope": decision.scope,
        "allowed": decision.allowed,
        "remedy": answer.remedy,
        "reasons": [
            {"effect": reason.effect.value, "what": reason.what, "why": reason.why} for reason in decision.reasons
        ],
    }


def _show(answers: list[Answer]) -> None:
    terminal = console()
    scope = ""
    for answer in answers:
        if answer.decision.scope != scope:
            scope = answer.decision.scope
            terminal.print(scope, style="bold")
        verdict = ("may", "bold green") if answer.decision.allowed else ("may not", "bold red")
        terminal.print(Text.assemble("  ", answer.person, " ", verdict, f": {answer.what} ({answer.decision.action})"))
        for reason in answer.decision.reasons:
            mark, style = _MARKS[reason.effect]
            terminal.print(Text.assemble("    ", (mark, style), f" {reason}"))
        if not answer.decision.reasons:
            terminal.print("    - no role assignment reaches this")
        if answer.remedy:
            terminal.print(Text(f"    {answer.remedy}"))
