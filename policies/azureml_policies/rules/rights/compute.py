"""compute-admins-only: whoever creates, changes or removes compute may do so in Azure, whichever way it is done."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from azureml_arm.actions import JOB, SCHEDULE, bearing
from azureml_arm.ids import workspace_of
from azureml_policies.baseline.model import Op
from azureml_policies.requests.renting import rental
from azureml_policies.requests.write import Write
from azureml_policies.rule import Finding, Found, Level, Plan, Rule, Settings, Severity
from azureml_policies.rules.rights.asking import Need, may, refusals
from azureml_policies.rules.rights.escalation import grants_of
from azureml_policies.rules.rights.family import missing_rights, removals
from azureml_policies.rules.rights.renting import needs_of, rent, rents, rents_no_more
from azureml_policies.run import Run

_JOBS = (JOB.lower(), SCHEDULE.lower())


def _check(write: Write, run: Run, _settings: Settings) -> Found:
    if write.opaque:
        yield from _anything(write, run)
        return
    if asks_own_action(write):
        yield from missing_rights(write, run, lambda write: needs_of(write, run))
    elif write.type.lower() in _JOBS:
        yield from _right_to_rent(write, run, rents(write), write.id)
    else:
        yield from _right_to_rent(write, run, *(rental(write) or (None, "")))
        yield from grants_of(write, run)


def asks_own_action(write: Write) -> bool:
    """Return whether a write is compute, whose own action this rule asks for."""
    entry = bearing(write.type)
    return entry is not None and not entry.rents and not (entry.sometimes and rents(write) is None)


def _right_to_rent(write: Write, run: Run, asked: str | None, place: str) -> Iterator[str]:
    """Yield what is missing for a write that rents machines beside its own action; others anybody may have."""
    scope = workspace_of(place)
    if asked is None or may(run, rent(run), scope) or rents_no_more(write, run.change(write)):
        return
    yield from refusals(run, Need(f"{write.name}: {asked}", rent(run), scope))


def _anything(write: Write, run: Run) -> Iterator[str]:
    """Yield what is missing for an opaque write: it could do anything, so it needs the right to rent machines."""
    planned = write.planned
    scope = write.id or f"/subscriptions/{planned.subscription or run.defaults.subscription}"
    if is_allowed(planned.type, planned.name, run.config.pack["allow"]) or may(run, rent(run), scope):
        return
    if run.change(write).op is Op.SAME:
        return
    why = f"{planned.name}: {write.opaque} could create compute that no preview shows; changing it"
    for message in refusals(run, Need(why, rent(run), scope)):
        yield f"{message}, or have {planned.type}::{planned.name} added to `allow` in the pack's config"


def is_allowed(type_: str, name: str, allowed: list[str]) -> bool:
    """Return whether the config lets anybody have a resource."""
    return any(fnmatchcase(type_, entry) or fnmatchcase(f"{type_}::{name}", entry) for entry in allowed)


def _removals(plan: Plan, run: Run, _settings: Settings) -> Found:
    if run.baseline.sees_removals:
        yield from removals(plan, run, lambda write: (entry := bearing(write.type)) is not None and not entry.rents)
    elif run.preview:
        yield from _unseen_removals(plan, run)


def _unseen_removals(plan: Plan, run: Run) -> Iterator[Finding]:
    computes = [write for write in plan.writes if (entry := bearing(write.type)) and not entry.rents]
    if any(not may(run, f"{write.type}/delete", write.id) for write in computes):
        yield Finding(
            f"removals of compute can't be seen in {run.baseline.source}: name a state that "
            "`pulumi stack export` wrote as `baseline` under `guardrails` in the pack's config",
            level=Level.ADVISORY,
        )


RULE = Rule(
    id="compute-admins-only",
    title="Compute is created, changed and removed only by those who may do so in Azure.",
    severity=Severity.CRITICAL,
    remedy="ask someone with the role AzureML Compute Operator (or Contributor) to make the change, or for the role",
    check_run=_check,
    check_all=_removals,
    decides=True,
    lowest=Level.MANDATORY,
    family="permissions",
)
