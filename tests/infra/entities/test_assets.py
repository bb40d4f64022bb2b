"""Environments, models, data and code: az ml's YAML in, ARM's request bodies out."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from azureml_infra.entities.assets import Code, Data, Environment, InlineEnvironment, RegisteredModel
from azureml_infra.entities.body import references, uploads
from kit.entity_bodies import load, refusals, request_body

CONDA = """# a comment changes nothing
name: model-env
channels: [conda-forge]
dependencies:
  - python=3.10
  - pip:
      - numpy
"""
CONDA_SENT = (
    "channels:\n- conda-forge\ndependencies:\n- python=3.10\n- pip:\n  - numpy\nname: model-env\n"  # as az ml sends it
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with what the files below name; paths are relative to it."""
    monkeypatch.chdir(tmp_path)
    for name in ("context", "empty", "data", "table"):
        (tmp_path / name).mkdir()
    (tmp_path / "conda.yml").write_text(CONDA, "utf-8")
    (tmp_path / "context" / "Dockerfile").write_text("FROM mcr.microsoft.com/azureml/curated/x\n", "utf-8")
    (tmp_path / "data" / "a.csv").write_text("a,b\n", "utf-8")
    (tmp_path / "model.pkl").write_text("model", "utf-8")
    (tmp_path / "table" / "MLTable").write_text("type: mltable\npaths:\n  - file: ./a.csv\n", "utf-8")
    return tmp_path


def _environment(text: str) -> dict[str, Any]:
    made: dict[str, Any] = request_body(load(Environment, text), "environments/versions")["properties"]
    return made


def test_environment_from_an_image_and_a_conda_file() -> None:
    made = _environment(
        """
        $schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json
        name: docker-image-plus-conda-example
        version: 3
        image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04
        conda_file: conda.yml
        description: Environment created from a Docker image plus Conda environment.
        os_type: linux
        tags: {owner: ml, cost: 7, gpu: true}
        inference_config:
          liveness_route: {port: 5001, path: /live}
          readiness_route: {port: 5001, path: /ready}
          scoring_route: {port: 5001, path: /score}
        """
    )
    assert made == {
        "image": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04",
        "condaFile": CONDA_SENT,
        "description": "Environment created from a Docker image plus Conda environment.",
        "osType": "Linux",
        "tags": {"owner": "ml", "cost": "7", "gpu": "true"},
        "inferenceConfig": {
            "livenessRoute": {"port": 5001, "path": "/live"},
            "readinessRoute": {"port": 5001, "path": "/ready"},
            "scoringRoute": {"port": 5001, "path": "/score"},
        },
        "isAnonymous": False,
        "isArchived": False,
    }


def test_conda_written_in_place_is_the_same_as_a_file() -> None:
    made = _environment(
        """
        name: inline
        image: ubuntu
        conda_file:
          dependencies: [python=3.10, {pip: [numpy]}]
          channels: [conda-forge]
          name: model-env
        """
    )
    assert made["condaFile"] == CONDA_SENT


def test_environment_from_a_build_context() -> None:
    environment = load(Environment, "{name: built, build: {path: context, dockerfile_path: Dockerfile}}")
    made = request_body(environment, "environments/versions")["properties"]
    assert made["build"] == {"contextUri": "url:context", "dockerfilePath": "Dockerfile"}
    assert [str(leaf.value) for leaf in uploads(environment)] == ["context"]


def test_build_context_in_git_is_passed_on() -> None:
    assert _environment("{name: git, build: {path: 'https://github.com/me/repo.git#main:docker'}}")["build"] == {
        "contextUri": "https://github.com/me/repo.git#main:docker"
    }


def test_an_inline_environment_is_anonymous_whatever_its_name() -> None:
    """az ml registers one with a name in a deployment under that name; here the same content is one asset."""
    inline = load(InlineEnvironment, "{name: mine, version: 2, image: ubuntu}")
    assert request_body(inline, "environments/versions")["properties"]["isAnonymous"] is True


@pytest.mark.parametrize(
    ("text", "builds"),
    [("image: ubuntu", False), ("image: ubuntu\nconda_file: conda.yml", True), ("build: {path: context}", True)],
)
def test_what_needs_an_image_built(text: str, builds: bool) -> None:
    assert load(InlineEnvironment, text).builds_image is builds


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{name: e}", "there is no image"),
        ("{name: e, image: x, build: {path: context}}", "`image` and `build` exclude each other"),
        ("{name: e, build: {path: context}, conda_file: conda.yml}", "`conda_file` has no effect with `build`"),
        ("{name: e, build: {path: empty}}", 'the folder "empty" has no "Dockerfile"'),
        ("{name: e, image: x, conda_file: gone.yml}", '"gone.yml" doesn\'t exist'),
        ("{name: e, image: x, conda_file: data}", '"data" is a folder'),
        ("{name: 'e f', image: x}", '"e f" is not a valid name'),
        ("{name: e, version: 1/2, image: x}", '"1/2" is not a valid name'),
    ],
)
def test_environments_that_are_refused(text: str, what: str) -> None:
    (refusal,) = refusals(Environment, text)
    assert refusal[1] == what


