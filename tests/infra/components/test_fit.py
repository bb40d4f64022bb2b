"""What Azure won't take is told with file and line before anything is made, in-process and on the engine."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azureml_arm import ids
from azureml_arm.names import azure_name
from azureml_infra import load
from azureml_infra.components.azure import Destination
from azureml_infra.components.questions import Question, ask_all
from azureml_infra.components.quota import too_many_endpoints, too_many_workspaces
from azureml_infra.description.located import Located
from azureml_infra.dynamic.clients import ArmClient, AzureRefusedError
from azureml_sandbox import Sandbox
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.model.tables import UNREGISTERED
from azureml_sandbox.pulumi import runner as doors
from kit import warm
from kit.engine_projects import Project, project
from kit.platforms import PROGRAM, SETTINGS, SUBSCRIPTION
from kit.served import serving

OTHER = ids.resource_group_id(SUBSCRIPTION, "rg-other")
TAKEN = f"{OTHER}/providers/Microsoft.ContainerRegistry/registries/contosochurn"
WORKSPACE = f"{OTHER}/providers/Microsoft.MachineLearningServices/workspaces/mlw-other"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/score"
INSTANCE = f"{WORKSPACE}/computes/box"
ASSIGNMENT = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/policyAssignments/no-gpus"
PARTS = {
    "storageAccount": "Microsoft.Storage/storageAccounts/stother",
    "keyVault": "Microsoft.KeyVault/vaults/kv-other",
    "applicationInsights": "Microsoft.Insights/components/appi-other",
}
PLATFORM = """\
name: churn
location: westeurope
preflight: refuse
registry: {mode: managed, name: contosochurn}
computes:
  - name: family
    type: amlcompute
    size: Standard_DS3_v2
    min_instances: 80
    max_instances: 80
  - name: second
    type: amlcompute
    size: Standard_D4s_v3
    min_instances: 40
    max_instances: 40
  - name: third
    type: amlcompute
    size: Standard_E16s_v3
    min_instances: 10
    max_instances: 10
  - name: spot
    type: amlcompute
    size: Standard_DS3_v2
    tier: low_priority
    min_instances: 90
    max_instances: 90
  - name: never
    type: amlcompute
    size: Standard_NC64as_T4_v3
    tier: low_priority
  - name: box
    type: computeinstance
    size: Standard_DS2_v2
online_endpoints:
  - {name: score}
online_deployments:
  - name: blue
    endpoint_name: score
    model: azureml://registries/azureml/models/bert/versions/1
    instance_type: Standard_F16s_v2
    instance_count: 17
"""


def seed(azure: Azure) -> None:
    """Have somebody else's resources there, under names that are wanted, and a provider that isn't registered."""
    azure.put(OTHER, {"location": "westeurope"})
    azure.put(TAKEN, {"location": "westeurope", "sku": {"name": "Basic"}})
    made = {word: f"{OTHER}/providers/{kind}" for word, kind in PARTS.items()}
    azure.put(made["storageAccount"], {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
    vault = {"tenantId": azure.tenant, "sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True}
    azure.put(made["keyVault"], {"location": "westeurope", "properties": vault})
    azure.put(
        made["applicationInsights"],
        {"location": "westeurope", "kind": "web", "properties": {"Application_Type": "web"}},
    )
    identity = {"type": "SystemAssigned"}
    azure.put(WORKSPACE, {"location": "westeurope", "identity": identity, "properties": made})
    azure.put(ENDPOINT, {"location": "westeurope", "identity": identity, "properties": {"authMode": "Key"}})
    nodes = {"computeType": "ComputeInstance", "properties": {"vmSize": "STANDARD_DS2_V2"}}
    azure.put(INSTANCE, {"location": "westeurope", "properties": nodes})
    machine = "Microsoft.MachineLearningServices/workspaces/computes"
    rule = {"allOf": [{"field": "type", "equals": machine}, {"field": f"{machine}/vmSize", "like": "Standard_NC*"}]}
    definition = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/policyDefinitions/no-gpus"
    policy = {"mode": "Indexed", "policyRule": {"if": rule, "then": {"effect": "deny"}}}
    azure.put(definition, {"properties": policy})
    azure.put(ASSIGNMENT, {"properties": {"policyDefinitionId": definition}})


DOORS = ["in-process", pytest.param("engine", marks=pytest.mark.skipif(doors.cli() is None, reason="no pulumi CLI"))]

CODES = {"in-process": 1, "engine": 2}
"""What a refused run ends with: a program's own failure is 2 on the engine."""


def prepare(folder: Path, text: str = PLATFORM, change: Callable[[Azure], None] = seed) -> Project:
    """Return a project on a door, with a platform.yml and what is in its Azure already."""
    made = project(folder, PROGRAM)
    (folder / "platform.yml").write_text(text, "utf-8")
    (folder / ".sandbox").mkdir()
    with contextlib.closing(Azure(SqliteStore(folder / ".sandbox" / "state.db"))) as azure:
        change(azure)
    return made


