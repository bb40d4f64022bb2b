"""How Azure ML answers for assets: what recordings of the service show, in short requests of our own.

Each test names where it was seen; the recordings themselves aren't in the repository.
"""

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.data.blobs import Blobs
from azureml_sandbox.http import Response
from kit.arm_requests import read
from kit.clouds import WORKSPACE
from kit.ml_requests import NONE, TRACKED, ask, let_a_minute_pass, properties_of


def test_a_conda_file_comes_back_as_json(azure: Azure) -> None:
    """azure-sdk-assets, environment/e2etests, 2026-03."""
    conda = {"image": "image", "condaFile": "name: a\ndependencies:\n- python=3.10\n"}
    answer = ask(azure, "PUT", "environments/e/versions/1", {"properties": conda})
    assert (answer.status, "Location" in answer.headers) == (201, True)
    assert properties_of(answer)["condaFile"] == '{\n  "name": "a",\n  "dependencies": [\n    "python=3.10"\n  ]\n}'
    assert properties_of(answer)["properties"] == {"azureml.labels": "latest"}
    assert ask(azure, "PUT", "environments/e/versions/1", {"properties": conda}).status == 201


def test_scalars_of_a_component_come_back_as_text(azure: Azure) -> None:
    """azure-sdk-assets, component/e2etests, 2026-03."""
    spec = {"type": "command", "command": "a", "is_deterministic": True, "inputs": {"n": {"type": "number", "min": 1}}}
    answer = ask(azure, "PUT", "components/c/versions/1", {"properties": {"description": "d", "componentSpec": spec}})
    assert properties_of(answer)["description"] is None
    assert properties_of(answer)["componentSpec"] == {
        "type": "command",
        "command": "a",
        "is_deterministic": "True",
        "inputs": {"n": {"type": "number", "min": "1", "optional": "False"}},
        "version": "1",
        "resources": {"instance_count": "1"},
    }
    words = {**spec, "display_name": "other"}
    assert ask(azure, "PUT", "components/c/versions/1", {"properties": {"componentSpec": words}}).status == 200
    other = ask(azure, "PUT", "components/c/versions/1", {"properties": {"componentSpec": {**spec, "command": "b"}}})
    assert (other.status, read(other)["error"]["code"]) == (400, "UserError")


def put_nameless(azure: Azure, asked_for: str, **spec: Any) -> Response:
    """Make a component without a name, as az ml does."""
    written = {"name": "azureml_anonymous", "version": "1", "type": "command", "command": "a", **spec}
    body = {"properties": {"isAnonymous": True, "componentSpec": written}}
    return ask(azure, "PUT", f"components/azureml_anonymous/versions/{asked_for}", body)


def test_the_service_names_a_component_without_a_name(azure: Azure) -> None:
    """azure-sdk-assets, component/e2etests, 2026-03: one version for one content, whatever was asked for; always 201,
    with the path that was asked for in `Location`.
    """
    first, again, other = (
        put_nameless(azure, *given) if len(given) == 1 else put_nameless(azure, given[0], command=given[1])
        for given in (("hash-1",), ("hash-2",), ("hash-3", "A"))
    )
    made = read(first)
    assert [one.status for one in (first, again, other)] == [201, 201, 201]
    assert "/versions/hash-1?" in first.headers["Location"]
    assert made["id"].endswith(f"/azureml_anonymous/versions/{made['name']}")
    assert "hash" not in made["name"]
    assert read(again) == made
    assert read(other)["name"] not in (made["name"], "hash-3")
    path = made["id"].removeprefix(f"{WORKSPACE}/")
    assert read(ask(azure, "GET", path)) == made
    assert ask(azure, "GET", "components/azureml_anonymous/versions/hash-1").status == 404


def test_a_component_without_a_name_stays_as_it_was_made(azure: Azure) -> None:
    """azure-sdk-assets, component/e2etests, 2026-03: last changed when it was made, the day before."""
    made = read(put_nameless(azure, "hash-1"))
    let_a_minute_pass(azure)
    assert read(put_nameless(azure, "hash-1", _source="YAML.JOB"))["systemData"] == made["systemData"]


