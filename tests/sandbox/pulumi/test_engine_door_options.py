"""What a program's options ask of the real engine, on the cloud that it shares with others: imports, kept, renamed."""

import json
from pathlib import Path

import pytest

from kit.engine_projects import Project, cli, project
from kit.platforms import SUBSCRIPTION

HEAD = """
import signal

import pulumi
from pulumi import Alias, CustomTimeouts, ResourceOptions
from pulumi_azure_native import managedidentity, resources, storage

signal.signal(signal.SIGINT, signal.SIG_DFL)
"""
GROUP = """
group = resources.ResourceGroup("rg", resource_group_name="rg", location="West Europe")
"""
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
ACCOUNT_ID = f"{GROUP_ID}/providers/Microsoft.Storage/storageAccounts/sttheirs"
IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"


def identity(name: str = "theirs", options: str = "", tags: str = "None", program_name: str = "id") -> str:
    return (
        f'{program_name} = managedidentity.UserAssignedIdentity("{program_name}", resource_group_name=group.name, '
        f'resource_name_="{name}", tags={tags}, opts=ResourceOptions({options}))\n'
    )


def program(folder: Path, *parts: str) -> Project:
    return project(folder, "".join((HEAD, GROUP, *parts)))


@cli
def test_a_custom_timeout_fails_the_run_and_the_next_one_goes_on(tmp_path: Path) -> None:
    made = program(tmp_path, identity(options='custom_timeouts=CustomTimeouts(create="1s")'))
    made.run("faults", "add", f"hang;type={IDENTITIES}")
    assert "took longer than 1 seconds, its custom timeout" in made.run("up", code=2)
    assert "OperationTimedOut" in made.state()["id"]["initErrors"][0]
    made.run("faults", "clear")
    made.run("up")
    assert "initErrors" not in made.state()["id"]
    assert made.changes() == []


@cli
def test_nothing_is_fetched_for_the_provider_that_is_attached(tmp_path: Path) -> None:
    made = program(tmp_path, identity())
    log = made.pulumi("preview", "--logtostderr", "-v=1")
    assert "to create" in log
    assert "azure-native downloading" not in log


@cli
def test_options_do_on_the_engine_what_they_say(tmp_path: Path) -> None:
    timeouts = 'custom_timeouts=CustomTimeouts(create="90m", delete="5s")'
    made = program(tmp_path, identity(tags='{"a": "1"}', options=timeouts))
    made.run("up")
    assert made.state()["id"]["customTimeouts"] == {"create": 5400, "delete": 5}

    program(tmp_path, identity(tags='{"a": "2"}', options='ignore_changes=["tags"]'))
    assert made.changes() == []
    program(tmp_path, identity(tags='{"a": "2"}', options='additional_secret_outputs=["clientId"]'))
    assert made.changes() == ["update id"]
    made.run("up")
    assert "ciphertext" in json.dumps(made.state()["id"]["outputs"]["clientId"])

    renamed = identity(tags='{"a": "2"}', options='aliases=[Alias(name="id")]', program_name="renamed")
    program(tmp_path, renamed)
    assert made.changes() == []
    made.run("up")
    assert set(made.urns()) >= {"rg", "renamed"}
    assert "id" not in made.urns()

    other = identity("other", tags='{"a": "2"}', program_name="renamed", options="delete_before_replace=False")
    program(tmp_path, other)
    assert made.changes() == ["replace renamed"]
    output = made.pulumi("up", "--yes", "--skip-preview")
    assert output.index("created replacement") < output.index("deleting original")
    program(tmp_path, renamed.replace("aliases", "delete_before_replace=True, aliases"))
    output = made.pulumi("up", "--yes", "--skip-preview")
    assert output.index("deleted original") < output.index("creating replacement")
    program(tmp_path, renamed.replace("aliases", "retain_on_delete=True, aliases"))
    made.run("up")
    program(tmp_path)
    made.run("up")
    assert [one["name"] for one in made.live(IDENTITIES)] == ["theirs"]
    assert "renamed" not in made.urns()
    program(tmp_path, identity())
    # The provider spells the id by the request, Azure by its own rules.
    there = str(made.live(IDENTITIES)[0]["id"]).lower()
    assert f"cannot create already existing resource '{there}'" in made.run("up", code=2).lower()


@pytest.fixture
def theirs(tmp_path: Path) -> Project:
    """Return a program's project beside a storage account that somebody made without Pulumi."""
    made = program(tmp_path)
    body = {
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": {"minimumTlsVersion": "TLS1_2"},
    }
    (tmp_path / ".sandbox").mkdir()
    with made.azure() as azure:
        azure.put(GROUP_ID, {"location": "westeurope"})
        azure.put(ACCOUNT_ID, body)
    return made


