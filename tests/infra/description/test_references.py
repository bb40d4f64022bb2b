"""What is checked across the entities of a description."""

from pathlib import Path

import pytest

from azureml_infra import Platform
from azureml_infra.description.load import load
from azureml_infra.yaml.problems import DescriptionError
from kit.descriptions import CLUSTER, MODEL, entity_names, load_text
from kit.platforms import ML, stack_of

CURATED = "azureml:AzureML-sklearn-0.24@latest"


def job(environment: str = CURATED, **fields: str) -> str:
    more = "".join(f"    {name}: {value}\n" for name, value in fields.items())
    return f"jobs:\n  - type: command\n    display_name: job\n    command: echo\n    environment: {environment}\n{more}"


@pytest.mark.parametrize(
    ("environment", "compute"),
    [
        (CURATED, "azureml:serverless"),
        ("azureml://registries/azureml/environments/sklearn/labels/latest", "cpu-cluster"),
        ("azureml:training:1", "azureml:cpu-cluster"),
        ("azureml:training@latest", "azureml:CPU-cluster"),
    ],
)
def test_what_is_known_gives_no_warning(tmp_path: Path, environment: str, compute: str) -> None:
    text = job(environment, compute=compute)
    text += "computes: [cluster.yml]\nenvironments:\n  - {name: training, version: 1, image: ubuntu}\n"
    assert load_text(tmp_path, text, cluster=CLUSTER).warnings == ()


def test_what_is_unknown_is_left_to_azure_with_a_warning(tmp_path: Path) -> None:
    environment = "environments:\n  - {name: training, version: 1, image: ubuntu}\n"
    (warning,) = load_text(tmp_path, job("azureml:training:2") + environment).warnings
    assert (warning.line, warning.severity) == (7, "warning")
    assert warning.what == 'environment "training:2" isn\'t in this description; it is left to Azure'


def test_system_datastores_can_be_referred_to(tmp_path: Path) -> None:
    text = "data:\n  - {name: d, path: 'azureml://datastores/workspaceblobstore/paths/x'}\n"
    assert load_text(tmp_path, text).warnings == ()


def test_deployments_of_two_endpoints_may_share_a_name(tmp_path: Path) -> None:
    model = "azureml://registries/r/models/m/versions/1"
    deployment = "  - {{name: blue, endpoint_name: {}, instance_type: Standard_DS3_v2, model: '" + model + "'}}\n"
    text = "online_endpoints:\n  - {name: first}\n  - {name: second, traffic: {blue: 100}}\nonline_deployments:\n"
    found = load_text(tmp_path, text + deployment.format("first") + deployment.format("second"))
    assert entity_names(found) == ["first", "second", "blue", "blue"]


@pytest.mark.parametrize("endpoint", ["scorer", "Scorer", "azureml:scorer"])
def test_a_deployment_is_built_however_its_endpoint_is_written(tmp_path: Path, endpoint: str) -> None:
    text = "online_endpoints:\n  - {name: scorer, traffic: {blue: 100}}\nonline_deployments:\n"
    deployment = f"  - {{name: blue, endpoint_name: '{endpoint}', instance_type: Standard_DS3_v2, model: '{MODEL}'}}\n"
    found = load_text(tmp_path, text + deployment)
    sandbox = stack_of(lambda: Platform(found))
    assert [one["name"] for one in sandbox.azure.resources(f"{ML}/onlineEndpoints/deployments")] == ["blue"]


def test_an_endpoint_of_another_workspace_gets_no_deployment(tmp_path: Path) -> None:
    endpoint = "azureml:/subscriptions/s/resourceGroups/g/providers/m/workspaces/w/onlineEndpoints/scorer"
    deployment = f"  - {{name: blue, endpoint_name: '{endpoint}', instance_type: Standard_DS3_v2, model: '{MODEL}'}}\n"
    with pytest.raises(DescriptionError, match=r"is not an endpoint's name; expected the endpoint.s name alone"):
        load_text(tmp_path, "online_deployments:\n" + deployment)


def test_a_reference_to_an_entity_with_mistakes_is_no_second_mistake(tmp_path: Path) -> None:
    text = "strict: true\ncomputes:\n  - {name: cpu-cluster, type: amlcompute, size: none}\n" + job(
        compute="cpu-cluster"
    )
    with pytest.raises(DescriptionError) as caught:
        load_text(tmp_path, text)
    assert [problem.line for problem in caught.value.problems] == [5]


@pytest.mark.parametrize(
    ("identity", "mode", "count"),
    [("none", "identity", 1), ("system_assigned", "identity", 0), ("none", "access_key", 0)],
)
def test_a_job_on_a_compute_without_an_identity_gives_a_warning(
    tmp_path: Path, identity: str, mode: str, count: int
) -> None:
    (tmp_path / "platform.yml").write_text(
        f"name: acme\nlocation: westeurope\nworkspace: {{system_datastores_auth_mode: {mode}}}\n"
        f"computes:\n  - {{name: cpu, type: amlcompute, identity: {{type: {identity}}}}}\n"
        "jobs:\n  - type: command\n    name: train\n    command: echo\n    compute: azureml:cpu\n"
        "    environment: azureml://registries/azureml/environments/sklearn-1.5/versions/1\n"
    )
    found = load(tmp_path).warnings
    assert len(found) == count
    for warning in found:
        assert (warning.line, warning.column) == (10, 14)
        assert "has no identity, so jobs on it can't pull images" in warning.what