def test_only_a_component_that_says_so_has_no_name(azure: Azure) -> None:
    """What has a name, or says that it is no anonymous one, is where it was put."""
    spec = {"type": "command", "command": "a"}
    for path, anonymous in (("azureml_anonymous", False), ("own", True), ("own", False)):
        body = {"properties": {"isAnonymous": anonymous, "componentSpec": spec}}
        answer = ask(azure, "PUT", f"components/{path}/versions/{str(anonymous).lower()}", body)
        assert read(answer)["name"] == str(anonymous).lower()


@pytest.mark.parametrize("properties", [{}, {"componentSpec": None}, {"componentSpec": []}, {"componentSpec": "x"}])
def test_a_component_without_a_specification_is_answered(azure: Azure, properties: dict[str, Any]) -> None:
    """A body that says little breaks nothing."""
    body = {"properties": {"isAnonymous": True, **properties}}
    assert ask(azure, "PUT", "components/azureml_anonymous/versions/a", body).status < 500


def test_the_latest_version_is_the_last_one_made(azure: Azure) -> None:
    """azure-sdk-assets, environment/e2etests, 2026-03: of baz, foo and bar it was bar."""
    for name in ("baz", "foo", "bar"):
        ask(azure, "PUT", f"environments/e/versions/{name}", {"properties": {"image": "image"}})
    found = properties_of(ask(azure, "GET", "environments/e"))
    assert (found["latestVersion"], found["nextVersion"]) == ("bar", "1")


def test_who_made_a_component_is_shown_in_lists_alone(azure: Azure) -> None:
    """azure-sdk-assets, component/e2etests, 2026-03: a name shows two times, and in a list who, too."""
    spec = {"componentSpec": {"type": "command", "command": "a"}}
    ask(azure, "PUT", "components/c/versions/1", {"properties": spec})
    alone, (listed,) = read(ask(azure, "GET", "components/c")), read(ask(azure, "GET", "components"))["value"]
    assert set(alone["systemData"]) == {"createdAt", "lastModifiedAt"}
    assert set(listed["systemData"]) > {"createdBy", "createdByType", "lastModifiedBy", "lastModifiedByType"}
    assert listed["properties"]["latestVersion"] is None


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        (
            '{"features": [{"FeatureName": "n", "DataType": "double"}]}',
            '{"features":[{"FeatureName":"n","DataType":4}]}',
        ),
        (
            '{"indexColumns": [{"ColumnName": "d", "DataType": "Boolean"}], "source": {"type": "mltable"}}',
            '{"source":{"type":"mltable"},"indexColumns":[{"DataType":7,"ColumnName":"d"}]}',
        ),
        ('{"other": 1, "sourceLookback": null}', '{"sourceLookback":null,"other":1}'),
        ("no JSON", "no JSON"),
        ("[1]", "[1]"),
    ],
)
def test_what_a_feature_set_says_of_its_features_is_written_anew(azure: Azure, given: str, answered: str) -> None:
    """azure-sdk-assets, feature_set/e2etests, 2023-12: as it was sent in the answer, and anew when it is made."""
    entity = {"properties": {"indexColumns": [{"columnName": "d", "dataType": "Long"}]}}
    azure.put(f"{WORKSPACE}/featurestoreEntities/e/versions/1", entity)
    own = {"featuresetPropertiesVersion": "1", "featuresetProperties": given}
    body = {"properties": {"entities": ["azureml:e:1"], "specification": {"path": "azureml://x"}, "properties": own}}
    assert properties_of(ask(azure, "PUT", "featuresets/f/versions/1", body))["properties"] == own
    let_a_minute_pass(azure)
    made = properties_of(ask(azure, "GET", "featuresets/f/versions/1"))["properties"]
    assert made["featuresetProperties"] == answered
    assert {name for name, value in made.items() if value is None} == {
        "offlineMaterializationVersion", "onlineMaterializationVersion", "offlineStoreConnectionName",
        "onlineStoreConnectionName",
    }  # fmt: skip


