"""Each scenario folder of examples/ comes up, stays as it is, and goes; and what it made is what its files say."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from azureml_infra import load
from azureml_sandbox import Result
from azureml_sandbox.pulumi.engine.display import as_json, show
from azureml_sandbox.pulumi.engine.values import mask
from kit.given import grants
from kit.paths import EXAMPLES
from kit.platforms import ML, changes
from kit.scenarios import CUSTOM_ROLE, LAKE, NETWORK, SECRETS, SHARED, Copy, Scenario, scenarios

LEFT = {
    "datastores": {"curated"},  # data isn't the description's to delete
    "existing-workspace": {"claims", "forecasting", "1", "3"},  # data, and versions that others may use
    "existing-resources": {"azureml", "azureml-blobstore", "azureml-filestore", "code-391ff5ac"},  # made by Azure ML
    "project": {"32572c64-0a75-51f8-8024-2455df6515a4-"},  # the project's, in its hub's account
}
"""What an example leaves in resources that were there before it: the beginnings of names."""


def properties(resource: dict[str, Any]) -> dict[str, Any]:
    return dict(resource["properties"])


def below(resource_id: str) -> str:
    """Return an id without what all ids of a workspace begin with."""
    return resource_id.rpartition("/providers/")[2]


@pytest.mark.parametrize("name", scenarios())
def test_an_example_says_what_it_is(name: str) -> None:
    description = load(EXAMPLES / name)
    assert description.warnings == ()
    assert (EXAMPLES / name / "README.md").read_text("utf-8").startswith("# ")
    assert (EXAMPLES / name / "platform.yml").read_text("utf-8").startswith("# yaml-language-server: $schema=")


@pytest.mark.parametrize("name", scenarios())
def test_an_example_comes_up_stays_and_goes(name: str) -> None:
    scenario = Scenario(name)
    before = scenario.ids()
    previewed = scenario.preview()
    assert previewed.changed
    assert scenario.ids() == before
    assert sorted(changes(scenario.up())) == sorted(changes(previewed))
    assert changes(scenario.up()) == []
    scenario.refresh()
    assert changes(scenario.up()) == []
    scenario.destroy()
    left = scenario.ids() - before
    assert before <= scenario.ids()
    assert {one for one in left if not one.rpartition("/")[2].startswith(tuple(LEFT.get(name, ())))} == set()
    assert bool(left) == (name in LEFT)
    assert scenario.sandbox.state.resources() == []


@pytest.mark.parametrize("name", ["attached-computes", "connections", "datastores"])
def test_secrets_stay_secret(name: str) -> None:
    """In the state, in the outputs, in what is printed, and in what Azure shows. (The state marks them; it's that of a
    cloud that isn't there.)"""
    scenario = Scenario(name)
    result = scenario.up()
    used = {key: text for key, text in SECRETS.items() if in_rows(scenario, text, hide=False)}
    assert len(used) == {"attached-computes": 2, "connections": 5, "datastores": 5}[name]
    for text in used.values():
        assert text not in text_of(result)
        assert text not in json.dumps(scenario.azure.resources())
        assert not in_rows(scenario, text, hide=True)


def text_of(result: Result) -> str:
    """Return everything that a run prints, as text and as JSON, and what its outputs are."""
    page = io.StringIO()
    show(Console(file=page, width=10_000), result, show_same=True)
    printed = page.getvalue() + as_json(result, "up") + json.dumps(result.outputs)
    return printed + "".join(f"{one}" for one in (*result.operations, *result.diagnostics))


def in_rows(scenario: Scenario, text: str, *, hide: bool) -> bool:
    """Return whether a row of the state's database has a text; `hide` what is marked as secret."""
    found = scenario.sandbox.state._database.execute("SELECT state FROM pulumi_resources")
    rows = [json.loads(row) for (row,) in found]
    assert rows
    return json.dumps(text) in json.dumps([mask(row) if hide else row for row in rows])


def test_jobs_run_what_their_files_say() -> None:
    scenario = Scenario("jobs")
    result = scenario.up()
    jobs = {one["properties"]["jobType"]: one for one in scenario.azure.resources(f"{ML}/jobs")}
    command = properties(jobs["Command"])
    assert command["command"] == "python main.py --diabetes-csv ${{inputs.diabetes}}"
    assert command["experimentName"] == "diabetes-data-example"
    assert command["environmentId"].endswith("/environments/basic-env-scikit/versions/1")
    assert command["computeId"].endswith("/computes/aml-instance")
    assert command["inputs"]["diabetes"]["mode"] == "ReadOnlyMount"
    assert command["inputs"]["diabetes"]["uri"].endswith("/data/diabetes-data/versions/1")
    assert set(result.outputs["jobs"].values()) == {one["id"] for one in jobs.values()}


def test_a_pipelines_steps_feed_each_other() -> None:
    scenario = Scenario("jobs").ready()
    (pipeline,) = (job for job in scenario.all(f"{ML}/jobs").values() if job["properties"]["jobType"] == "Pipeline")
    steps = properties(pipeline)["jobs"]
    assert sorted(steps) == ["train-job", "transform-job"]
    source = steps["train-job"]["inputs"]["training_data"]["value"]
    assert source == "${{parent.jobs.transform-job.outputs.transformed_data}}"
    assert steps["transform-job"]["outputs"]["transformed_data"]["mode"] == "ReadWriteMount"
    assert "/datastores/workspaceblobstore/paths/LocalUpload/" in steps["transform-job"]["inputs"]["raw_data"]["uri"]
    for step in steps.values():
        specification = scenario.azure.get(step["componentId"])["properties"]["componentSpec"]
        assert specification["environment"] == "azureml:AzureML-sklearn-0.24-ubuntu18.04-py37-cpu@latest"
        assert step["computeId"].endswith("/computes/cpu-cluster")
        assert scenario.azure.exists(specification["code"].removeprefix("azureml:"))


def test_a_job_runs_once_and_a_changed_one_is_another(tmp_path: Path) -> None:
    copy = Copy("jobs", tmp_path).ready()
    first = set(copy.all(f"{ML}/jobs"))
    copy.edit("job.yml", "description: Train", "description: Trains")
    copy.up()
    assert set(copy.all(f"{ML}/jobs")) == first
    copy.edit("src/main.py", ":.3f}", ":.4f}")
    done = changes(copy.up())
    assert first < set(copy.all(f"{ML}/jobs"))
    assert not [line for line in done if line.startswith(("update", "replace"))]


def test_a_rented_models_endpoint_comes_after_the_consent_to_its_price() -> None:
    result = Scenario("serverless").up()
    names = [one.name for one in result.operations if one.type.endswith(("Subscription", "ServerlessEndpoint"))]
    assert names.index("mistral-large") < names.index("assistant-mistral")
    made = {goal.name: goal for goal in result.registered.values()}
    assert made["mistral-large"].urn in made["assistant-mistral"].dependencies
    assert made["mistral-large"].urn not in made["assistant-phi"].dependencies
    assert result.outputs["serverless_endpoints"]["assistant-phi"]["scoring_uri"] == (
        "https://assistant-phi.eastus2.models.ai.azure.com"
    )


def test_existing_resources_are_used_as_they_are() -> None:
    scenario = Scenario("existing-resources")
    parts = [one for one in scenario.ids() if "/providers/" in one]
    before = {one: scenario.azure.get(one) for one in parts}
    result = scenario.up()
    workspace = scenario.all(ML)["mlw-claims"]
    used = {properties(workspace)[word] for word in ("storageAccount", "keyVault", "applicationInsights")}
    assert used | {properties(workspace)["containerRegistry"]} == set(parts)
    assert {one: scenario.azure.get(one) for one in parts} == before
    assert workspace["id"].split("/")[4] == "rg-claims"
    assert set(changes(result)) == {
        f"create {name}" for name in ("claims", "claims-purge", "claims-workspace-purge", "cpu-cluster")
    }
    assert result.outputs["registry"] == f"{SHARED}/providers/Microsoft.ContainerRegistry/registries/contosoml"


def test_datastores_have_the_credentials_of_their_files() -> None:
    scenario = Scenario("datastores")
    result = scenario.up()
    stores = scenario.all(f"{ML}/datastores")
    described = {name: properties(store)["credentials"]["credentialsType"] for name, store in stores.items()}
    assert {name: kind for name, kind in described.items() if not name.startswith("workspace")} == {
        "raw": "None",
        "team_files": "None",
        "curated": "None",
        "landing_key": "AccountKey",
        "landing_sas": "Sas",
        "scans": "AccountKey",
        "lake_app": "ServicePrincipal",
        "lake_certificate": "Certificate",
        "lakehouse": "None",
    }
    given = scenario.azure.action(stores["landing_key"]["id"], "listSecrets")
    assert given["key"] == SECRETS["landing_key"]
    given = scenario.azure.action(stores["lake_app"]["id"], "listSecrets")
    assert given["clientSecret"] == SECRETS["lake_client_secret"]
    assert result.outputs["datastores"] == sorted(name for name in stores if not name.startswith("workspace"))


def test_datastores_that_create_get_their_place_and_the_role_for_it() -> None:
    scenario = Scenario("datastores").ready()
    own = properties(next(iter(scenario.all(ML).values())))["storageAccount"]
    share = scenario.azure.get(f"{own}/fileServices/default/shares/team")
    assert (share["properties"]["shareQuota"], share["properties"]["accessTier"]) == (50, "Hot")
    places = {
        f"{own}/blobServices/default/containers/raw": "Storage Blob Data Contributor",
        f"{LAKE}/blobServices/default/containers/curated": "Storage Blob Data Contributor",
        f"{own}/fileServices/default/shares/team": "Storage File Data Privileged Contributor",
    }
    principal = next(iter(scenario.all(ML).values()))["identity"]["principalId"]
    for place, role in places.items():
        assert scenario.azure.exists(place)
        assert (place.lower(), role, principal) in holders(scenario)


def holders(scenario: Scenario) -> set[tuple[str, str, str]]:
    """Return who has which role where: (scope in small letters, role, principal)."""
    return {(scope.lower(), role, who) for scope, role, who in grants(scenario.azure)}


def test_attached_computes_point_at_what_exists() -> None:
    scenario = Scenario("attached-computes")
    result = scenario.up()
    computes = scenario.all(f"{ML}/computes")
    described = {
        name: (properties(one)["computeType"], below(properties(one)["resourceId"])) for name, one in computes.items()
    }
    assert described == {
        "aks": ("Kubernetes", "Microsoft.ContainerService/managedClusters/aks-shared"),
        "spark": ("SynapseSpark", "Microsoft.Synapse/workspaces/contososynapse/bigDataPools/pool"),
        "bricks": ("Databricks", "Microsoft.Databricks/workspaces/dbw-shared"),
        "machine": ("VirtualMachine", "Microsoft.Compute/virtualMachines/vm-shared"),
    }
    assert properties(computes["aks"])["properties"]["namespace"] == "ml"
    (extension,) = scenario.azure.resources("Microsoft.KubernetesConfiguration/extensions")
    assert below(extension["id"].partition("/providers/Microsoft.KubernetesConfiguration")[0]) == described["aks"][1]
    settings = properties(extension)["configurationSettings"]
    assert (settings["inferenceRouterHA"], settings["internalLoadBalancerProvider"]) == ("False", "azure")
    done = changes(result)
    assert done.index("create aks-extension") < done.index("create aks")


def test_a_batch_endpoint_has_a_model_and_a_pipeline() -> None:
    scenario = Scenario("batch")
    result = scenario.up()
    deployments = scenario.all(f"{ML}/batchEndpoints/deployments")
    model, pipeline = properties(deployments["scores"]), properties(deployments["report"])
    assert model["model"]["assetId"].endswith("/models/heart/versions/3")
    assert (model["miniBatchSize"], model["resources"]["instanceCount"]) == (10, 2)
    assert model["retrySettings"] == {"maxRetries": 3, "timeout": "PT5M"}
    component = pipeline["deploymentConfiguration"]["componentId"]["assetId"]
    assert component.endswith("/components/prepare_and_report/versions/1")
    steps = scenario.azure.get(component)["properties"]["componentSpec"]["jobs"]
    assert steps["prepare"]["componentId"].endswith("/components/prepare/versions/1")
    assert scenario.azure.exists(steps["report"]["componentId"])
    endpoint = scenario.all(f"{ML}/batchEndpoints")["nightly-heart"]
    assert properties(endpoint)["defaults"] == {"deploymentName": "scores"}
    assert result.outputs["batch_endpoints"]["nightly-heart"]["scoring_uri"] == properties(endpoint)["scoringUri"]
    assert len(scenario.azure.resources("Microsoft.ContainerRegistry/registries")) == 1


def test_an_endpoint_on_kubernetes_comes_after_cluster_and_extension() -> None:
    scenario = Scenario("kubernetes-endpoint")
    done = changes(scenario.up())
    wanted = ["aks-extension", "aks", "pump-failures", "pump-failures-blue", "pump-failures-traffic"]
    assert [line for line in done if line.removeprefix("create ") in wanted] == [f"create {name}" for name in wanted]
    endpoint = scenario.all(f"{ML}/onlineEndpoints")["pump-failures"]
    deployment = properties(scenario.all(f"{ML}/onlineEndpoints/deployments")["blue"])
    assert properties(endpoint)["compute"].endswith("/computes/aks")
    assert properties(endpoint)["traffic"] == {"blue": 100}
    assert deployment["endpointComputeType"] == "Kubernetes"
    assert deployment["containerResourceRequirements"]["containerResourceLimits"] == {"cpu": "1", "memory": "1Gi"}
    (registry,) = scenario.azure.resources("Microsoft.ContainerRegistry/registries")
    assert properties(registry)["adminUserEnabled"] is False  # ours, not one that Azure ML attached by itself


def test_a_private_workspace_works_with_the_given_identity() -> None:
    scenario = Scenario("network").ready()
    identity = f"{NETWORK}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-ml"
    workspace = next(iter(scenario.all(ML).values()))
    made = properties(workspace)
    assert made["publicNetworkAccess"] == "Disabled"
    assert made["primaryUserAssignedIdentity"] == identity
    assert [one.lower() for one in workspace["identity"]["userAssignedIdentities"]] == [identity.lower()]
    principal = scenario.azure.get(identity)["properties"]["principalId"]
    holds = {(scope, role) for scope, role, who in holders(scenario) if who == principal}
    assert (made["storageAccount"].lower(), "Storage Blob Data Contributor") in holds
    assert (made["keyVault"].lower(), "Key Vault Administrator") in holds
    assert (made["containerRegistry"].lower(), "Contributor") in holds
    assert (workspace["id"].lower(), "Contributor") in holds
    lake = f"{NETWORK}/providers/Microsoft.Storage/storageAccounts/contosolake"
    assert (lake.lower(), "Azure AI Enterprise Network Connection Approver") in holds


def test_a_managed_network_has_its_rules_and_computes_no_other_one() -> None:
    scenario = Scenario("network").ready()
    network = properties(next(iter(scenario.all(ML).values())))["managedNetwork"]
    assert network["isolationMode"] == "AllowOnlyApprovedOutbound"
    rules = network["outboundRules"].items()
    kinds = {name: rule["type"] for name, rule in rules if not name.startswith("__SYS_")}  # Azure ML adds its own
    assert kinds == {"packages": "FQDN", "pipelines": "ServiceTag", "lake": "PrivateEndpoint"}
    computes = {name: properties(one)["properties"] for name, one in scenario.all(f"{ML}/computes").items()}
    assert sorted(computes) == ["cpu-cluster", "gpu-cluster", "private-dana"]
    assert not any(one.get("subnet") or one["enableNodePublicIp"] for one in computes.values())
    assert computes["gpu-cluster"]["vmPriority"] == "LowPriority"
    assert computes["private-dana"]["personalComputeInstanceSettings"]["assignedUser"]["objectId"].startswith("0a6c")
    actions = [one["action"] for one in computes["private-dana"]["schedules"]["computeStartStop"]]
    assert actions == ["Start", "Stop"]


def test_access_is_given_at_its_scopes() -> None:
    scenario = Scenario("access").ready()
    workspace = next(iter(scenario.all(ML).values()))
    made = properties(workspace)
    group = workspace["id"].partition("/providers/")[0]
    scientists, operators = "9f2d6c1e-0000-4000-8000-00000000da7a", "4b7a0f6d-0000-4000-8000-0000000000c0"
    dana, service = "0a6c51c1-0000-4000-8000-00000000da7a", "7e1f9d20-0000-4000-8000-0000000000b0"
    people = {scientists, operators, dana, service}
    expected = {
        (workspace["id"], "AzureML Data Scientist", scientists),
        (workspace["id"], "AzureML Compute Operator", operators),
        (group, "Reader", dana),
        (made["storageAccount"], "Storage Blob Data Contributor", scientists),
        (made["storageAccount"], "Storage File Data Privileged Contributor", scientists),
        (made["storageAccount"], "Storage Blob Data Reader", operators),
        (made["containerRegistry"], "AcrPull", service),
        (made["keyVault"], "Key Vault Reader", dana),
        (f"{SHARED}/providers/Microsoft.ContainerRegistry/registries/contosoml", CUSTOM_ROLE, scientists),
    }
    given = {one for one in holders(scenario) if one[2] in people}
    assert given == {(scope.lower(), role, who) for scope, role, who in expected}
