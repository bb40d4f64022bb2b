"""What a deployment would change: it is run on the model, compared, and undone.

https://learn.microsoft.com/azure/azure-resource-manager/templates/deploy-what-if
"""

from collections.abc import Iterator, Mapping
from typing import Any

from azureml_arm.template.resources import lower_names, mapping
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.operations import FAILED, SUCCEEDED
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.deployments.order import Order
from azureml_sandbox.services.deployments.outcome import DeploymentOutcome
from azureml_sandbox.services.deployments.plan import DeploymentPlan, plan
from azureml_sandbox.services.deployments.running import beside, preflight, run

_ASIDE = frozenset({"etag", "systemData"})
"""What changes with every write, and is no change."""


class _UndoneError(Exception):
    """Ends a run that was only tried."""


def what_if(azure: Cloud, order: Order) -> Body:
    """Return the answer to ``whatIf``: what the deployment would do to each resource."""
    try:
        planned = plan(azure, order)
        preflight(azure, planned)
        before = _state(azure)
        outcome, after = _try(azure, planned)
    except ArmError as error:
        return {"status": FAILED, **error.body}
    if outcome.error is not None:
        return {"status": FAILED, **outcome.error.body}
    made = {one.lower() for one in outcome.made}
    seen = made | ({one.lower() for one in beside(azure, order.scope)} if order.id.resource_group else set())
    changes = [_change(before.get(one), after.get(one), made=one in made) for one in sorted(seen)]
    settings = lower_names(mapping(order.properties.get("whatifsettings")))
    if str(mapping(settings).get("resultformat") or "").lower() == "resourceidonly":
        changes = [{key: one[key] for key in ("resourceId", "changeType")} for one in changes]
    return {"status": SUCCEEDED, "properties": {"changes": changes}}


def _try(azure: Cloud, planned: DeploymentPlan) -> tuple[DeploymentOutcome, dict[str, Body]]:
    """Run a deployment and undo it: its outcome, and everything as it would be."""
    found: list[tuple[DeploymentOutcome, dict[str, Body]]] = []
    try:
        with azure.attempting():
            found.append((run(azure, planned), _state(azure)))
            raise _UndoneError  # noqa: TRY301
    except _UndoneError:
        return found[0]


def _state(azure: Cloud) -> dict[str, Body]:
    """Return everything there is, by id in lower case."""
    return {one["id"].lower(): one for one in azure.resources()}


def _change(before: Body | None, after: Body | None, *, made: bool) -> Body:
    change: Body = {"resourceId": (before or after or {}).get("id")}
    if before is None:
        return {**change, "changeType": "Create", "after": after}
    if after is None:
        return {**change, "changeType": "Delete", "before": before}
    if not made:
        return {**change, "changeType": "Ignore", "before": before, "after": before}
    delta = list(_delta(_plain(before), _plain(after)))
    kind = "Modify" if delta else "NoChange"
    return {**change, "changeType": kind, "before": before, "after": after, "delta": delta}


def _plain(resource: Body) -> Body:
    return {key: value for key, value in resource.items() if key not in _ASIDE}


def _delta(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> Iterator[Body]:
    """Yield the properties that differ, each by its path."""
    for key in sorted({*before, *after}):
        here = f"{path}.{key}" if path else key
        if key not in before:
            yield {"path": here, "propertyChangeType": "Create", "before": None, "after": after[key]}
        elif key not in after:
            yield {"path": here, "propertyChangeType": "Delete", "before": before[key], "after": None}
        else:
            yield from _differing(here, before[key], after[key])


def _differing(path: str, before: Any, after: Any) -> Iterator[Body]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _delta(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        children = list(_items(before, after))
        yield {"path": path, "propertyChangeType": "Array", "before": None, "after": None, "children": children}
    else:
        yield {"path": path, "propertyChangeType": "Modify", "before": before, "after": after}


def _items(before: list[Any], after: list[Any]) -> Iterator[Body]:
    """Yield an array's items by their index."""
    for index in range(max(len(before), len(after))):
        path = str(index)
        if index >= len(before):
            yield {"path": path, "propertyChangeType": "Create", "before": None, "after": after[index]}
        elif index >= len(after):
            yield {"path": path, "propertyChangeType": "Delete", "before": before[index], "after": None}
        else:
            yield from _differing(path, before[index], after[index])
