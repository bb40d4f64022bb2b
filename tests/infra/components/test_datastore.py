"""Datastores on the sandbox's cloud: where they lie, how they are reached, what is made for them and what stays."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pulumi
import pytest
from pulumi_azure_native import storage

from azureml_infra import (
    AzureBlobDatastore,
    AzureDataLakeGen2Datastore,
    AzureFileDatastore,
    Datastore,
    Description,
    OneLakeDatastore,
    Platform,
    load,
)
from azureml_infra.components import outputs
from azureml_sandbox import Op, RunFailedError, Sandbox
from azureml_sandbox.pulumi.engine.values import has_secret
from kit.given import grants, put_account
from kit.platforms import ML, SUBSCRIPTION, beside, changes, existing_workspace, live, stack, workspace

DATASTORE = f"{ML}/datastores"
CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"
SHARE = "Microsoft.Storage/storageAccounts/fileServices/shares"
ACCOUNT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/contoso"
APP = {
    "tenant_id": "72f988bf-0000-4000-8000-2d7cd011db47",
    "client_id": "1d6c2a80-0000-4000-8000-0000000000a1",
}
Program = Callable[[], Any]


def program(*stores: Any, **args: Any) -> Program:
    def run() -> None:
        made = workspace(**args) if args else existing_workspace()
        for store in stores:
            Datastore(store.name, store, workspace=made)

    return run


def blob(name: str = "raw", **more: Any) -> AzureBlobDatastore:
    return AzureBlobDatastore.model_validate({"name": name, "container_name": "raw", **more})


def properties_of(sandbox: Sandbox, name: str) -> dict[str, Any]:
    """Return a datastore's properties."""
    return dict(sandbox.azure.get(f"{live(sandbox)['id']}/datastores/{name}")["properties"])


CLOUDS = {
    "public": ("core.windows.net", "https://login.microsoftonline.com", "https://ml.azure.com/"),
    "usgovernment": ("core.usgovcloudapi.net", "https://login.microsoftonline.us", "https://ml.azure.us/"),
    "china": ("core.chinacloudapi.cn", "https://login.chinacloudapi.cn", "https://studio.ml.azure.cn/"),
}


def in_cloud(cloud: str, start: Callable[..., Sandbox] = beside) -> Sandbox:
    return start(**{"azure-native:environment": cloud})


@pytest.mark.parametrize("cloud", CLOUDS)
def test_hosts_are_those_of_the_stacks_cloud(cloud: str) -> None:
    storage_domain, authority, _ = CLOUDS[cloud]
    sandbox = in_cloud(cloud)

    def lake_program(**more: Any) -> Program:
        def run() -> None:
            credentials = {**APP, "client_secret": pulumi.Output.secret("x"), **more.pop("credentials", {})}
            lake = {"name": "lake", "account_name": "contoso", "filesystem": "raw", "credentials": credentials, **more}
            program(blob(account_name="contoso"), AzureDataLakeGen2Datastore.model_validate(lake))()

        return run

    sandbox.up(lake_program())
    assert properties_of(sandbox, "raw")["endpoint"] == storage_domain
    assert properties_of(sandbox, "lake")["credentials"]["authorityUrl"] == authority
    own = {"endpoint": "core.example", "credentials": {"authority_url": "https://login.example"}}
    sandbox.up(lake_program(**own))
    given = properties_of(sandbox, "lake")
    assert (given["endpoint"], given["credentials"]["authorityUrl"]) == ("core.example", "https://login.example")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_studio_is_that_of_the_stacks_cloud(cloud: str) -> None:
    result = in_cloud(cloud, stack).up(lambda: pulumi.export("studio", outputs.studio_url(workspace())))
    assert result.outputs["studio"].startswith(CLOUDS[cloud][2])


def test_a_cloud_that_there_is_not() -> None:
    sandbox = in_cloud("moon")
    with pytest.raises(RunFailedError, match="azure-native:environment: there is no cloud 'moon'; expected"):
        sandbox.up(program(blob(account_name="contoso")))


