"""What only the stack knows is checked before the first resource: settings, folders, secrets, identities."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pulumi
import pytest

from azureml_infra.components import existing
from azureml_infra.components.azure import Destination
from azureml_infra.components.existing import Expected, look_up
from azureml_infra.components.live import Presence
from azureml_sandbox import Sandbox
from azureml_sandbox.__main__ import main as sandbox
from kit.platforms import PROGRAM, SETTINGS, SUBSCRIPTION

IDENTITY = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-who/providers/Microsoft.ManagedIdentity"
    "/userAssignedIdentities/nobody"
)
PLATFORM = f"""\
name: churn
location: westeurope
computes:
  - name: cpu
    type: amlcompute
    size: Standard_DS3_v2
    identity: {{type: user_assigned, user_assigned_identities: [{{resource_id: {IDENTITY}}}]}}
datastores:
  - name: landing
    type: azure_blob
    account_name: contosolanding
    container_name: raw
    credentials: {{sas_token: "${{{{secrets.LANDING_SAS}}}}"}}
  - name: scans
    type: azure_blob
    account_name: contososcans
    container_name: raw
    credentials: {{account_key: "${{{{secrets.SCANS_KEY}}}}"}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", "utf-8")
    (tmp_path / "__main__.py").write_text(PROGRAM, "utf-8")
    (tmp_path / "platform.yml").write_text("name: churn\nlocation: westeurope\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def up(project: Path, capsys: pytest.CaptureFixture[str], *settings: str, code: int = 1, command: str = "up") -> str:
    lines = [f"  {line}" for line in (f"azure-native:subscriptionId: {SUBSCRIPTION}", *settings)]
    (project / "Pulumi.dev.yaml").write_text("\n".join(["config:", *lines, ""]), "utf-8")
    assert sandbox([command, "--stack", "dev", "--door", "in-process"]) == code
    output = capsys.readouterr()
    return output.out + output.err


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("overides: {tags: {a: b}}", "overrides"),
        ("disposible: true", "disposable"),
        ("keep_aliases: true", "keepAliases"),
    ],
)
def test_a_misspelled_setting_is_refused(
    line: str, meant: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = up(project, capsys, f"azureml-infra:{line}")
    word = line.partition(":")[0]
    assert f'Pulumi.dev.yaml:3:3: unknown setting "azureml-infra:{word}"' in output
    assert f'did you mean "{meant}"?' in output
    assert "created" not in output


def test_a_setting_that_nothing_reads_is_a_warning(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = up(project, capsys, "azureml-infra:team_name: churn", command="preview", code=0)
    assert 'warning: Pulumi.dev.yaml:3:3: nothing here reads "azureml-infra:team_name"' in output
    assert "to create" in output


def test_a_setting_of_the_programs_own_is_left_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = up(project, capsys, "shop:team_name: churn", code=0)
    assert "created" in output
    assert "team_name" not in output


def test_a_secret_is_read_in_a_project_of_this_name(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "Pulumi.yaml").write_text("name: azureml-infra\nruntime: python\n", "utf-8")
    text = "\n".join(line for line in PLATFORM.splitlines() if "identity:" not in line)
    (project / "platform.yml").write_text(text, "utf-8")
    secrets = ("azureml-infra:LANDING_SAS: sv=2024&sig=x", "azureml-infra:SCANS_KEY: a2V5")
    assert "nothing here reads" not in up(project, capsys, *secrets, code=0)


def test_a_folder_that_does_not_exist_is_reported_by_its_setting(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = up(project, capsys, "azureml-infra:description: platforms/churn")
    assert 'Pulumi.dev.yaml:3:3: azureml-infra:description is "platforms/churn", which doesn\'t exist' in output


def test_a_stack_without_a_file_is_reported(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "platform.yml").unlink()
    sandbox(["up", "--stack", "nosuch", "--door", "in-process"])
    output = capsys.readouterr()
    assert (
        'Pulumi.nosuch.yaml:1:1: there is no such file, so the stack "nosuch" has no settings'
        in output.out + output.err
    )


@pytest.mark.parametrize("command", ["up", "preview"])
def test_all_that_is_missing_is_reported_before_anything_is_made(
    command: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "platform.yml").write_text(PLATFORM, "utf-8")
    output = up(project, capsys, command=command)
    assert "3 mistakes in ., so nothing was changed" in output
    assert "platform.yml:7:" in output
    assert f"the identity {IDENTITY} can't be found in Azure" in output
    assert "platform.yml:13:" in output
    assert "${{secrets.LANDING_SAS}} is used, but the stack has no such secret" in output
    assert "platform.yml:18:" in output
    assert "pulumi config set --secret SCANS_KEY" in output
    assert "created" not in output


@pytest.mark.parametrize(
    ("word", "below"),
    [
        ("workspace", "/providers/Microsoft.MachineLearningServices/workspaces/mlw-churn-dev"),
        ("resource_group", ""),
        ("registry", "/providers/Microsoft.ContainerRegistry/registries/contosochurn"),
    ],
)
@pytest.mark.parametrize("reverse", [False, True])
def test_a_role_that_is_given_by_a_word_and_by_an_id_is_given_twice(
    word: str, below: str, reverse: bool, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scopes = [word, f"/subscriptions/{SUBSCRIPTION}/resourceGroups/RG-churn-dev{below}"]
    who = "role: Reader, principal: 5a4d0b0c-0000-4000-8000-00000000a11a, principal_type: user"
    entries = "".join(f"  - {{{who}, scope: {scope}}}\n" for scope in (reversed(scopes) if reverse else scopes))
    registry = "registry: {mode: managed, name: contosochurn}\n"
    text = f"name: churn\nlocation: westeurope\n{registry}access:\n{entries}"
    (project / "platform.yml").write_text(text, "utf-8")
    output = up(project, capsys)
    assert "platform.yml:6:5: the same role for the same principal again (the first is in platform.yml:5)" in output
    assert "created" not in output


def test_a_secret_in_the_stacks_file_will_do_in_the_sandbox(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(line for line in PLATFORM.splitlines() if "identity:" not in line)
    (project / "platform.yml").write_text(text, "utf-8")
    output = up(project, capsys, "shop:LANDING_SAS: sv=2024&sig=x", "shop:SCANS_KEY: a2V5", code=0)
    assert "created" in output


def test_destroying_what_is_protected_names_the_ways_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    up(project, capsys, code=0)
    assert sandbox(["destroy", "--stack", "dev", "--door", "in-process"]) != 0
    output = capsys.readouterr().err
    for way in (
        "workspace: {protect: false}",
        "azureml-infra:disposable: true` in Pulumi.dev.yaml",
        "azureml-sandbox reset",
    ):
        assert way in output
    up(project, capsys, "azureml-infra:disposable: true", code=0)
    assert sandbox(["destroy", "--stack", "dev", "--door", "in-process"]) == 0


def id_of(type_name: str, name: str = "gone", subscription: str = SUBSCRIPTION) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/rg-gone/providers/{type_name}/{name}"


VAULT, SUBNET = id_of("Microsoft.KeyVault/vaults"), id_of("Microsoft.Network/virtualNetworks", "vnet/subnets/nodes")
IDS = f"""\
name: churn
location: westeurope
resource_group: {{name: rg-gone, existing: true}}
registry: {{mode: existing, id: {id_of("Microsoft.ContainerRegistry/registries")}}}
workspace:
  storage_account: {id_of("Microsoft.Storage/storageAccounts")}
  key_vault: {VAULT}
  application_insights: {id_of("Microsoft.Insights/components")}
computes:
  - {{name: cpu, type: amlcompute, network_settings: {{subnet: {SUBNET}}}}}
  - {{name: gpu, type: amlcompute, network_settings: {{subnet: {SUBNET}}}}}
  - {{name: aks, type: kubernetes, resource_id: {id_of("Microsoft.ContainerService/managedClusters")}, namespace: ml}}
"""


@pytest.mark.parametrize("command", ["up", "preview"])
def test_every_id_that_azure_lacks_is_reported_with_its_place(
    command: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "platform.yml").write_text(IDS, "utf-8")
    output = up(project, capsys, command=command)
    assert "8 mistakes in ., so nothing was changed" in output
    for line, kind in (
        (3, "resource group"),
        (4, "container registry"),
        (6, "storage account"),
        (7, "key vault"),
        (8, "Application Insights resource"),
        (10, "subnet"),
        (11, "subnet"),
        (12, "Kubernetes cluster"),
    ):
        assert re.search(rf"platform.yml:{line}:\d+: the {kind} \S+ can't be found in Azure", output), output
    assert "created" not in output


def test_what_is_in_another_subscription_is_not_asked_for() -> None:
    asked = Expected(id_of("Microsoft.KeyVault/vaults", subscription=SUBSCRIPTION[::-1]), ("workspace",))
    answers: dict[Expected, Presence] = {}
    Sandbox(config=SETTINGS).up(lambda: answers.update(look_up([asked], Destination())))
    assert answers == {asked: Presence.UNKNOWN}


def test_each_id_is_asked_for_once_and_all_at_the_same_time(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "platform.yml").write_text(IDS, "utf-8")
    begun: list[str] = []
    together = asyncio.Event()

    async def answer(token: str, *_: object) -> Presence:
        begun.append(token)
        if len(begun) == 7:
            together.set()
        await asyncio.wait_for(together.wait(), 30)
        return Presence.ABSENT

    monkeypatch.setattr(existing, "presence", answer)
    assert "8 mistakes" in up(project, capsys)
    assert len(begun) == len(set(begun)) == 7


def refuse(monkeypatch: pytest.MonkeyPatch, tokens: str, message: str) -> None:
    """Refuse the reads whose token has a pattern, as azure-native does."""
    invoke = pulumi.runtime.invoke_async

    async def answer(token: str, *more: Any) -> Any:
        if not re.search(tokens, token):
            return await invoke(token, *more)
        raise RuntimeError(f"{token}: {message}")

    monkeypatch.setattr(pulumi.runtime, "invoke_async", answer)


def test_what_may_not_be_read_is_a_warning(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "name: churn\nlocation: westeurope\nworkspace:\n  key_vault: " + VAULT
    (project / "platform.yml").write_text(text, "utf-8")
    refuse(monkeypatch, ":getVault$", 'Status=403 Code="AuthorizationFailed" does not have authorization')
    output = up(project, capsys, command="preview", code=0)
    assert f"warning: platform.yml:4:14: whoever runs this may not read the key vault {VAULT}" in output


@pytest.mark.parametrize("code", ["MissingSubscriptionRegistration", "NoRegisteredProviderFound"])
def test_a_first_preview_in_a_subscription_that_never_used_azure_ml_goes_on(
    code: str, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """azure-native registers providers in `up`; whoever only reads can't, and is answered 409."""
    refuse(
        monkeypatch,
        "machinelearningservices",
        f'Status=409 Code="{code}" Message="The subscription is not registered"',
    )
    assert "churn" in up(project, capsys, command="preview", code=0)


def test_a_program_of_its_own_is_refused_what_azure_lacks(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = (
        "from azureml_infra import Workspace, WorkspaceArgs\n"
        f"Workspace('churn', WorkspaceArgs(key_vault='{VAULT}'), location='westeurope')\n"
    )
    (project / "__main__.py").write_text(program, "utf-8")
    output = up(project, capsys, code=2)
    assert f"Workspace: key_vault: the key vault {VAULT} can't be found in Azure" in output
    assert '__main__.py", line 2' in output
    assert "created" not in output


def test_a_program_that_makes_it_itself_says_so_by_an_output(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = (
        "from pulumi_azure_native import applicationinsights, resources\n"
        "from azureml_infra import Workspace, WorkspaceArgs\n"
        "group = resources.ResourceGroup('rg', resource_group_name='rg-logs', location='westeurope')\n"
        "logs = applicationinsights.Component('logs', resource_group_name=group.name, location='westeurope',\n"
        "    resource_name_='logs', kind='web', application_type='web')\n"
        "Workspace('churn', WorkspaceArgs(application_insights=logs.id), location='westeurope')\n"
    )
    (project / "__main__.py").write_text(program, "utf-8")
    assert "created" in up(project, capsys, code=0)


WHO = "9f2d6c1e-0000-4000-8000-00000000da7a"
STORAGE, MACHINE = id_of("Microsoft.Storage/storageAccounts"), id_of("Microsoft.Compute/virtualMachines")
SEARCH, ARC = id_of("Microsoft.Search/searchServices"), id_of("Microsoft.Kubernetes/connectedClusters")
POOL, DATABRICKS = (
    id_of("Microsoft.Synapse/workspaces", "syn/bigDataPools/pool"),
    id_of("Microsoft.Databricks/workspaces"),
)
NETWORK = f"{{id: {id_of('Microsoft.Network/virtualNetworks')}, public_subnet: hosts, private_subnet: pods}}"
LAKE = f"{{service_resource_id: {STORAGE}, subresource_target: blob}}"
FIND = f"{{service_resource_id: {SEARCH}, subresource_target: searchService}}"
MORE = f"""\
name: churn
location: westeurope
workspace:
  customer_managed_key: {{key_vault: {VAULT}, key_uri: "https://gone.vault.azure.net/keys/gone/1"}}
  managed_network:
    isolation_mode: allow_only_approved_outbound
    outbound_rules:
      - {{name: lake, type: private_endpoint, destination: {LAKE}}}
      - {{name: find, type: private_endpoint, destination: {FIND}}}
access:
  - {{role: Reader, principal: {WHO}, principal_type: user, scope: {STORAGE}}}
computes:
  - {{name: machine, type: virtualmachine, resource_id: {MACHINE}}}
  - {{name: arc, type: kubernetes, resource_id: {ARC}}}
  - {{name: spark, type: synapsespark, resource_id: {POOL}}}
  - {{name: bricks, type: databricks, resource_id: {DATABRICKS}, access_token: "${{{{secrets.DBW}}}}"}}
  - {{name: cpu, type: amlcompute, network_settings: {{vnet_name: vnet, subnet: nodes}}}}
  - {{name: made, type: databricks, create: {{vnet: {NETWORK}}}, access_token: "${{{{secrets.DBW}}}}"}}
"""


def test_whatever_a_description_attaches_or_connects_to_is_asked_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "platform.yml").write_text(MORE, "utf-8")
    output = up(project, capsys, "shop:DBW: x")
    for line, kind in (
        (4, "key vault"),
        (4, "key"),
        (8, "storage account"),
        (11, "storage account"),
        (13, "virtual machine"),
        (14, "Arc-enabled Kubernetes cluster"),
        (15, "Synapse Spark pool"),
        (16, "Databricks workspace"),
        (17, "subnet"),
        (18, "subnet"),
    ):
        assert re.search(rf"platform.yml:{line}:\d+: the {kind} \S+ can't be found in Azure", output), (line, output)
    assert "11 mistakes in ., so nothing was changed" in output  # the sandbox has no search service
