"""Which resource providers a description needs: those of the types that are named where something is made."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from azureml_arm.types import BY_TOKEN, native_type
from azureml_infra.components import autoscale, container_group, foundation, ingestion, kubernetes
from azureml_infra.components.compute import MAKERS
from azureml_infra.entities.attached import KubernetesCompute
from azureml_infra.entities.base import Entity

REGISTRY = native_type(foundation.REGISTRY).type.partition("/")[0]


def providers_of(entity: Entity) -> list[str]:
    """Return the providers of what an entity becomes outside of the workspace."""
    found = dict.fromkeys(name for module in _makers(entity) for name in _named_in(module))
    trigger = getattr(entity, "trigger", None)
    return [*found, *getattr(trigger, "providers", ())]


def providers_of_workspace() -> list[str]:
    """Return the providers of a workspace and of what it stands on, but for the registry."""
    return [name for name in _named_in(foundation) if name != REGISTRY]


def _makers(entity: Any) -> Iterator[ModuleType]:
    if isinstance(entity, KubernetesCompute) and entity.create is not None:
        yield kubernetes
    elif type(entity) in MAKERS and entity.create is not None:
        yield sys.modules[MAKERS[type(entity)].__module__]
    elif entity.family == "ingestion":
        yield ingestion
    elif entity.family == "test_deployments":
        yield container_group
    elif getattr(entity, "autoscale", None) is not None:
        yield autoscale


def _named_in(module: ModuleType) -> list[str]:
    """Return the providers of the types that a module's constants name."""
    texts = (text for value in vars(module).values() for text in _texts(value))
    types = (BY_TOKEN.get(f"azure-native:{text}") for text in texts)
    return list(dict.fromkeys(one.type.partition("/")[0] for one in types if one is not None))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