def names_of(sandbox: Sandbox, type_name: str) -> list[str]:
    """Names of a type's resources, without those that Azure ML makes by itself."""
    names = (str(one["name"]) for one in sandbox.azure.resources(type_name))
    return sorted(name for name in names if not name.startswith(("azureml", "code-", "workspace")))


def test_without_an_account_it_lies_in_the_workspaces_own() -> None:
    sandbox = beside(program(blob()))
    own = str(live(sandbox)["properties"]["storageAccount"])
    assert properties_of(sandbox, "raw")["accountName"] == own.rpartition("/")[2]
    assert properties_of(sandbox, "raw")["credentials"] == {"credentialsType": "None"}
    assert names_of(sandbox, CONTAINER) == []


def test_create_makes_the_container_and_the_role_before_the_datastore() -> None:
    sandbox = beside()
    done = changes(sandbox.up(program(blob(create=True))))
    assert done.index("create raw-place") < done.index("create raw-can-use") < done.index("create raw")
    assert names_of(sandbox, CONTAINER) == ["raw"]
    assert changes(sandbox.up(program(blob(create=True)))) == []


def test_a_share_is_made_as_it_is_described_and_grows_in_place() -> None:
    sandbox = beside()

    def share(quota: int) -> Program:
        given = {"name": "team", "file_share_name": "team", "create": {"quota": quota}}
        return program(AzureFileDatastore.model_validate(given))

    sandbox.up(share(50))
    assert names_of(sandbox, SHARE) == ["team"]
    assert changes(sandbox.up(share(80))) == ["update team-place"]
    made = next(one for one in sandbox.azure.resources(SHARE) if one["name"] == "team")
    assert made["properties"]["shareQuota"] == 80


def test_what_was_made_stays_when_the_datastore_leaves() -> None:
    sandbox = beside(program(blob(create=True)))
    result = sandbox.up(program())
    assert {"delete raw", "delete raw-can-use"} <= set(changes(result))
    assert names_of(sandbox, DATASTORE) == []
    assert names_of(sandbox, CONTAINER) == ["raw"]
    assert [one.note for one in result.of(Op.DELETE) if one.name == "raw-place"] == ["kept in Azure"]


def test_keys_in_place_of_identity_need_no_role() -> None:
    sandbox = stack(secrets={"key": "very-secret"})
    credentials = {"account_key": "${{secrets.key}}"}
    sandbox.up(program(blob(create=True, credentials=credentials), system_datastores_auth_mode="access_key"))
    assert "raw" not in {one.scope.rpartition("/")[2] for one in grants(sandbox.azure)}
    assert properties_of(sandbox, "raw")["credentials"]["credentialsType"] == "AccountKey"


def test_an_existing_account_elsewhere_gets_its_file_system_and_role() -> None:
    sandbox = beside()
    put_account(sandbox.azure, ACCOUNT, isHnsEnabled=True)
    given = {"name": "lake", "account_name": "contoso", "resource_group": "rg-data", "filesystem": "curated"}
    sandbox.up(program(AzureDataLakeGen2Datastore.model_validate({**given, "create": True})))
    place = f"{ACCOUNT}/blobServices/default/containers/curated"
    assert sandbox.azure.exists(place)
    assert place in {one.scope for one in grants(sandbox.azure)}
    assert properties_of(sandbox, "lake")["resourceGroup"] == "rg-data"


def test_one_lake_is_reached_as_an_application() -> None:
    sandbox = beside(secrets={"app": "very-secret"})
    given = {
        "name": "house",
        "one_lake_workspace_name": "sales",
        "artifact": {"name": "house"},
        "credentials": {**APP, "client_secret": "${{secrets.app}}"},
    }
    sandbox.up(program(OneLakeDatastore.model_validate(given)))
    made = properties_of(sandbox, "house")
    assert (made["datastoreType"], made["oneLakeWorkspaceName"]) == ("OneLake", "sales")
    assert made["credentials"]["clientId"] == APP["client_id"]
    assert "secrets" not in made["credentials"]


