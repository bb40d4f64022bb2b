"""Deployments have what scores: code and an environment, or a model or container that needs none."""

from collections.abc import Iterator
from typing import Any

from azureml_arm.limits import SELF_SERVING
from azureml_infra.description.located import Checked, Located
from azureml_infra.yaml.problems import Problem, article

_CODE = f"code_configuration, a model of type {' or '.join(SELF_SERVING)}, or an environment with inference_config"


def serving(checked: Checked) -> Iterator[Problem]:
    """Yield deployments without the environment or the code that their model needs. What only Azure knows is left to
    it.
    """
    for located in checked.entities:
        deployment = located.entity
        if deployment.family == "online_deployments":
            yield from _place(located, checked.find_entity(("online_endpoints",), deployment.endpoint_name))
        if not getattr(deployment, "serves_model", False):
            continue
        given = getattr(deployment, "model", None)
        model = checked.find_entity(("models",), given)
        kind = getattr(model, "type", None)
        serves = kind in SELF_SERVING or (model is None and given is not None)
        if deployment.environment is None:
            if not serves:
                yield located.problem(("model",), f"{_noun(kind)} has no environment to be served in", "environment")
            elif kind is not None and deployment.code_configuration is not None:
                what = "the code has no environment to run in, as a model's own is for the model alone"
                yield located.problem(("code_configuration",), what, "environment")
        elif deployment.code_configuration is None and not serves:
            environment = checked.find_entity(("environments",), deployment.environment)
            if environment is not None and environment.inference_config is None:
                yield located.problem(("model",), f"{_noun(kind)} has no code to be served by", _CODE)


def _place(located: Located, endpoint: Any) -> Iterator[Problem]:
    """Yield a deployment of a kind that its endpoint isn't of: with `compute` it is on Kubernetes, and all in it
    (https://learn.microsoft.com/azure/machine-learning/reference-yaml-endpoint-online).
    """
    on_kubernetes = located.entity.type == "kubernetes"
    if endpoint is None or on_kubernetes == (getattr(endpoint, "compute", None) is not None):
        return
    if on_kubernetes:
        what, expected = "has no Kubernetes compute to run it on", "type: managed, or `compute` of the endpoint"
    else:
        what, expected = "is on Kubernetes, where nothing is managed", "type: kubernetes"
    yield located.problem(("endpoint_name",), f"the endpoint {endpoint.name} {what}", expected)


def _noun(kind: Any) -> str:
    return article(str(kind)) if kind else "a deployment without a model"
