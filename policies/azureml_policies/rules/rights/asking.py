"""Whether whoever asks may do something, and the sentence for them when they may not."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from azureml_arm.ids import last_provider, workspace_of
from azureml_arm.rbac.evaluate import roles_of
from azureml_arm.rbac.model import Decision, Effect
from azureml_arm.rbac.patterns import grants
from azureml_arm.roles import ROLES
from azureml_policies.fixes import grant
from azureml_policies.requester.model import Person
from azureml_policies.requests.unknown import MARKERS, has_unknown
from azureml_policies.run import Run
from azureml_policies.text import join_words

_SUBSCRIPTION_REMEDY = "set it with `pulumi config set azure-native:subscriptionId ID`, or in ARM_SUBSCRIPTION_ID"
_SUGGESTED = (
    "AzureML Compute Operator",
    "AzureML Data Scientist",
    "Contributor",
    "Role Based Access Control Administrator",
    "User Access Administrator",
    "Owner",
)
"""From the narrowest on."""


@dataclass(frozen=True)
class Need:
    """An action that a plan needs at a scope. `why` says what it is for: "aml-cluster: max_instances 5 -> 50"."""

    why: str
    action: str
    scope: str


def refusals(run: Run, need: Need) -> Iterator[str]:
    """Yield one message for each of those who ask and may not; one where nobody is known to ask."""
    requester = run.requester
    if not requester.persons:
        yield f"{need.why} needs {need.action} on {short(need.scope)}; nobody is known to ask: {requester.problem}"
        return
    scope, complete = known_part(need.scope)
    if not run.subscription_of(scope):
        yield f"{need.why} needs {need.action}, and it isn't known in which subscription: {_SUBSCRIPTION_REMEDY}"
        return
    for person in requester.persons:
        decision = run.decide(person, need.action, scope)
        if not decision.allowed:
            yield _refusal(run, need, person, decision, complete=complete)


def may(run: Run, action: str, scope: str) -> bool:
    """Return whether everybody who asks may do it; nobody may when nobody is known."""
    persons = run.requester.persons
    here, _ = known_part(scope)
    known = bool(persons and run.subscription_of(here))
    return known and all(run.decide(person, action, here).allowed for person in persons)


def known_part(scope: str) -> tuple[str, bool]:
    """Return the id, or the nearest scope above its first unknown part, and whether it is whole: rights hold for all
    below.
    """
    if not has_unknown(scope):
        return scope.rstrip("/"), True
    parts = scope.split("/")
    known = parts[: next(at for at, part in enumerate(parts) if any(marker in part for marker in MARKERS))]
    return "/".join(_ancestor(known)), False


def _ancestor(parts: list[str]) -> list[str]:
    """Return the longest beginning that ends with a name: a subscription, a resource group, a resource."""
    last = last_provider(parts)
    if last is None:
        return parts[: len(parts) - (len(parts) + 1) % 2]
    pairs = (len(parts) - last - 2) // 2
    return parts[: last + 2 + 2 * pairs] if pairs > 0 else parts[:last]


def _refusal(run: Run, need: Need, person: Person, decision: Decision, *, complete: bool) -> str:
    scope = decision.scope
    roles = roles_of(person, run.roles.facts(person, run.subscription_of(scope)), scope)
    unknown = "" if complete else " (the rest of its id isn't known until the update)"
    obstacles = "; ".join(_obstacles(decision))
    return (
        f"{need.why} needs {need.action} on {short(scope)}{unknown}; "
        f"you ({person.name}) have {join_words(roles) or 'no role there'}{f' ({obstacles})' if obstacles else ''}; "
        f"{remedy(need.action, scope)}"
    )


def _obstacles(decision: Decision) -> list[str]:
    """Return what a list of roles doesn't show: denies, conditions."""
    denied = [f"{reason.what} {reason.why}" for reason in decision.of(Effect.DENIES)]
    return denied + [str(item) for item in decision.of(Effect.NOTHING) if "under a condition" in item.why]


def remedy(action: str, scope: str) -> str:
    """Return whom to ask, and what they would grant, where that is usually granted: at the workspace, or what stands
    alone.
    """
    role = granting(action)
    if role is None:
        return f"ask someone who may do {action} there, or ask for a custom role with it"
    called = role.removeprefix("AzureML ")
    article = "an" if called[0] in "AEIOU" else "a"
    return f"ask {article} {called}, or have the role granted: {grant(role, 'YOU', workspace_of(scope))}"


@lru_cache(maxsize=1024)
def granting(action: str) -> str | None:
    """Return the narrowest built-in role of the usual ones that has an action."""
    by_name = {role.name: role for role in ROLES}
    for name in _SUGGESTED:
        role = by_name[name]
        if grants(role.actions, role.not_actions, action):
            return name
    return None


def short(scope: str) -> str:
    """Return an id without the subscription, group and provider that everybody in the stack knows."""
    head, found, tail = scope.rpartition("/providers/")
    if not found:
        return scope or "(an unknown scope)"
    inner = tail.partition("/")[2]
    outer = head.rpartition("/providers/")[2].partition("/")[2] if "/providers/" in head else ""
    return f"…/{outer}/…/{inner}" if outer else f"…/{inner}"