@pytest.mark.parametrize("version", ["2024-04-01", "2021-10-01"])
def test_flavors_are_read_from_the_model(azure: Azure, version: str) -> None:
    """azure-powershell, 2024-07: those of the file MLmodel, with all that it says of each."""
    azure.operations.seconds = None
    file = (
        b"artifact_path: model\nflavors:\n  python_function: {python_version: 3.8.5, env: conda.yaml}\n  onnx: {v: 1}\n"
    )
    store = azure.get(f"{WORKSPACE}/datastores/workspaceblobstore")["properties"]
    azure.part(Blobs).put(store["accountName"], store["containerName"], "folder/a/MLmodel", file)
    short = "azureml://datastores/workspaceblobstore/paths/folder/a"
    long = f"azureml:/{WORKSPACE.partition('/providers')[0]}/workspaces/mlw-acme/{short.removeprefix('azureml://')}/"
    flavors = {
        "python_function": {"data": {"python_version": "3.8.5", "env": "conda.yaml"}},
        "onnx": {"data": {"v": "1"}},
    }
    for number, (kind, address, found) in enumerate(
        [
            ("mlflow_model", short, flavors),
            ("mlflow_model", long, flavors),
            ("custom_model", short, {}),
            ("mlflow_model", "azureml://datastores/workspaceblobstore/paths/other", {}),
            ("mlflow_model", "azureml://datastores/none/paths/folder/a", {}),
            ("mlflow_model", "azureml://jobs/j/outputs/artifacts/paths/a", {}),
        ]
    ):
        body = {"properties": {"modelType": kind, "modelUri": address}}
        assert properties_of(ask(azure, "PUT", f"models/m/versions/{number}", body, version))["flavors"] == found


def test_flavors_of_a_file_that_is_none(azure: Azure) -> None:
    """A file that isn't YAML, or isn't MLflow's, has no flavors; those that were given stay."""
    store = azure.get(f"{WORKSPACE}/datastores/workspaceblobstore")["properties"]
    given = {"sklearn": {"data": {"sklearn_version": "1.1.2"}}}
    body = {"modelType": "mlflow_model", "modelUri": "azureml://datastores/workspaceblobstore/paths/a"}
    for number, file in enumerate((b"a: [", b"\xff\xfe\x00", b"- a", b"flavors: [a]", b"flavors: {a: 1}")):
        azure.part(Blobs).put(store["accountName"], store["containerName"], "a/MLmodel", file)
        answers = [
            properties_of(ask(azure, "PUT", f"models/m/versions/{number}-{kept}", {"properties": {**body, **more}}))[
                "flavors"
            ]
            for kept, more in enumerate(({}, {"flavors": given}))
        ]
        assert answers == [{}, given]


FILE, FOLDER = ({"dataType": kind, "dataUri": "https://a/b"} for kind in ("uri_file", "uri_folder"))
CONTENT: dict[str, tuple[dict[str, Any], ...]] = {
    "codes/c/versions/1": ({"codeUri": "https://a/b"}, {"codeUri": "https://a/c"}),
    "data/d/versions/1": (FILE, {**FILE, "dataUri": "x"}),
    "data/d/versions/2": (FILE, {**FOLDER, "dataUri": "x"}),
    "environments/e/versions/1": ({"image": "a"}, {"image": "b"}),
    "models/m/versions/1": ({"modelUri": "https://a/b"}, {"modelUri": "https://a/c"}),
    "datastores/d": (
        {"datastoreType": "AzureBlob", "accountName": "a", "containerName": "c", **NONE},
        {"datastoreType": "AzureFile", "accountName": "a", "fileShareName": "c", **NONE},
    ),
    "onlineEndpoints/ep-one": ({"authMode": "Key"}, {"authMode": "AMLToken"}),
    "jobs/j": (
        {"jobType": "Pipeline", "jobs": {"a": {"type": "command"}}},
        {"jobType": "Pipeline", "jobs": {"b": {"type": "command"}}},
    ),
}


@pytest.mark.parametrize("path", CONTENT)
def test_what_never_changes_is_refused_by_azure_mls_user_error(azure: Azure, path: str) -> None:
    """azure-sdk-assets, component/e2etests, 2026-03: 400 with inner codes; azure-ai-ml expects 409 of environments."""
    azure.operations.seconds = None

    def put(properties: dict[str, Any]) -> Response:
        around = TRACKED if "Endpoints" in path else {}
        return ask(azure, "PUT", path, {**around, "properties": properties})

    first, other = CONTENT[path]
    assert put(first).status == 201
    refusal = put(other)
    error = read(refusal)["error"]
    status = 409 if path.startswith("environments/") else 400
    assert (refusal.status, error["code"], error["details"]) == (status, "UserError", [])
    inner = next(one["info"]["value"] for one in error["additionalInfo"] if one["type"] == "InnerError")
    assert (inner["code"], inner["innerError"]["code"]) == ("BadArgument", "ArgumentInvalid")
