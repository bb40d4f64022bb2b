"""Which action Azure asks for before it answers a request to ARM, and at which scope.

https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions: GET is ``read``, PUT and PATCH
are ``write``, DELETE is ``delete`` and POST is ``{name}/action``.
"""

import re
from dataclasses import dataclass

from azureml_arm.actions import REGISTRY_ASSETS, operations_of

RESOURCES = "Microsoft.Resources"
SUBSCRIPTIONS = f"{RESOURCES}/subscriptions"
GROUPS = f"{SUBSCRIPTIONS}/resourceGroups"
_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete", "POST": "action"}
_OPERATION = re.compile(r"operation(s?status(es)?|results?)", re.IGNORECASE)
"""Where a long-running operation is polled: whoever has its address may."""
_FREE = re.compile("/providers/microsoft.resources/(calculatetemplatehash|checkresourcename)/?", re.IGNORECASE)
"""What reveals nothing and changes nothing: it is below no subscription, so that no role could give it."""
_SUBSCRIPTION, _BELOW, _GROUP, _BELOW_GROUP = 2, 3, 4, 5


@dataclass(frozen=True)
class ScopedAction:
    """An action at a scope."""

    action: str
    scope: str


def required_action(method: str, path: str) -> ScopedAction | None:
    """Return what a request needs; None for what everybody who is signed in may read."""
    parts = [part for part in path.split("/") if part]
    verb = _VERBS.get(method, "write")
    lowered = [part.lower() for part in parts]
    if _FREE.fullmatch(path):
        return None
    if verb == "read" and (len(parts) <= 1 or lowered[0] != "subscriptions"):
        return None
    if "providers" in lowered:
        at = len(lowered) - 1 - lowered[::-1].index("providers")
        return _below_a_provider(method, parts[:at], parts[at + 1 :])
    return _below_a_subscription(verb, parts, lowered)


def _below_a_subscription(verb: str, parts: list[str], lowered: list[str]) -> ScopedAction:
    """Return the action for ``/subscriptions/S``, its groups, and the lists that ARM keeps of both."""
    count, scope = len(parts), _path(parts)
    if count <= _SUBSCRIPTION:
        return ScopedAction(f"{SUBSCRIPTIONS}/{verb}", scope)
    grouped = lowered[2] == "resourcegroups"
    if count == _BELOW and grouped:
        return ScopedAction(f"{GROUPS}/{verb}", _path(parts[:2]))
    if count == _BELOW:
        return ScopedAction(f"{SUBSCRIPTIONS}/{parts[2]}/{verb}", _path(parts[:2]))
    if count == _GROUP and grouped:
        return ScopedAction(f"{GROUPS}/{verb}", scope)
    if count == _BELOW_GROUP and grouped:
        return ScopedAction(f"{GROUPS}/{parts[4]}/{verb}", _path(parts[:4]))
    return ScopedAction(f"{SUBSCRIPTIONS}/{'/'.join(parts[2::2])}/{verb}", scope)


def _below_a_provider(method: str, above: list[str], tail: list[str]) -> ScopedAction | None:
    verb = _VERBS.get(method, "write")
    if len(tail) <= 1:
        return ScopedAction(f"{SUBSCRIPTIONS}/providers/{verb}", _path(above))
    namespace, types, names = tail[0], tail[1::2], tail[2::2]
    if types[0].lower() == "checkpolicyrestrictions":
        verb = (
            "read"  # https://learn.microsoft.com/azure/role-based-access-control/permissions/management-and-governance
        )
    if verb == "read" and any(map(_OPERATION.search, types)):
        return None
    whole = len(types) == len(names)
    named = f"{_operations(namespace, types, verb)}/{verb}"
    scope = [*above, "providers", *tail]
    if not whole:
        scope = scope[:-1] if names else above
    return ScopedAction(named, _path(scope))


def _operations(namespace: str, types: list[str], verb: str) -> str:
    """Return what comes before the verb: the types, or for whatever is in a registry `registries/assets`."""
    asset = types[:-1] if verb == "action" else types
    found = operations_of("/".join((namespace, *asset)))
    return found if found == REGISTRY_ASSETS else "/".join((namespace, *types))


def _path(parts: list[str]) -> str:
    return "/" + "/".join(parts)