def test_a_secret_is_secret_to_pulumi_and_another_value_is_an_update() -> None:
    sandbox = beside(secrets={"key": "first-value"})
    run = program(blob(account_name="contoso", credentials={"account_key": "${{secrets.key}}"}))
    result = sandbox.up(run)
    (asked,) = (goal for goal in result.registered.values() if goal.name == "raw" and goal.custom)
    assert has_secret(asked.inputs["properties"])
    rotated = stack(secrets={"key": "second-value"}, azure=sandbox.azure)
    rotated.state = sandbox.state
    assert changes(rotated.preview(run)) == ["update raw"]
    assert "second-value" not in str(rotated.up(run).operations)


def test_a_secret_that_the_stack_does_not_have_is_asked_for() -> None:
    run = program(blob(account_name="contoso", credentials={"sas_token": "${{secrets.sas}}"}))
    with pytest.raises(RunFailedError, match="pulumi config set --secret sas"):
        beside().up(run)


def test_a_secret_output_does_in_python() -> None:
    def run() -> None:
        key = pulumi.Output.secret("from-elsewhere")
        Datastore("raw", blob(account_name="contoso", credentials={"account_key": key}), workspace=existing_workspace())

    sandbox = beside()
    result = sandbox.up(run)
    assert sandbox.azure.action(f"{live(sandbox)['id']}/datastores/raw", "listSecrets")["key"] == "from-elsewhere"
    assert "from-elsewhere" not in str(result.operations)


def test_an_account_of_the_same_program_is_waited_for() -> None:
    """A name that is known only when the program runs."""

    def run() -> None:
        made = existing_workspace()
        account = storage.StorageAccount(
            "landing",
            resource_group_name=made.resource_group_name,
            account_name="contosolanding",
            location="westeurope",
            kind="StorageV2",
            sku={"name": "Standard_LRS"},
            opts=pulumi.ResourceOptions(depends_on=[made.resource]),
        )
        Datastore("raw", blob(account_name=account.name, create=True), workspace=made)

    sandbox = beside()
    sandbox.preview(run)
    done = changes(sandbox.up(run))
    assert done.index("create landing") < done.index("create raw-place") < done.index("create raw")
    assert properties_of(sandbox, "raw")["accountName"] == "contosolanding"
    assert changes(sandbox.up(run)) == []


@pytest.fixture
def description(tmp_path: Any) -> Description:
    text = """
        name: lab
        location: westeurope
        data:
          - {name: logs, version: 1, path: azureml://datastores/workspacefilestore/paths/logs}
        datastores:
          - {name: mine, type: azure_blob, container_name: mine}
    """
    (tmp_path / "platform.yml").write_text(text)
    return load(tmp_path)


def test_system_datastores_are_referred_to_and_never_made(description: Description) -> None:
    assert description.warnings == ()
    sandbox = beside()
    result = sandbox.up(lambda: Platform(description).export(pulumi.export))
    data = live(sandbox, f"{ML}/data/versions")["properties"]["dataUri"]
    assert data.endswith("/datastores/workspacefilestore/paths/logs")
    asked = [goal.name for goal in result.registered.values() if goal.type.endswith(":Datastore") and goal.custom]
    assert asked == ["mine"]
    assert result.outputs["datastores"] == ["mine"]


def test_a_place_that_comes_back_is_taken_back_with_what_is_in_it() -> None:
    """It stayed in Azure when its datastore left, and azure-native makes nothing that exists already."""
    sandbox = beside()

    def program(**more: Any) -> None:
        Datastore("raw", AzureFileDatastore.model_validate(more), workspace=existing_workspace())

    given: dict[str, Any] = {"name": "raw", "file_share_name": "raw", "create": {"quota": 5}}
    sandbox.up(partial(program, **given))
    sandbox.up(existing_workspace)
    sandbox.up(partial(program, **given))
    assert changes(sandbox.up(partial(program, **given))) == []
    assert changes(sandbox.up(partial(program, **{**given, "create": {"quota": 9}}))) == ["update raw-place"]
