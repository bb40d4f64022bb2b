"""The Azure Policy of `allowed_compute`: what it looks at, and the values that an assignment gives it.

The definition never changes: what is allowed are the assignment's parameters, and each has a default that allows all.
(Azure takes no parameter away from a definition that is assigned.) Aliases: Azure's own list, as
https://github.com/Azure/PSRule.Rules.Azure/blob/main/data/providers/microsoft.machinelearningservices/types.json has
it; Azure landing zones use those of computes (Deny-MachineLearning-Compute-VmSize, …-ComputeCluster-Scale in
https://github.com/Azure/Enterprise-Scale). They are compared without regard to letter case.
"""

from typing import Any

from azureml_arm.actions import BATCH_DEPLOYMENT, COMPUTE, JOB, ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT, WORKSPACE
from azureml_infra.entities.guardrails import KINDS, AllowedCompute

Condition = dict[str, Any]

_SERVERLESS_TYPES = (SERVERLESS_ENDPOINT, f"{WORKSPACE}/inferencePools")
ANY_NUMBER = 2**31 - 1
SERVERLESS = KINDS["serverless"]
_DISPLAY = "Azure ML compute of allowed kinds, sizes and counts"


def definition_body() -> dict[str, Any]:
    """Return the request for the definition."""
    properties = {
        "displayName": _DISPLAY,
        "description": "Refuses Azure Machine Learning compute, deployments and jobs that rent other machines.",
        "policyType": "Custom",
        "mode": "All",
        "parameters": _PARAMETERS,
        "policyRule": {
            "if": {"anyOf": [*_computes(), *_deployments(), *_jobs()]},
            "then": {"effect": "[parameters('effect')]"},
        },
    }
    return {"properties": properties}


def assignment_body(args: AllowedCompute, definition: Any, platform: str) -> dict[str, Any]:
    """Return the request for the assignment; `platform` is the one whose description says what is allowed."""
    values = {
        "allowedKinds": [KINDS[kind] for kind in args.kinds or ()],
        "allowedSizes": [str(size) for size in args.sizes or ()],
        "maxInstances": ANY_NUMBER if args.max_instances is None else args.max_instances,
        "effect": args.effect.capitalize(),
    }
    properties = {
        "displayName": f"{_DISPLAY}: platform {platform}",
        "policyDefinitionId": definition,
        "enforcementMode": "Default",
        "parameters": {name: {"value": value} for name, value in values.items()},
        "nonComplianceMessages": [{"message": f"The platform {platform} allows {_words(args)} (allowed_compute)."}],
    }
    return {"properties": properties}


def _words(args: AllowedCompute) -> str:
    parts = (
        ("kinds", args.kinds and ", ".join(args.kinds)),
        ("sizes", args.sizes and ", ".join(map(str, args.sizes))),
        ("instances", None if args.max_instances is None else f"at most {args.max_instances}"),
    )
    return "; ".join(f"{word}: {text}" for word, text in parts if text)


_PARAMETERS = {
    "allowedKinds": {"type": "Array", "metadata": {"displayName": "Allowed kinds; none: any"}, "defaultValue": []},
    "allowedSizes": {"type": "Array", "metadata": {"displayName": "Allowed VM sizes; none: any"}, "defaultValue": []},
    "maxInstances": {
        "type": "Integer",
        "metadata": {"displayName": "Most nodes or instances of one resource"},
        "defaultValue": ANY_NUMBER,
    },
    "effect": {
        "type": "String",
        "metadata": {"displayName": "Effect"},
        "allowedValues": ["Deny", "Audit", "Disabled"],
        "defaultValue": "Deny",
    },
}


def _computes() -> list[Condition]:
    kind, size = f"{COMPUTE}/computeType", f"{COMPUTE}/vmSize"
    made = {"field": kind, "in": [KINDS["amlcompute"], KINDS["computeinstance"]]}
    return [
        _all(COMPUTE, _limit("allowedKinds"), _not_in(kind, "allowedKinds")),
        _all(COMPUTE, made, _limit("allowedSizes"), _not_in(size, "allowedSizes")),
        _all(COMPUTE, _too_many(f"{COMPUTE}/scaleSettings.maxNodeCount")),
    ]


def _deployments() -> list[Condition]:
    """Return the condition on deployments; a batch deployment without machines of its own runs on a cluster."""
    managed = {"field": f"{ONLINE_DEPLOYMENT}/endpointComputeType", "equals": "Managed"}
    size, batch = f"{ONLINE_DEPLOYMENT}/instanceType", f"{BATCH_DEPLOYMENT}/resources"
    own = _absent(f"{BATCH_DEPLOYMENT}/compute")
    return [
        _all(ONLINE_DEPLOYMENT, managed, _limit("allowedSizes"), _not_in(size, "allowedSizes")),
        _all(ONLINE_DEPLOYMENT, managed, _too_many(f"{ONLINE_DEPLOYMENT}/sku.capacity")),
        _all(BATCH_DEPLOYMENT, own, *_other_size(f"{batch}.instanceType")),
        _all(BATCH_DEPLOYMENT, _too_many(f"{batch}.instanceCount")),
    ]


def _jobs() -> list[Condition]:
    """Return the condition on jobs that rent machines without a resource; a pipeline's steps have no alias."""
    serverless = [_absent(f"{JOB}/computeId"), {"field": f"{JOB}/jobType", "notEquals": "Pipeline"}]
    resources = f"{JOB}/Command.resources"
    not_allowed = {"value": SERVERLESS, "notIn": "[parameters('allowedKinds')]"}
    return [
        *(_all(type_name, _limit("allowedKinds"), not_allowed) for type_name in _SERVERLESS_TYPES),
        _all(JOB, *serverless, _limit("allowedKinds"), not_allowed),
        _all(JOB, *serverless, *_other_size(f"{resources}.instanceType")),
        _all(JOB, *serverless, _too_many(f"{resources}.instanceCount")),
    ]


def _all(type_name: str, *conditions: Condition) -> Condition:
    return {"allOf": [{"field": "type", "equals": type_name}, *conditions]}


def _limit(parameter: str) -> Condition:
    return {"value": f"[length(parameters('{parameter}'))]", "greater": 0}


def _not_in(alias: str, parameter: str) -> Condition:
    return {"field": alias, "notIn": f"[parameters('{parameter}')]"}


def _other_size(alias: str) -> list[Condition]:
    return [{"field": alias, "exists": True}, _limit("allowedSizes"), _not_in(alias, "allowedSizes")]


def _too_many(alias: str) -> Condition:
    return {"field": alias, "greater": "[parameters('maxInstances')]"}


def _absent(alias: str) -> Condition:
    """Return the condition of serverless compute: az ml sends no compute, an empty one or the word itself."""
    return {"anyOf": [{"field": alias, "exists": False}, {"field": alias, "in": ["", "serverless"]}]}