@pytest.fixture(scope="module", params=DOORS)
def refusal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what a refused `up` says on each door, nothing made."""
    folder = tmp_path_factory.mktemp("fit")
    made = prepare(folder)
    output = made.run("up", "--door", request.param, code=CODES[request.param])
    with made.azure() as azure:
        assert {one["id"] for one in azure.resources("Microsoft.MachineLearningServices/workspaces")} == {WORKSPACE}
        assert not [one for one in azure.resources() if "churn-sandbox" in one["id"]]
    shutil.rmtree(folder)
    return output


DEDICATED = (
    "of Standard DSv2 Family Cluster Dedicated vCPUs in westeurope (300, less 2 in use); expected fewer, another"
)
IN_TOTAL = (
    "left of Total Cluster Dedicated Regional vCPUs in westeurope (300, less 2 in use and 160 for what comes before)"
)


@pytest.mark.parametrize(
    "finding",
    [
        "platform.yml:4:33: won't fit: the name contosochurn of the container registry can't be had: The registry DNS",
        f"platform.yml:9:20: won't fit: 80 machines of Standard_DS3_v2 need 320 vCPUs, and 298 are left {DEDICATED}",
        f"platform.yml:19:20: won't fit: 10 machines of Standard_E16s_v3 need 160 vCPUs, and 138 are {IN_TOTAL}",
        "platform.yml:25:20: won't fit: 90 machines of Standard_DS3_v2 need 360 vCPUs, and 300 are left",
        "left of Standard DSv2 Family Cluster LowPriority vCPUs in westeurope (300, less 0 in use)",
        "platform.yml:30:11: won't fit: Standard_NC64as_T4_v3 isn't to be had at low priority; expected tier: ",
        f"platform.yml:35:12: won't fit: westeurope has an endpoint score already: {ENDPOINT}; expected another name",
        "platform.yml:41:21: won't fit: 17 machines of Standard_F16s_v2 need 336 vCPUs with the 20% that Azure ML",
        "(300, less 2 in use and 160 for what comes before); expected fewer, another size, or more quota (Quota in the",
        "how-to-manage-quotas), or germanywestcentral, which is the nearest region with room for it",
        f"platform.yml:31:11: won't fit: westeurope has a compute instance box already: {INSTANCE}; expected another",
        "platform.yml:29:11: won't fit: the policy no-gpus denies it: Microsoft.MachineLearningServices/workspaces",
        f"computes/vmSize is STANDARD_NC64AS_T4_V3; expected what {ASSIGNMENT} allows, or an exemption from it",
        "9 mistakes in ., so nothing was changed",
    ],
)
def test_what_does_not_fit_has_its_place_figure_and_remedy(finding: str, refusal: str) -> None:
    assert finding in refusal


def test_an_endpoint_above_the_number_that_a_region_has_is_told(tmp_path: Path) -> None:
    """Online and batch ones count together; a subscription whose limit was raised isn't told."""
    (tmp_path / "platform.yml").write_text("name: churn\nlocation: westeurope\nonline_endpoints: [{name: score}]\n")
    (located,) = load(tmp_path).entities
    others = [{"location": "West Europe"}] * 100
    (found,) = too_many_endpoints([located], others, "westeurope")
    assert str(found).startswith("platform.yml:3:27: won't fit: westeurope has 100 of the 100 endpoints that a sub")
    assert not list(too_many_endpoints([located], others[:99], "westeurope"))
    assert not list(too_many_endpoints([located], others, "northeurope"))
    assert not list(too_many_endpoints([located], [*others, *others], "westeurope"))


def test_a_workspace_above_the_number_that_a_group_has_is_told(tmp_path: Path) -> None:
    (tmp_path / "platform.yml").write_text(
        "name: churn\nlocation: westeurope\nresource_group: {name: rg, existing: true}\n"
    )
    description = load(tmp_path)
    assert description.document is not None
    platform = Located(description.platform, "platform.yml", 1, description.document)
    (found,) = too_many_workspaces(platform, 800)
    assert str(found).startswith(
        "platform.yml:3:17: won't fit: the resource group has 800 workspaces, and may have 800;"
    )
    assert not list(too_many_workspaces(platform, 799))


SMALL = """\
name: churn
location: australiacentral
preflight: refuse
computes:
  - {name: dbx, type: databricks, create: {}}
"""


def own_name(kind: str) -> str:
    """Return what the platform calls a part of its own."""
    return azure_name(kind, "churn", "sandbox", f"{SUBSCRIPTION}/rg-churn-sandbox")


