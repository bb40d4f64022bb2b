"""What assigned policies do to a request: those with the effect *deny* refuse it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.model.tables import POLICIES
from azureml_sandbox.services.authorization.policy.fields import PolicyRequest
from azureml_sandbox.services.authorization.policy.rule import ACTING, Match, effect, match

Body = Mapping[str, Any]

_INDEXED = frozenset(
    f"microsoft.machinelearningservices/workspaces/{child}"
    for child in (
        "computes",
        "onlineendpoints",
        "onlineendpoints/deployments",
        "batchendpoints",
        "batchendpoints/deployments",
    )
)
"""Types with a location and tags, beside those of the model that need a location: what the mode Indexed looks at."""


@dataclass(frozen=True)
class DenyingPolicy:
    """A policy that a request matches."""

    assignment: Body
    definition: Body
    match: Match
    effect: str

    @property
    def version(self) -> dict[str, str]:
        """Return the definition's version, if it has one."""
        known = self.definition["properties"].get("version")
        return {"version": known} if known else {}

    @property
    def identifiers(self) -> dict[str, Any]:
        """Return which policy it is, in Azure's words."""
        return {
            "policyAssignment": {"name": _display(self.assignment), "id": self.assignment["id"]},
            "policyDefinition": {"name": _display(self.definition), "id": self.definition["id"], **self.version},
        }

    @property
    def messages(self) -> list[str]:
        """Return what the assignment says to whoever is refused."""
        return [one["message"] for one in self.assignment["properties"].get("nonComplianceMessages") or []]

    @property
    def details(self) -> dict[str, Any]:
        """Return all of it, for `additionalInfo`.

        As https://learn.microsoft.com/azure/automation/enforce-job-execution-hybrid-worker shows it; versions,
        exemptions and enrollments are in newer ones that people quote.
        """
        evaluated: dict[str, Any] = {"evaluatedExpressions": self.match.expressions}
        parameters = self.assignment["properties"].get("parameters") or {}
        return {
            "evaluationDetails": evaluated | ({"reason": self.messages[0]} if self.messages else {}),
            **_naming("policyDefinition", self.definition),
            **{f"policyDefinition{name.capitalize()}": value for name, value in self.version.items()},
            "policyDefinitionEffect": self.effect,
            **_naming("policyAssignment", self.assignment),
            "policyAssignmentScope": self.assignment["properties"]["scope"],
            "policyAssignmentParameters": {name: one.get("value") for name, one in parameters.items()},
            "policyExemptionIds": [],
            "policyEnrollmentIds": [],
        }


class RequestDisallowedByPolicyError(ArmError):
    """A request that assigned policies deny; which ones, and why, is in the body's `additionalInfo`."""

    def __init__(self, name: str, violations: list[DenyingPolicy]) -> None:
        messages = [f"'{message}'" for one in violations for message in one.messages]
        identifiers = json.dumps([one.identifiers for one in violations], separators=(",", ":"))
        reasons = f"Reasons: {', '.join(messages)}. See error details for policy resource IDs." if messages else ""
        text = reasons or f"Policy identifiers: '{identifiers}'."
        super().__init__(403, "RequestDisallowedByPolicy", f"Resource '{name}' was disallowed by policy. {text}")
        self.name = name
        self.violations = violations

    @property
    def body(self) -> dict[str, Any]:
        """Return the error as ARM sends it."""
        info = [{"type": "PolicyViolation", "info": one.details} for one in self.violations]
        error = {"code": self.code, "target": self.name, "message": self.message, "additionalInfo": info}
        return {"error": error}


def enforce(azure: Cloud, target: ResourceId, body: Body) -> None:
    """Refuse a request that a policy assigned at or above its scope denies."""
    violations = denials(azure, target, body)
    if violations:
        raise RequestDisallowedByPolicyError(target.name, violations)


def denials(azure: Cloud, target: ResourceId, body: Body) -> list[DenyingPolicy]:
    """Return the policies, assigned at or above a resource's scope, that deny a request for it."""
    assigned = azure.store.scan(POLICIES)
    if not assigned:
        return []
    resource = {**body, "id": target.text, "name": target.name, "type": azure.kind(target).type}
    resource["location"] = body.get("location") or _location(azure, target)
    return [found for key, _ in assigned for found in _judge(azure, key, resource)]


def _location(azure: Cloud, target: ResourceId) -> str | None:
    """Return the region where a request says none: what the resource has, or what it takes from above."""
    if azure.exists(target.text):
        return azure.get(target.text).get("location")
    return azure.location_above(target) if len(target.names) > 1 else None


def _judge(azure: Cloud, assignment_id: str, resource: Body) -> Iterator[DenyingPolicy]:
    assignment = azure.get(assignment_id)
    properties = assignment["properties"]
    if properties["enforcementMode"] != "Default" or not _applies(properties, resource["id"]):
        return
    definition = azure.get(properties["policyDefinitionId"])
    rule = definition["properties"]["policyRule"]
    values = values_of(definition["properties"], properties)
    written = effect(rule, values)
    if written.lower() not in ACTING or not _looks_at(azure, definition, resource):
        return
    found = match(rule, PolicyRequest(resource, values))
    if found.result:
        yield DenyingPolicy(assignment, definition, found, written)


def _applies(properties: Body, resource_id: str) -> bool:
    inside = at_or_below(properties["scope"], resource_id)
    return inside and not any(at_or_below(scope, resource_id) for scope in properties.get("notScopes") or [])


def at_or_below(scope: str, resource_id: str) -> bool:
    """Return whether a resource is a scope or is in it; the scope "" or "/" is the tenant."""
    return f"{resource_id.rstrip('/')}/".lower().startswith(f"{scope.rstrip('/')}/".lower())


def _looks_at(azure: Cloud, definition: Body, resource: Body) -> bool:
    if str(definition["properties"]["mode"]).lower() == "all":
        return True
    type_name = str(resource["type"])
    if type_name in (ids.RESOURCE_GROUP, ids.SUBSCRIPTION):
        return False
    return azure.kind(ids.parse(resource["id"])).tracked or type_name.lower() in _INDEXED


def values_of(definition: Body, assignment: Body) -> dict[str, Any]:
    """Return the value of each parameter: the assignment's, or the definition's default."""
    given = {name.lower(): value.get("value") for name, value in (assignment.get("parameters") or {}).items()}
    declared = definition.get("parameters") or {}
    return {name: given.get(name.lower(), one.get("defaultValue")) for name, one in declared.items()}


def _naming(what: str, resource: Body) -> dict[str, Any]:
    shown = resource["properties"].get("displayName")
    own = {f"{what}Id": resource["id"], f"{what}Name": resource["name"]}
    return {**own, f"{what}DisplayName": shown} if shown else own


def _display(resource: Body) -> str:
    return str(resource["properties"].get("displayName") or resource["name"])