SAID = """
theirs = storage.StorageAccount(
    "theirs",
    resource_group_name="rg",
    account_name="sttheirs",
    location="westeurope",
    kind="StorageV2",
    sku={"name": "Standard_LRS"},
    minimum_tls_version="TLS1_2",
    access_tier="Hot",
    allow_blob_public_access=False,
    allow_shared_key_access=True,
    enable_https_traffic_only=True,
    allow_cross_tenant_replication=False,
    encryption={"key_source": "Microsoft.Storage", "services": {"blob": ENCRYPTED, "file": ENCRYPTED}},
    network_rule_set={"bypass": "AzureServices", "default_action": "Allow"},
    opts=ResourceOptions(import_="ACCOUNT_ID"),
)
""".replace("ACCOUNT_ID", ACCOUNT_ID).replace("ENCRYPTED", '{"enabled": True, "key_type": "Account"}')


def of_theirs(made: Project) -> list[str]:
    """Return what a preview does to the storage account."""
    return [change.removesuffix(" theirs") for change in made.changes() if change.endswith(" theirs")]


def different(made: Project) -> set[str]:
    """Return the properties of the storage account that a preview would change."""
    steps = json.loads(made.pulumi("preview", "--json"))["steps"]
    return {name for step in steps if step["urn"].endswith("::theirs") for name in step.get("detailedDiff") or {}}


@cli
def test_a_program_that_says_what_azure_has_imports_it_without_a_difference(theirs: Project) -> None:
    """What azure-native reads for an import has no azureApiVersion, which its Check adds: its Diff takes the outputs'
    (pulumi-azure-native, provider/pkg/provider/provider.go, `Read`, `Diff`).
    """
    (theirs.folder / "__main__.py").write_text(HEAD + SAID)
    assert of_theirs(theirs) == ["import"]
    assert different(theirs) == set()
    theirs.run("up")
    (theirs.folder / "__main__.py").write_text(HEAD + SAID.replace(f'import_="{ACCOUNT_ID}"', ""))
    assert theirs.changes("--refresh") == []
    assert theirs.state()["theirs"]["id"] == ACCOUNT_ID


@cli
def test_a_program_that_says_something_else_shows_what_the_import_would_change(theirs: Project) -> None:
    (theirs.folder / "__main__.py").write_text(HEAD + SAID.replace("TLS1_2", "TLS1_0"))
    assert of_theirs(theirs) == ["import", "update"]
    output = theirs.run("preview")
    assert "minimumTlsVersion" in output
    (theirs.folder / "__main__.py").write_text(HEAD + SAID.replace("westeurope", "northeurope"))
    assert "replace" in of_theirs(theirs)
    theirs.run("up", code=2)
    assert theirs.live("Microsoft.Storage/storageAccounts")[0]["location"] == "westeurope"


@cli
def test_the_import_command_writes_the_state(theirs: Project) -> None:
    line = ["import", "azure-native:storage:StorageAccount", "theirs", ACCOUNT_ID, "--yes", "--skip-preview"]
    assert "`pulumi import --generate-code=false`" in theirs.pulumi(*line, "--protect=false", code=1)
    theirs.pulumi("state", "delete", "--yes", "--all")
    theirs.pulumi(*line, "--generate-code=false", "--protect=false")
    assert theirs.state()["theirs"]["inputs"]["minimumTlsVersion"] == "TLS1_2"
    (theirs.folder / "__main__.py").write_text(HEAD + SAID.replace(f'import_="{ACCOUNT_ID}"', ""))
    assert different(theirs) == set()
    theirs.run("up")
    assert theirs.changes("--refresh") == []


INVOKES = """
workspace = storage.list_storage_account_keys_output(account_name="sttheirs", resource_group_name="rg")
pulumi.export("keys", workspace.keys.apply(len))
pulumi.export("tls", storage.get_storage_account_output("sttheirs", resource_group_name="rg").minimum_tls_version)
pulumi.export("read", storage.StorageAccount.get("read", "ACCOUNT_ID").kind)
""".replace("ACCOUNT_ID", ACCOUNT_ID)


@cli
def test_functions_and_resources_of_others_are_read(theirs: Project) -> None:
    (theirs.folder / "__main__.py").write_text(HEAD + INVOKES)
    theirs.run("up")
    outputs = json.loads(theirs.pulumi("stack", "output", "--json"))
    assert outputs == {"keys": 2, "tls": "TLS1_2", "read": "StorageV2"}
    theirs.run("destroy")
    assert len(theirs.live("Microsoft.Storage/storageAccounts")) == 1


@cli
def test_no_command_of_the_cli_needs_a_plugin_or_warns(theirs: Project) -> None:
    program(theirs.folder, identity(program_name="other", name="other")).pulumi("import", *_GROUP_IMPORT)
    for command in (["preview"], ["up", "--yes"], ["refresh", "--yes"], ["destroy", "--yes"]):
        output = theirs.pulumi(*command)
        assert "warning" not in output
        assert "nstall" not in output


_GROUP_IMPORT = (
    "azure-native:resources:ResourceGroup", "rg", GROUP_ID, "--yes", "--skip-preview", "--generate-code=false",
    "--protect=false",
)  # fmt: skip
