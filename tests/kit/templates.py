"""Templates, deployments and stacks around a compute, and whether the policies see it."""

from collections.abc import Callable, Iterable
from typing import Any

from azureml_arm.actions import bearing
from azureml_policies.requests import writes
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write
from kit.guarded import DEFAULTS, GROUP, ML, WORKSPACE, plan_of

COMPUTE = f"{ML}/computes"
DEPLOYMENTS, STACKS = "Microsoft.Resources/deployments", "Microsoft.Resources/deploymentStacks"
INCREMENTAL = {"mode": "Incremental"}
DETACHED = {"actionOnUnmanage": {"resources": "detach"}, "denySettings": {"mode": "none"}}
INNER = {"expressionEvaluationOptions": {"scope": "inner"}}
Body = dict[str, Any]


def compute(name: Any = "ws/gpu", **more: Any) -> Body:
    """Return the compute as a resource of a template."""
    return {"type": COMPUTE, "apiVersion": "2025-09-01", "name": name, "properties": {}, **more}


def compute_id(scope: str, workspace: str = "ws", name: str = "gpu") -> str:
    """Return the id of a compute."""
    return f"{scope}/providers/{ML}/{workspace}/computes/{name}"


def compute_ids(found: Iterable[Write]) -> list[str]:
    """Return the ids of what rents machines."""
    return [one.id for one in found if bearing(one.type)]


def template(*resources: Body, **more: Any) -> Body:
    """Return a template of these resources."""
    return {"contentVersion": "1.0.0.0", "resources": list(resources), **more}


def holder(type_name: str, inner: Any, **properties: Any) -> Body:
    """Return a deployment or a stack of a template as a resource of another."""
    given = (DETACHED if type_name == STACKS else INCREMENTAL) | properties
    return {"type": type_name, "apiVersion": "2024-03-01", "name": "in", "properties": {**given, "template": inner}}


def deployment(inner: Any, **properties: Any) -> Planned:
    """Return a planned deployment of a template to the resource group."""
    inputs = {"resourceGroupName": "rg", "deploymentName": "d"}
    return plan_of(
        "azure-native:resources:Deployment",
        "deploy",
        **inputs,
        properties={**INCREMENTAL, "template": inner, **properties},
    )


def stack(inner: Any, **properties: Any) -> Planned:
    """Return a planned deployment stack of a template in the resource group."""
    inputs = {"resourceGroupName": "rg", "deploymentStackName": "d", **DETACHED, "template": inner, **properties}
    return plan_of("azure-native:resources:DeploymentStackAtResourceGroup", "deploy", **inputs)


def azapi(type_name: str) -> Callable[[Any], Planned]:
    """Return what plans a deployment or stack of a template by azapi."""

    def plan(inner: Any) -> Planned:
        body = {"properties": {**(DETACHED if type_name == STACKS else INCREMENTAL), "template": inner}}
        inputs = {"type": f"{type_name}@2024-03-01", "parentId": GROUP, "name": "d", "body": body}
        return plan_of("azapi:index/resource:Resource", "deploy", None, **inputs)

    return plan


TOPS: list[Callable[[Any], Planned]] = [deployment, stack, azapi(DEPLOYMENTS), azapi(STACKS)]


def writes_of(planned: Planned) -> tuple[Write, ...]:
    """Return what a planned resource asks ARM for."""
    return writes(planned, DEFAULTS)


def is_caught(planned: Planned) -> bool:
    """Return whether a compute is seen, or anything could be there."""
    return any(one.opaque or one.type == COMPUTE for one in writes_of(planned))


def is_seen(planned: Planned) -> bool:
    """Return whether the compute is seen under its id."""
    return any(one.id.lower() == f"{WORKSPACE}/computes/gpu".lower() for one in writes_of(planned))


def reasons(planned: Planned) -> list[str]:
    """Return why anything could be there."""
    return [one.opaque for one in writes_of(planned) if one.opaque]
