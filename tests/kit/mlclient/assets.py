"""Data, environments, models and components by azure-ai-ml's MLClient, with local files."""

from typing import Any

import pytest
from azure.ai.ml import entities as ml
from azure.ai.ml import load_component
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from kit.clients import Kit
from kit.mlclient.client import folder, names, suite

SUITE = suite("data", "environments", "models", "components", "indexes", "evaluators")
SUITE.refused = {"components.download": "azure-ai-ml knows code by the public cloud's addresses alone"}
IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest"
LEARN = """
name: learn
type: command
version: {version}
code: ./src
command: python train.py --lr ${{{{inputs.lr}}}}
environment: {{image: {image}}}
inputs: {{lr: {{type: number, default: 0.1}}}}
outputs: {{model: {{type: mlflow_model}}}}
"""


def _check_archiving(group: Any, name: str, version: str) -> None:
    """Assert that an archived version is in no list until it is restored."""
    group.archive(name, version)
    assert version not in [one.version for one in group.list(name)]
    group.restore(name, version)
    assert version in [one.version for one in group.list(name)]


@SUITE.tries("data.create_or_update", "data.get", "data.list", "data.archive", "data.restore")
def data(kit: Kit) -> None:
    """Make, list, archive and restore versions of data."""
    group = kit.client.data
    path = "azureml://datastores/workspaceblobstore/paths/a"
    for kind in ("uri_folder", "uri_file"):
        made = group.create_or_update(ml.Data(name=f"d_{kind}", version="1", path=path, type=kind, tags={"a": "b"}))
        assert (made.type, made.tags) == (kind, {"a": "b"})
    local = folder(kit, {"t/MLTable": "paths:\n  - file: ./a.csv\ntransformations: []\n", "t/a.csv": "a\n"})
    table = group.create_or_update(ml.Data(name="table", version="1", path=str(local / "t"), type="mltable"))
    assert "/LocalUpload/" in table.path
    assert group.create_or_update(ml.Data(name="d_uri_file", path=path, type="uri_file")).version == "2"
    assert group.get("d_uri_file", label="latest").version == "2"
    assert sorted(one.version for one in group.list("d_uri_file")) == ["1", "2"]
    assert {"d_uri_file", "d_uri_folder", "table"} <= set(names(group.list()))
    _check_archiving(group, "d_uri_file", "1")
    with pytest.raises(ResourceNotFoundError):
        group.get("d_uri_file", "9")
    with pytest.raises(HttpResponseError):
        group.create_or_update(ml.Data(name="d_uri_file", version="1", path=f"{path}/b", type="uri_file"))


@SUITE.tries(
    "environments.create_or_update",
    "environments.get",
    "environments.list",
    "environments.archive",
    "environments.restore",
)
def environments(kit: Kit) -> None:
    """Make, list, archive and restore environments."""
    group = kit.client.environments
    local = folder(kit, {"c/Dockerfile": f"FROM {IMAGE}\n", "conda.yml": "name: a\ndependencies: [python=3.10]\n"})
    made = group.create_or_update(
        ml.Environment(name="env", version="1", image=IMAGE, conda_file=str(local / "conda.yml"))
    )
    assert (made.image, made.conda_file["name"]) == (IMAGE, "a")
    built = group.create_or_update(
        ml.Environment(name="ctx", version="1", build=ml.BuildContext(path=str(local / "c")))
    )
    assert built.build.path.startswith("https://")
    assert group.create_or_update(ml.Environment(name="env", image=IMAGE)).version == "2"
    assert group.get("env", label="latest").version == "2"
    assert {"ctx", "env"} <= set(names(group.list()))
    _check_archiving(group, "env", "1")
    with pytest.raises(ResourceNotFoundError):
        group.get("env", "9")


@SUITE.tries(
    "models.create_or_update",
    "models.get",
    "models.list",
    "models.archive",
    "models.restore",
    "models.download",
)
def models(kit: Kit) -> None:
    """Make, list, archive, restore and download models."""
    group = kit.client.models
    local = folder(kit, {"m/MLmodel": "flavors: {}\n", "m/model.pkl": "weights"})
    made = group.create_or_update(ml.Model(name="m", version="1", path=str(local / "m"), type="mlflow_model"))
    assert (made.type, "/LocalUpload/" in made.path) == ("mlflow_model", True)
    group.download("m", "1", download_path=str(local / "out"))
    assert [one.read_text("utf-8") for one in (local / "out").rglob("model.pkl")] == ["weights"]
    assert group.create_or_update(ml.Model(name="m", path=made.path, type="mlflow_model")).version == "2"
    assert group.get("m", label="latest").version == "2"
    assert names(group.list()) == ["m"]
    _check_archiving(group, "m", "1")
    with pytest.raises(ResourceNotFoundError):
        group.get("m", "9")


@SUITE.tries(
    "components.create_or_update",
    "components.get",
    "components.list",
    "components.archive",
    "components.restore",
    "components.validate",
)
def components(kit: Kit) -> None:
    """Make, list, archive, restore and validate components."""
    group = kit.client.components
    local = folder(kit, {"src/train.py": "print('hi')\n"})
    for version in ("1", "2"):
        (local / "learn.yml").write_text(LEARN.format(version=version, image=IMAGE), "utf-8")
        component = load_component(local / "learn.yml")
        assert group.validate(component).passed
        made = group.create_or_update(component)
        assert (made.name, made.version, made.type) == ("learn", version, "command")
        assert "/codes/" in made.code
    found = group.get("learn", "1")
    assert (found.inputs["lr"].default, "/environments/" in found.environment) == (0.1, True)
    assert group.get("learn", label="latest").version == "2"
    assert names(group.list()) == ["learn"]
    _check_archiving(group, "learn", "1")
    with pytest.raises(ResourceNotFoundError):
        group.get("learn", "9")
