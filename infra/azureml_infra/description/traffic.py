"""Traffic goes to deployments that exist. (That it adds up is a rule of the endpoint's model.)"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from azureml_infra.description.located import ENDPOINTS, Checked, key
from azureml_infra.yaml.problems import Problem, nearest, one_of, quote

if TYPE_CHECKING:
    from azureml_infra.entities.base import Entity


def traffic(checked: Checked) -> Iterator[Problem]:
    """Yield shares and defaults that name no deployment of their endpoint."""
    for located in checked.entities:
        entity = located.entity
        deployments = [deployment.partition("/")[2] for deployment in _deployments(checked, entity)]
        for word in ("traffic", "mirror_traffic"):
            for name in getattr(entity, word, None) or ():
                if name.lower() not in map(str.lower, deployments):
                    yield located.key_problem((word, name), *_no_deployment(name, deployments, entity))
        default = getattr(getattr(entity, "defaults", None), "deployment_name", None)
        if default is not None and default.lower() not in map(str.lower, deployments):
            yield located.problem(("defaults", "deployment_name"), *_no_deployment(default, deployments, entity))


def _deployments(checked: Checked, endpoint: Entity) -> list[str]:
    family = next((below for below, above in ENDPOINTS.items() if above == endpoint.family), None)
    names = checked.names.names((family,)) if family else []
    return [name for name in names if name.lower().startswith(f"{key(endpoint)}/".lower())]


def _no_deployment(name: str, known: list[str], endpoint: Entity) -> tuple[str, str, str]:
    what = f"the endpoint {quote(key(endpoint))} has no deployment {quote(name)}"
    return what, one_of(known) or "a deployment in this description", nearest(name, known)
