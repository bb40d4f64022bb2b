"""Which resource providers a description needs: those of the types that are named where something is made."""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from azureml_arm.types import BY_TOKEN, native_type
from azureml_infra.components import foundation
from azureml_infra.components.builders import BUILDERS, CREATED, maker
from azureml_infra.entities.base import Entity

REGISTRY = native_type(foundation.PARTS["registry"]).type.partition("/")[0]


def providers_of(entity: Entity) -> list[str]:
    """Return the providers of what an entity becomes outside of the workspace."""
    place = _place(entity)
    found = _named_in(import_module(maker(place).__module__)) if place else []
    trigger = getattr(entity, "trigger", None)
    return [*found, *getattr(trigger, "providers", ())]


def providers_of_workspace() -> list[str]:
    """Return the providers of a workspace and of what it stands on, but for the registry."""
    return [name for name in _named_in(foundation) if name != REGISTRY]


def _place(entity: Any) -> str:
    """Return the place of what makes something outside of the workspace for an entity; empty where nothing does."""
    if entity.family == "computes" and getattr(entity, "create", None) is not None:
        return CREATED[entity.type]
    if getattr(entity, "autoscale", None) is not None:
        return "autoscale.setting"
    return BUILDERS[entity.family] if entity.family in ("ingestion", "test_deployments") else ""


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
