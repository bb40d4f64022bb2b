"""What is behind a request, whichever door it came through: deployments hold more of them, scripts hold any."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from policies.doors.request import Asked, Request, opaque
from policies.doors.tables import OPAQUE_TYPES, canonical
from policies.doors.template.evaluate import Place
from policies.doors.template.resources import deployment_requests
from policies.doors.values import member
from policies.unknown import UNKNOWN

MOST = 5_000
"""How many resources of one deployment are read: several times what ARM takes of a template."""
_DEPLOYMENTS = frozenset({"microsoft.resources/deployments", "microsoft.resources/deploymentstacks"})
_POLICY_DEFINITION = "microsoft.authorization/policydefinitions"


def contents(request: Request, asked: Asked) -> Iterator[Request]:
    """The request itself, and those that it stands for."""
    if request.opaque or not _stays(request.id):
        yield request if request.opaque else opaque("an id that leaves its own path", asked.scope, request.door)
    elif request.type.lower() in _DEPLOYMENTS and not request.action:
        yield request
        place = Place(asked.subscription, location=asked.defaults.location or UNKNOWN)
        held = deployment_requests(request, place, asked.planned.name)
        for inner in islice(held, MOST):
            yield _judged(inner)
        if next(held, None):
            yield opaque(f"a template of more than {MOST} resources", _scope(request), request.door)
    else:
        yield _judged(request)
        if _deploys(request):
            yield opaque("a policy that deploys a template", _scope(request), request.door)


def _judged(request: Request) -> Request:
    reason = OPAQUE_TYPES.get(request.type.lower())
    if reason:
        return opaque(reason, _scope(request), request.door)
    return Request(canonical(request.type), request.id, request.body, request.door, request.action, request.opaque)


def _scope(request: Request) -> str:
    return request.id.partition("/providers/")[0]


def _stays(resource_id: str) -> bool:
    return not {".", ".."} & set(resource_id.split("/"))


def _deploys(request: Request) -> bool:
    """Whether it is a policy with the effect deployIfNotExists: its template is deployed with the policy's rights."""
    if request.type.lower() != _POLICY_DEFINITION:
        return False
    rule = member(member(request.body, "properties"), "policyRule")
    return member(member(member(rule, "then"), "details"), "deployment") is not None
