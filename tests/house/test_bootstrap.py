"""The program of examples/bootstrap: it comes up in the sandbox, and what it made is what the workflows need."""

import contextlib
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from azureml_arm import ids
from azureml_arm.roles import find
from azureml_sandbox import Azure
from azureml_sandbox.__main__ import main
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.services.authorization.rights import SignedInPrincipal
from kit.paths import EXAMPLES

SUBSCRIPTION = "/subscriptions/5a4d0b0c-0000-4000-8000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-azureml-state"
VARIABLE = re.compile(r"vars\.([A-Z_]+)")


class Up(NamedTuple):
    """A program that is up: its folder, and the outputs that were printed."""

    folder: Path
    outputs: dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy(EXAMPLES / "bootstrap", tmp_path, ".sandbox", "__pycache__")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Up:
    """Return the one that the others are copies of."""
    folder, printed = copy(EXAMPLES / "bootstrap", tmp_path_factory.mktemp("first"), ".sandbox"), io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main(["up", *options(folder)]) == 0
    answer = json.loads(printed.getvalue())
    assert changes(answer) == {"create"}
    return Up(folder, answer["outputs"])


@pytest.fixture
def up(first: Up, tmp_path: Path) -> Up:
    return Up(copy(first.folder, tmp_path), first.outputs)


def copy(folder: Path, target: Path, *without: str) -> Path:
    return Path(shutil.copytree(folder, target / "bootstrap", ignore=shutil.ignore_patterns(*without)))


def options(folder: Path) -> list[str]:
    return ["--door", "in-process", "--cwd", str(folder), "--json"]


def run(command: str, folder: Path, capsys: pytest.CaptureFixture[str], code: int = 0) -> dict[str, Any]:
    assert main([command, *options(folder)]) == code
    return dict(json.loads(capsys.readouterr().out))


def cloud(folder: Path) -> Azure:
    """Return what is in the sandbox's Azure now."""
    return Azure(SqliteStore(folder / ".sandbox" / "state.db"))


def changes(answer: dict[str, Any]) -> set[str]:
    return {one["op"] for one in answer["operations"] if one["op"] not in ("unchanged", "read")}


def resources(azure: Azure, type_name: str) -> list[dict[str, Any]]:
    return [one for one in azure.resources(type_name) if one["id"].startswith((GROUP, SUBSCRIPTION))]


def test_its_preview_is_of_what_comes_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert changes(run("preview", folder, capsys)) == {"create"}


def test_what_came_up_stays(up: Up, capsys: pytest.CaptureFixture[str]) -> None:
    assert changes(run("up", up.folder, capsys)) == set()
    run("refresh", up.folder, capsys)
    assert changes(run("up", up.folder, capsys)) == set()


def test_state_is_kept_whoever_asks(up: Up) -> None:
    azure = cloud(up.folder)
    (account,) = resources(azure, "Microsoft.Storage/storageAccounts")
    given = account["properties"]
    assert (given["allowSharedKeyAccess"], given["allowBlobPublicAccess"]) == (False, False)
    service = azure.get(f"{account['id']}/blobServices/default")["properties"]
    assert service["isVersioningEnabled"] is True
    assert service["deleteRetentionPolicy"] == {"enabled": True, "days": 90}
    assert service["containerDeleteRetentionPolicy"] == {"enabled": True, "days": 90}
    for locked in (account["id"], f"{account['id']}/blobServices/default/containers/state", GROUP):
        with pytest.raises(ArmError) as refused:
            azure.delete(locked)
        assert (refused.value.status, refused.value.code) == (409, "ScopeLocked")
    (vault,) = resources(azure, "Microsoft.KeyVault/vaults")
    assert vault["properties"]["enablePurgeProtection"] is True
    with pytest.raises(ArmError, match="locked"):
        azure.delete(vault["id"])


def test_each_identity_has_the_smallest_roles(up: Up) -> None:
    azure = cloud(up.folder)
    people = {one["properties"]["principalId"]: one["name"] for one in resources(azure, _IDENTITY)}
    given: dict[str, set[tuple[str, str]]] = {name: set() for name in people.values()}
    conditions = {}
    for one in resources(azure, "Microsoft.Authorization/roleAssignments"):
        properties = one["properties"]
        role = find(properties["roleDefinitionId"])
        if properties["principalId"] in people and role is not None:
            scope = ids.parse(properties["scope"]).type.rpartition("/")[2]
            given[people[properties["principalId"]]].add((role.name, scope))
            conditions[role.name] = properties.get("condition")
    assert given == {
        "id-azureml-preview": {
            ("Reader", "subscriptions"),
            ("Storage Blob Data Reader", "containers"),
            ("Key Vault Crypto User", "keys"),
        },
        "id-azureml-up": {
            ("Contributor", "subscriptions"),
            ("Role Based Access Control Administrator", "subscriptions"),
            ("Storage Blob Data Contributor", "containers"),
            ("Key Vault Crypto User", "keys"),
        },
    }
    limited = conditions["Role Based Access Control Administrator"]
    for powerful in ("Owner", "User Access Administrator", "Role Based Access Control Administrator"):
        role = find(powerful)
        assert role is not None
        assert limited.count(role.id) == 2
    assert conditions["Contributor"] is None