def take_names(azure: Azure) -> None:
    """Have the platform's own names taken elsewhere, the vault's by a deleted one, and a provider unregistered."""
    azure.put(OTHER, {"location": "australiacentral"})
    account = f"{OTHER}/providers/Microsoft.Storage/storageAccounts/{own_name('storage')}"
    azure.put(account, {"location": "australiacentral", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
    vault = f"{OTHER}/providers/Microsoft.KeyVault/vaults/{own_name('key_vault')}"
    properties = {"tenantId": azure.tenant, "sku": {"family": "A", "name": "standard"}}
    azure.put(vault, {"location": "australiacentral", "properties": properties})
    azure.delete(vault)
    with azure.changing():
        for namespace in ("microsoft.insights", "microsoft.databricks"):
            azure.store.set(UNREGISTERED, namespace, "NotRegistered")


@pytest.fixture(scope="module", params=DOORS)
def names_refusal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what a preview says on each door."""
    made = prepare(tmp_path_factory.mktemp("names"), SMALL, take_names)
    return made.run("preview", "--door", request.param, code=CODES[request.param])


@pytest.mark.parametrize(
    "finding",
    [
        "platform.yml:2:11: won't fit: the subscription isn't registered for Microsoft.Insights; expected `az",
        "expected `az provider register --namespace Microsoft.Insights --wait`",
        "platform.yml:5:43: won't fit: the subscription isn't registered for Microsoft.Databricks; expected `az",
        "platform.yml:2:11: won't fit: Azure ML isn't in australiacentral; expected one of its regions: australiaeast,",
        f"platform.yml:1:7: won't fit: the name {own_name('storage')} of the storage account can't be had: ",
        f"platform.yml:1:7: won't fit: the name {own_name('key_vault')} of the key vault can't be had: {OTHER}",
        "was deleted, and keeps it until 20",
        "5 mistakes in ., so nothing was changed",
    ],
)
def test_a_name_a_region_or_a_provider_that_cannot_be_had_is_told(finding: str, names_refusal: str) -> None:
    assert finding in names_refusal


@pytest.mark.parametrize(("how", "code", "kind"), [("warn", 0, ": won't fit: "), ("none", 0, "")])
def test_a_description_says_whether_it_warns_or_does_not_ask(how: str, code: int, kind: str, tmp_path: Path) -> None:
    text = PLATFORM.replace("preflight: refuse", f"preflight: {how}")
    output = prepare(tmp_path, text).run("preview", "--door", "in-process", code=code)
    assert ("won't fit" in output) == bool(kind)
    assert kind in output


def test_what_is_there_is_not_asked_about(tmp_path: Path) -> None:
    """The names are its own, and its machines are in use already."""
    text = "name: churn\nlocation: westeurope\npreflight: refuse\nregistry: managed\ncomputes:\n"
    text += "  - {name: cpu, type: amlcompute, min_instances: 70, max_instances: 70}\n"
    made = prepare(tmp_path, text, lambda _: None)
    made.run("up", "--door", "in-process")
    again = made.run("up", "--door", "in-process")
    assert "created" not in again
    assert "won't fit" not in again


def test_what_may_not_be_asked_for_is_skipped_with_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other questions are answered all the same."""
    posted = ArmClient.post

    def refuse(client: ArmClient, path: str, version: str, body: dict[str, Any] | None = None) -> Any:
        if "Microsoft.Storage" in path:
            raise AzureRefusedError(f"{path}: AuthorizationFailed (HTTP 403)")
        return posted(client, path, version, body)

    monkeypatch.setattr(ArmClient, "post", refuse)
    place = f"/subscriptions/{SUBSCRIPTION}/providers"
    questions = {
        kind: Question(
            f"the name of the {kind}", f"{place}/{kind.partition('/')[0]}/checkNameAvailability", version, body
        )
        for kind, version in (
            ("Microsoft.Storage/storageAccounts", "2024-01-01"),
            ("Microsoft.ContainerRegistry/registries", "2023-07-01"),
        )
        for body in ({"name": "contosofree", "type": kind},)
    }
    answers: dict[str, Any] = {}
    result = Sandbox(config=SETTINGS).up(lambda: answers.update(ask_all(questions, Destination())))
    assert answers == {"Microsoft.ContainerRegistry/registries": {"nameAvailable": True}}
    (line,) = [str(one) for one in result.diagnostics if "wasn't checked" in str(one)]
    assert "preflight: the name of the Microsoft.Storage/storageAccounts wasn't checked, as Azure doesn't say" in line


def test_whoever_may_not_make_it_is_told(tmp_path: Path) -> None:
    """Dana has a data scientist's role, on another scope."""
    made = prepare(tmp_path, "name: churn\nlocation: westeurope\n", lambda _: None)
    here = [warm.python(), "-m", "azureml_sandbox", "preview", "--door", "in-process"]
    with serving(tmp_path):
        output = made.run("run", "--as", "dana", "--", *here)
    for kind in ("MachineLearningServices/workspaces", "Storage/storageAccounts", "KeyVault/vaults"):
        assert f"platform.yml:1:7: won't fit: whoever runs this has no Microsoft.{kind}/write" in output
