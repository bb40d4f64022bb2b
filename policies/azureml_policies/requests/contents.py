"""What is behind a request, whichever reader found it: deployments hold more of them, scripts hold any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from azureml_arm import ids
from azureml_arm.template.evaluate import Place
from azureml_policies.requests.request import PlannedView, Request, opaque
from azureml_policies.requests.tables import OPAQUE_TYPES, canonical
from azureml_policies.requests.template.resources import deployment_requests
from azureml_policies.requests.unknown import UNKNOWN
from azureml_policies.requests.values import member

MOST = 5_000
"""How many resources of one deployment are read: several times what ARM takes of a template."""
_DEPLOYMENTS = frozenset({"microsoft.resources/deployments", "microsoft.resources/deploymentstacks"})
_POLICY_DEFINITIONS = frozenset(
    {"microsoft.authorization/policydefinitions", "microsoft.authorization/policydefinitions/versions"}
)


def contents(request: Request, asked: PlannedView) -> Iterator[Request]:
    """Yield the request itself, and those that it stands for."""
    request = _check(request, asked)
    if request.opaque:
        yield request
    elif request.type.lower() in _DEPLOYMENTS and not request.action:
        yield request
        place = Place(asked.subscription, location=asked.defaults.location or UNKNOWN)
        held = deployment_requests(request, place, asked.planned.name)
        for inner in islice(held, MOST):
            yield from _classify(_check(inner, asked))
        if next(held, None):
            yield opaque(f"a template of more than {MOST} resources", _scope(request), request.via)
    else:
        yield from _classify(request)


def _check(request: Request, asked: PlannedView) -> Request:
    if request.opaque or _agrees(request):
        return request
    shown = request.id.replace(UNKNOWN, "?")
    return opaque(f"an id that isn't one of {request.type}: {shown}", asked.scope, request.via)


def _classify(request: Request) -> Iterator[Request]:
    reason = OPAQUE_TYPES.get(request.type.lower())
    if reason:
        yield opaque(reason, _scope(request), request.via)
    yield replace(request, type=canonical(request.type))
    if _deploys(request):
        yield opaque("a policy that deploys a template", _scope(request), request.via)


def _scope(request: Request) -> str:
    return request.id.partition("/providers/")[0]


def _agrees(request: Request) -> bool:
    """Return whether the id is one of the type: a name that is more than a name, or that climbs, makes it another's."""
    parts = request.id.split("/")
    if {".", ".."} & set(parts):
        return False
    lowered = [part.lower() for part in parts]
    if "providers" in lowered or not parts[0]:
        at = len(parts) - 1 - lowered[::-1].index("providers") if "providers" in lowered else 1
        tail = "/".join(["", *parts[at:]])
        return _type_of(tail) == request.type.lower()
    kind = request.type.rpartition("/")[2].lower()
    return len(parts) == 1 or lowered[-2] == kind


def _type_of(resource_id: str) -> str | None:
    """Return the type of what an id names, in lower case; None for what is no id."""
    try:
        return ids.parse(resource_id).type.lower()
    except ValueError:
        return None


def _deploys(request: Request) -> bool:
    """Return whether it is a policy with the effect deployIfNotExists: its template is deployed with the policy's
    rights.
    """
    if request.type.lower() not in _POLICY_DEFINITIONS:
        return False
    rule = member(member(request.body, "properties"), "policyRule")
    return member(member(member(rule, "then"), "details"), "deployment") is not None