def configure(folder: Path, **settings: str) -> None:
    file = folder / "Pulumi.sandbox.yaml"
    lines = "".join(f"  {name.replace('_', ':', 1)}: {value}\n" for name, value in settings.items())
    file.write_text(file.read_text("utf-8").replace("config:\n", f"config:\n{lines}"), "utf-8")


@pytest.mark.parametrize("switched", ["true", "false"])
def test_guardrails_of_platforms_take_more_and_only_where_it_is_said(
    switched: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Contributor has no write below Microsoft.Authorization: a platform with `guardrails:` would be refused."""
    configure(folder, bootstrap_guardrails=switched)
    run("up", folder, capsys)
    azure = cloud(folder)
    (up,) = (one["properties"]["principalId"] for one in resources(azure, _IDENTITY) if one["name"] == "id-azureml-up")
    for action in GUARDRAILS:
        allowed = azure.rights.decide(action, SUBSCRIPTION, SignedInPrincipal(up, "up")).allowed
        assert allowed is (switched == "true"), action


GUARDRAILS = [
    f"Microsoft.Authorization/{kind}/{verb}"
    for kind in ("roleDefinitions", "policyDefinitions", "policyAssignments")
    for verb in ("write", "delete")
]


@pytest.mark.parametrize(
    ("environment", "vault", "state"),
    [
        ("usgovernment", ".vault.usgovcloudapi.net", "&domain=blob.core.usgovcloudapi.net"),
        ("china", ".vault.azure.cn", "&domain=blob.core.chinacloudapi.cn"),
        ("public", ".vault.azure.net", ""),
    ],
)
def test_hosts_are_those_of_the_cloud(
    environment: str, vault: str, state: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(folder, **{"azure-native_environment": environment})
    outputs = run("up", folder, capsys)["outputs"]
    login, init, *_ = outputs["commands"]
    assert f"{vault}/keys/pulumi'" in init
    assert login.partition("storage_account=")[2].rstrip("'").partition("&")[1:] == state.partition("&")[1:]


_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"


def test_only_the_repositorys_own_tokens_are_taken(up: Up) -> None:
    subjects: dict[str, set[str]] = {}
    for one in resources(cloud(up.folder), f"{_IDENTITY}/federatedIdentityCredentials"):
        properties = one["properties"]
        assert properties["issuer"] == "https://token.actions.githubusercontent.com"
        assert properties["audiences"] == ["api://AzureADTokenExchange"]
        subjects.setdefault(one["id"].split("/")[-3], set()).add(properties["subject"])
    assert subjects == {
        "id-azureml-preview": {
            "repo:contoso/ml-platforms:pull_request",
            "repo:contoso/ml-platforms:ref:refs/heads/main",
        },
        "id-azureml-up": {
            "repo:contoso/ml-platforms:environment:dev",
            "repo:contoso/ml-platforms:environment:production",
        },
    }


def test_it_prints_what_to_do_next(up: Up) -> None:
    azure = cloud(up.folder)
    (account,) = resources(azure, "Microsoft.Storage/storageAccounts")
    (vault,) = resources(azure, "Microsoft.KeyVault/vaults")
    login, init, *_ = up.outputs["commands"]
    assert login == f"pulumi login 'azblob://state?storage_account={account['name']}'"
    provider = f"azurekeyvault://{vault['name']}.vault.azure.net/keys/pulumi"
    assert init == f"pulumi stack init dev --secrets-provider '{provider}'"
    identities = {one["name"]: one["properties"]["clientId"] for one in resources(azure, _IDENTITY)}
    assert up.outputs["variables"]["AZURE_PREVIEW_CLIENT_ID"] == identities["id-azureml-preview"]
    assert up.outputs["variables"]["AZURE_UP_CLIENT_ID"] == identities["id-azureml-up"]


def test_the_workflows_ask_for_the_variables_that_it_prints(up: Up) -> None:
    shown = set(up.outputs["variables"])
    workflows = EXAMPLES.parent / ".github" / "workflows"
    asked = {name for file in workflows.glob("*.yml") for name in VARIABLE.findall(file.read_text("utf-8"))}
    asked = {name for name in asked if name.startswith(("AZURE_", "PULUMI_"))}
    # the client id of a second bootstrap, in another subscription
    assert asked - shown == {"AZURE_EPHEMERAL_CLIENT_ID"}
    assert shown <= asked


def test_what_is_protected_stays_when_the_rest_would_go(up: Up, capsys: pytest.CaptureFixture[str]) -> None:
    run("destroy", up.folder, capsys, code=2)
    assert len(resources(cloud(up.folder), "Microsoft.Storage/storageAccounts")) == 1


def test_what_is_disposable_can_be_destroyed_with_its_locks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(folder, bootstrap_disposable="true")
    run("up", folder, capsys)
    run("destroy", folder, capsys)
    assert resources(cloud(folder), "Microsoft.Storage/storageAccounts") == []
    assert resources(cloud(folder), "Microsoft.Authorization/locks") == []
