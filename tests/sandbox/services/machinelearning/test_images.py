"""The container registry that Azure ML attaches once an image must be built."""

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from kit.clouds import PROVIDERS, REGISTRY, WORKSPACE, body, refused
from kit.ml_paths import CONDA, IMAGE, ml, registry_of


@pytest.mark.parametrize("given", [CONDA, {"properties": {"build": {"contextUri": "https://stacme/x"}}}])
def test_an_image_that_must_be_built_makes_azure_ml_attach_a_registry(azure: Azure, given: dict[str, Any]) -> None:
    azure.put(ml("environments/plain/versions/1"), IMAGE)
    assert registry_of(azure) is None
    azure.put(ml("environments/built/versions/1"), given)
    attached = registry_of(azure)
    assert attached is not None
    registry = azure.get(attached)
    assert attached.startswith(f"{PROVIDERS}/Microsoft.ContainerRegistry/registries/")
    assert len(registry["name"]) == 32
    assert registry["properties"]["adminUserEnabled"] is True
    azure.put(ml("environments/built/versions/2"), CONDA)
    assert registry_of(azure) == attached
    assert len(azure.resources("Microsoft.ContainerRegistry/registries")) == 1


def test_an_attached_registry_outlives_a_put_without_one(azure: Azure) -> None:
    azure.put(ml("environments/built/versions/1"), CONDA)
    attached = registry_of(azure)
    azure.put(WORKSPACE, body(WORKSPACE, description="changed"))
    assert registry_of(azure) == attached
    azure.put(REGISTRY, body(REGISTRY))
    with refused("BadRequest", says="lineage"):
        azure.put(WORKSPACE, body(WORKSPACE, containerRegistry=REGISTRY))


def test_a_registry_can_be_attached_where_there_is_none(azure: Azure) -> None:
    azure.put(REGISTRY, body(REGISTRY))
    azure.put(WORKSPACE, body(WORKSPACE, containerRegistry=REGISTRY))
    azure.put(ml("environments/built/versions/1"), CONDA)
    assert registry_of(azure) == REGISTRY
    assert len(azure.resources("Microsoft.ContainerRegistry/registries")) == 1
