"""What the rules about rights share: skip unchanged resources, and check the required action for the others."""

from collections.abc import Callable, Iterator, Sequence

from azureml_arm.actions import bearing, operations_of
from azureml_policies.baseline.model import BaselineUnavailableError, Op, PlannedChange
from azureml_policies.requests.write import Write
from azureml_policies.rule import CheckAll, Finding, Plan, covers
from azureml_policies.rules.rights.asking import Need, may, refusals
from azureml_policies.run import Run
from azureml_policies.text import changes

_OPERATIONS = {"microsoft.resources/resourcegroups": "Microsoft.Resources/subscriptions/resourceGroups"}
"""Types whose operations have another name
(https://learn.microsoft.com/azure/role-based-access-control/permissions/management-and-governance)."""

Extra = Callable[[Write], list[tuple[str, str]]]
"""Further actions, with their scopes, that a write needs beside its type's own."""

_ANY_REMOVAL = "Microsoft.Resources/subscriptions/resourceGroups/delete"
"""What those have who may remove whatever isn't planned any more: a group goes with all that is in it."""


def missing_rights(write: Write, run: Run, extra: Extra | None = None) -> Iterator[str]:
    """Yield the missing rights for a write; nothing where it changes nothing, or may be done whatever is there."""
    replacement = (delete_of(write), write.id)
    needs = [(action_of(write), write.id), *(extra(write) if extra else []), replacement]
    lacking = [need for need in needs if not may(run, *need)]
    change = run.change(write) if lacking else None  # what is there is asked for only where it matters
    if change is None or change.op is Op.SAME:
        return
    for action, scope in lacking:
        if (action, scope) == replacement and not change.replaces:
            continue
        yield from refusals(run, Need(describe_change(write, change), action, scope))


def action_of(write: Write) -> str:
    """Return the ARM action that a write is."""
    return write.action or f"{_operations(write)}/write"


def delete_of(write: Write) -> str:
    """Return the ARM action that removing what a write made is."""
    return f"{_operations(write)}/delete"


def _operations(write: Write) -> str:
    return _OPERATIONS.get(write.type.lower()) or operations_of(write.type)


def known_removals(plan: Plan, run: Run) -> Sequence[Write]:
    """Return what would be removed; nothing where that isn't known to those who may remove anything."""
    try:
        return run.baseline.removals(plan.planned)
    except BaselineUnavailableError:
        if may(run, _ANY_REMOVAL, f"/subscriptions/{run.defaults.subscription}"):
            return ()
        raise


def removals(plan: Plan, run: Run, wanted: Callable[[Write], bool]) -> Iterator[Finding]:
    """Yield the missing rights for every resource that would be removed."""
    for write in known_removals(plan, run):
        if wanted(write):
            run.note(write)
            need = Need(describe_change(write, PlannedChange(Op.DELETE)), delete_of(write), write.id)
            yield from (Finding(message, write.planned.urn) for message in refusals(run, need))


def removals_of(types: tuple[str, ...]) -> CheckAll:
    """Return the check that whoever removes a resource of these types may do so."""
    return lambda plan, run, _settings: removals(plan, run, lambda write: covers(types, write.type))


def describe_change(write: Write, change: PlannedChange) -> str:
    """Return the change of one resource in a few words."""
    through = f" (by {write.via})" if write.via else ""
    if change.op is Op.UPDATE and not (change.replaces and not change.differences):
        return f"{write.name}{through}: {changes(change.differences) or 'a change'}"
    verb = {Op.CREATE: "creating", Op.DELETE: "removing", Op.UPDATE: "replacing"}.get(change.op, "keeping")
    return f"{write.name}{through}: {verb} {what(write)}"


def what(write: Write) -> str:
    """Return what kind of thing it is."""
    entry = bearing(write.type)
    return entry.what if entry and not entry.sometimes else write.type.rsplit("/", 1)[-1].removesuffix("s")
