"""Whether Azure ML builds an image for something, which takes a container registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import entities_in
from azureml_infra.entities.deployment import ServesModel
from azureml_infra.entities.references import parse, positions


def needs_image(entity: Entity, entities: Sequence[Any]) -> bool:
    """Return whether Azure ML would have to build an image for it."""
    built = any(getattr(inner, "builds_image", False) for inner in entities_in(entity))
    return built or (isinstance(entity, ServesModel) and _needs_own_image(entity, entities))


def _needs_own_image(deployment: Any, entities: Sequence[Any]) -> bool:
    """Return whether Azure ML builds an image for the model of a deployment that has no environment: an MLflow model's.

    Triton's models have a ready one. A model that isn't described here, served like that, is taken for an MLflow model:
    a registry too many costs less than the one that Azure ML would attach by itself, with its admin account on.
    """
    if deployment.environment is not None:
        return False
    model = deployment.model
    if isinstance(model, str):
        models = [one for one in entities if one.family == "models"]
        found = positions(models).find(("models",), parse(model))
        model = models[found] if found is not None else None
    return model is None or getattr(model, "type", None) == "mlflow_model"
