"""What is behind a request, whichever reader found it: deployments hold more of them, scripts hold any."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import unquote

from azureml_arm import ids
from azureml_arm.template.evaluate import TemplatePlace
from azureml_policies.requests.request import ArmRequest, PlannedView, opaque
from azureml_policies.requests.tables import OPAQUE_TYPES, canonical
from azureml_policies.requests.template.resources import deployment_requests, holds_templates
from azureml_policies.requests.unknown import UNKNOWN
from azureml_policies.requests.values import BREAKING, TWICE, has_twice, member, unclear_name

MOST = 5_000
"""How many resources of one deployment are read: several times what ARM takes of a template."""
_TYPE = re.compile(r"[\w.-]+(/[\w.-]+)+", re.ASCII)
_POLICY_DEFINITIONS = frozenset(
    {"microsoft.authorization/policydefinitions", "microsoft.authorization/policydefinitions/versions"}
)


def contents(request: ArmRequest, asked: PlannedView) -> Iterator[ArmRequest]:
    """Yield the request itself, and those that it stands for."""
    request = _check(request, asked)
    if not request.opaque and has_twice(asked.inputs):
        yield opaque(TWICE, _scope(request), request.via)
    if request.opaque:
        yield request
    elif holds_templates(request.type) and not request.action:
        yield request
        yield from _puzzles(replace(request, body=_without_template(request.body)))
        place = TemplatePlace(asked.subscription, location=asked.defaults.location or UNKNOWN)
        held = deployment_requests(request, place, asked.planned.name)
        for inner in islice(held, MOST):
            yield from _classify(_check(inner, asked))
        if next(held, None):
            yield opaque(f"a template of more than {MOST} resources", _scope(request), request.via)
    else:
        yield from _classify(request)


def _check(request: ArmRequest, asked: PlannedView) -> ArmRequest:
    if request.opaque or _agrees(request):
        return request
    shown = request.id.replace(UNKNOWN, "?")
    return opaque(f"an id that isn't one of {request.type}: {shown}", asked.scope, request.via)


def _classify(request: ArmRequest) -> Iterator[ArmRequest]:
    reason = OPAQUE_TYPES.get(request.type.lower())
    if reason:
        yield opaque(reason, _scope(request), request.via)
    yield replace(request, type=canonical(request.type))
    yield from _puzzles(request)
    if _deploys(request):
        yield opaque("a policy that deploys a template", _scope(request), request.via)


def _puzzles(request: ArmRequest) -> Iterator[ArmRequest]:
    """Yield that a body may say something else than is read from it."""
    unclear = unclear_name(request.body)
    if unclear and not request.opaque:
        yield opaque(f"a body with {unclear}", _scope(request), request.via)


def _without_template(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a deployment's body without its template, which has its own reader."""
    properties = body.get("properties")
    if not isinstance(properties, Mapping):
        return body
    return {**body, "properties": {key: value for key, value in properties.items() if key != "template"}}


def _scope(request: ArmRequest) -> str:
    return request.id.partition("/providers/")[0]


def _agrees(request: ArmRequest) -> bool:
    """Return whether the id is one of the type: a name that is more than a name, or that climbs, makes it another's."""
    parts = request.id.split("/")
    if not _TYPE.fullmatch(request.type) or not all(map(_is_name, parts)):
        return False
    at = ids.last_provider(parts)
    if at is not None or not parts[0]:
        return ids.type_of("/".join(["", *parts[at or 1 :]])).lower() == request.type.lower()
    return len(parts) == 1 or parts[-2].lower() == request.type.rpartition("/")[2].lower()


def _is_name(segment: str) -> bool:
    """Return whether a segment of an id is one also where something on its way decodes it, once or more."""
    while (decoded := unquote(segment)) != segment:
        segment = decoded
    return segment not in (".", "..") and not BREAKING.search(segment)


def _deploys(request: ArmRequest) -> bool:
    """Return whether it is a policy with the effect deployIfNotExists: its template is deployed with the policy's
    rights.
    """
    if request.type.lower() not in _POLICY_DEFINITIONS:
        return False
    rule = member(member(request.body, "properties"), "policyRule")
    return member(member(member(rule, "then"), "details"), "deployment") is not None