def test_data_from_a_local_folder() -> None:
    data = load(
        Data,
        """
        $schema: https://azuremlschemas.azureedge.net/latest/data.schema.json
        name: local-folder-example
        version: 1
        description: Dataset created from local folder.
        type: uri_folder
        path: data
        """,
    )
    assert request_body(data, "data/versions")["properties"] == {
        "dataType": "uri_folder",
        "dataUri": "upload:data",
        "description": "Dataset created from local folder.",
        "isAnonymous": False,
        "isArchived": False,
    }
    assert data.version == "1"


@pytest.mark.parametrize(
    "path",
    [
        "https://azuremlexamples.blob.core.windows.net/datasets/iris.csv",
        "wasbs://datasets@azuremlexamples.blob.core.windows.net/iris.csv",
        "azureml://datastores/workspaceblobstore/paths/example-data/iris.csv",
        "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/p",
    ],
)
def test_remote_data_is_referred_to(path: str) -> None:
    data = load(Data, f"{{name: cloud, type: uri_file, path: '{path}'}}")
    assert request_body(data, "data/versions")["properties"]["dataUri"] == f"datastores:{path}"
    assert [leaf.value for leaf in references(data)] == [path]
    assert uploads(data) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{name: d, type: uri_file, path: data}", '"data" is a folder'),
        ("{name: d, type: uri_folder, path: model.pkl}", '"model.pkl" is a file'),
        ("{name: d, type: mltable, path: data}", 'the folder "data" has no file named "MLTable"'),
        ("{name: d, path: nowhere}", '"nowhere" doesn\'t exist'),
    ],
)
def test_data_that_is_refused(text: str, what: str) -> None:
    assert [refusal[1] for refusal in refusals(Data, text)] == [what]


def test_a_path_must_stay_in_the_description(folder: Path) -> None:
    inside = folder / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(folder / "data")
    for path in ("../data", "link", str(folder / "data")):
        with pytest.raises(ValidationError, match="leads out of the description's folder"):
            Data.model_validate({"name": "d", "path": path}, context={"folder": inside, "root": inside})


def test_paths_start_from_the_files_own_folder(folder: Path) -> None:
    data = Data.model_validate(
        {"name": "d", "type": "uri_file", "path": "./a.csv"}, context={"folder": folder / "data", "root": folder}
    )
    assert uploads(data)[0].value.path == (folder / "data" / "a.csv").resolve()


def test_model_with_everything() -> None:
    made = request_body(
        load(
            RegisteredModel,
            """
            $schema: https://azuremlschemas.azureedge.net/latest/model.schema.json
            name: local-file-example
            version: 1
            path: model.pkl
            type: MLflow_Model
            stage: Production
            flavors:
              sklearn: {sklearn_version: 0.23.2}
              python_function: {loader_module: mlflow.sklearn, python_version: 3.8}
            properties: {framework: sklearn}
            """,
        ),
        "models/versions",
    )["properties"]
    assert made == {
        "modelUri": "upload:model.pkl",
        "modelType": "mlflow_model",
        "stage": "Production",
        "flavors": {
            "sklearn": {"data": {"sklearn_version": "0.23.2"}},
            "python_function": {"data": {"loader_module": "mlflow.sklearn", "python_version": "3.8"}},
        },
        "properties": {"framework": "sklearn"},
        "isAnonymous": False,
        "isArchived": False,
    }


@pytest.mark.parametrize(
    "path",
    [
        "azureml://jobs/brave_car_1/outputs/artifacts/paths/model/",
        "runs:/brave_car_1/model/",
        "azureml://datastores/workspaceblobstore/paths/models/cifar10.pt",
        "azureml://registries/azureml/models/gpt2/versions/3",
    ],
)
def test_models_that_are_elsewhere(path: str) -> None:
    made = request_body(load(RegisteredModel, f"{{name: m, path: '{path}'}}"), "models/versions")["properties"]
    assert made["modelUri"] == f"datastores:{path}"
    assert made["modelType"] == "custom_model"


def test_code_is_an_upload() -> None:
    assert request_body(load(Code, "{name: c, version: 1, path: context}"), "codes/versions")["properties"][
        "codeUri"
    ] == ("url:context")
