"""What the rules about rights share: skip unchanged resources, and check the required action for the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from azureml_policies.baseline.model import Change, Op
from azureml_policies.requests.write import Write
from azureml_policies.rule import CheckAll, Finding, Plan
from azureml_policies.rules.rights.asking import Need, refusals
from azureml_policies.rules.rights.planned_change import describe_change
from azureml_policies.run import Run

Extra = Callable[[Write], list[tuple[str, str]]]
"""Further actions, with their scopes, that a write needs beside its type's own."""


def missing_rights(write: Write, run: Run, extra: Extra | None = None) -> Iterator[str]:
    """Yield the missing rights for a write; nothing where it changes nothing."""
    change = run.change(write)
    if change.op is Op.SAME:
        return
    more = extra(write) if extra else []
    for action, scope in [(action_of(write), write.id), *more]:
        yield from refusals(run, Need(describe_change(write, change), action, scope))


def action_of(write: Write) -> str:
    """Return the ARM action that a write is."""
    return write.action or f"{write.type}/write"


def removals(plan: Plan, run: Run, wanted: Callable[[Write], bool]) -> Iterator[Finding]:
    """Yield the missing rights for every resource that would be removed."""
    for write in run.baseline.removals(plan.planned):
        if wanted(write):
            run.note(write)
            need = Need(describe_change(write, Change(Op.DELETE)), f"{write.type}/delete", write.id)
            yield from (Finding(message, write.planned.urn) for message in refusals(run, need))


def removals_of(types: tuple[str, ...]) -> CheckAll:
    """Return the check that whoever removes a resource of these types may do so."""
    lowered = frozenset(name.lower() for name in types)
    return lambda plan, run, _settings: removals(plan, run, lambda write: write.type.lower() in lowered)
