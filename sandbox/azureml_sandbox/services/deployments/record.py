"""What is kept of a deployment: the resource that ARM shows, its template, and its operations."""

import json
from http import HTTPStatus
from typing import Any

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_arm.regions import canonical_region
from azureml_arm.template import hashing
from azureml_arm.template.resources import DEPLOYMENT
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import FAILED, SUCCEEDED
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.model.tables import DEPLOYMENTS
from azureml_sandbox.services.deployments import parameters
from azureml_sandbox.services.deployments.order import Order
from azureml_sandbox.services.deployments.outcome import DELETE, EVALUATE, DeploymentOutcome, Done
from azureml_sandbox.services.deployments.plan import DeploymentPlan, DeploymentStep

OPERATIONS = f"{DEPLOYMENT}/operations"


def keep(azure: Cloud, outcome: DeploymentOutcome, location: str = "", tags: Any = None) -> Body:
    """Keep a deployment with its operations, and return the resource that shows it."""
    order = outcome.order
    resource = render(azure, outcome.plan) | ({"location": canonical_region(location)} if location else {})
    if isinstance(tags, dict):
        resource["tags"] = tags
    properties = resource["properties"]
    properties["outputResources"] = [{"id": one} for one in outcome.made]
    properties["provisioningState"] = FAILED if outcome.error else SUCCEEDED
    if outcome.outputs is not None:
        properties["outputs"] = outcome.outputs
    if outcome.error is not None:
        properties["error"] = outcome.error.body["error"]
    azure.update(resource)
    operations = [_operation(azure, order, number, one) for number, one in enumerate(outcome.operations)]
    kept = {"template": order.written, "operations": operations}
    azure.store.set(DEPLOYMENTS, order.id.text.lower(), json.dumps(kept))
    return resource


def render(azure: Cloud, planned: DeploymentPlan) -> Body:
    """Return a deployment as it is shown, as far as its plan says."""
    order, duration = planned.order, _duration(azure)
    shown = parameters.render(order, planned.scope) if order.outer is None else {}
    return {
        "id": order.id.text,
        "name": order.id.name,
        "type": DEPLOYMENT,
        "properties": {
            "templateHash": hashing.template_hash(order.written),
            "parameters": shown,
            "mode": order.mode,
            "provisioningState": SUCCEEDED,
            "timestamp": azure.events.moment(),
            "duration": duration,
            "correlationId": derived.guid("correlation", order.id.text, azure.events.moment()),
            "providers": _providers(planned.steps),
            "dependencies": [_dependency(step, planned.steps) for step in planned.steps if step.wanted and step.needs],
        },
    }


def template(azure: Cloud, deployment: str) -> Any:
    """Return the template that was deployed."""
    return _load(azure, deployment).get("template")


def operations(azure: Cloud, deployment: str) -> list[Body]:
    """Return the operations of a deployment, in the order in which they ended."""
    found: list[Body] = _load(azure, deployment).get("operations", [])
    return found


def forget(azure: Cloud, deployment: str) -> None:
    """Forget what is kept beside the resource."""
    azure.store.remove(DEPLOYMENTS, deployment.lower())


def _load(azure: Cloud, deployment: str) -> dict[str, Any]:
    found = azure.store.get(DEPLOYMENTS, deployment.lower())
    return json.loads(found) if found else {}


def _operation(azure: Cloud, order: Order, number: int, done: Done) -> Body:
    name = derived.guid("deployment operation", order.id.text, str(number)).replace("-", "")[:16].upper()
    status = HTTPStatus(done.error.status if done.error else 200 if done.operation != DELETE else 204)
    operation_properties: Body = {
        "provisioningOperation": done.operation,
        "provisioningState": FAILED if done.error else SUCCEEDED,
        "timestamp": azure.events.moment(),
        "duration": _duration(azure),
        "trackingId": derived.guid("tracking", order.id.text, str(number)),
        "statusCode": status.phrase.replace(" ", ""),
    }
    if done.operation != EVALUATE:
        operation_properties["targetResource"] = _target(ids.parse(done.id))
    if done.error is not None:
        operation_properties["statusMessage"] = {"status": FAILED, **done.error.body}
    return {"id": f"{order.id.text}/operations/{name}", "operationId": name, "properties": operation_properties}


def _target(resource: ResourceId) -> dict[str, str]:
    return {"id": resource.text, "resourceType": resource.type, "resourceName": "/".join(resource.names)}


def _dependency(step: DeploymentStep, steps: list[DeploymentStep]) -> dict[str, Any]:
    needed = [_target(ids.parse(one.id)) for one in steps if one.key in step.needs]
    return {"dependsOn": needed, **_target(ids.parse(step.id))}


def _providers(steps: list[DeploymentStep]) -> list[dict[str, Any]]:
    types: dict[str, dict[str, list[str | None]]] = {}
    for step in steps:
        if step.wanted:
            namespace, _, kind = step.type.partition("/")
            where = step.declared.resource.get("location")
            location = step.declared.scope.value(where) if where else None
            found = types.setdefault(namespace, {}).setdefault(kind, [])
            normal = canonical_region(location) if isinstance(location, str) else None
            found.extend([normal] if normal not in found else [])
    return [
        {
            "namespace": name,
            "resourceTypes": [{"resourceType": kind, "locations": where} for kind, where in kinds.items()],
        }
        for name, kinds in types.items()
    ]


def _duration(azure: Cloud) -> str:
    return f"PT{azure.operations.seconds or 0:g}S"
