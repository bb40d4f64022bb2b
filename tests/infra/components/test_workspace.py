"""The workspace component: what it stands on, its defaults, its protection, its identity's roles."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_azure_native import resources

from azureml_infra import Access, AccessEntry, Workspace
from azureml_infra.components.grants import approver_of
from azureml_infra.dynamic.clients import ArmClient, AzureRefusedError
from azureml_sandbox import RunFailedError, Sandbox
from azureml_sandbox.data.vaults import Vaults
from kit.given import grants, put_account, put_identity
from kit.platforms import (
    SETTINGS,
    SUBSCRIPTION,
    WORKSPACE_ID,
    changes,
    live,
    stack,
    stack_of,
    unprotected_workspace,
    up_once,
    workspace,
)

IDENTITY = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ids/providers/Microsoft.ManagedIdentity"
    "/userAssignedIdentities/id-ml"
)


def test_everything_is_made_in_one_group_and_secure() -> None:
    sandbox = up_once(workspace)
    made = live(sandbox)["properties"]
    storage = sandbox.azure.get(made["storageAccount"])["properties"]
    vault = sandbox.azure.get(made["keyVault"])["properties"]
    assert made["systemDatastoresAuthMode"] == "Identity"
    assert not made.get("containerRegistry")
    assert (storage["allowSharedKeyAccess"], storage["allowBlobPublicAccess"]) == (False, False)
    assert storage["minimumTlsVersion"] == "TLS1_2"
    assert vault["enableRbacAuthorization"] is True
    assert vault["enablePurgeProtection"] is True


def test_a_second_run_changes_nothing() -> None:
    sandbox = up_once(workspace)
    assert changes(sandbox.preview(workspace)) == []
    assert changes(sandbox.up(workspace)) == []
    sandbox.refresh()
    assert changes(sandbox.up(workspace)) == []


def test_access_keys_come_together_with_shared_keys() -> None:
    """Keys off and datastores on keys would leave the workspace without its storage (azurerm#22150)."""
    sandbox = stack_of(lambda: workspace(system_datastores_auth_mode="accesskey"))
    made = live(sandbox)["properties"]
    assert made["systemDatastoresAuthMode"] == "AccessKey"
    assert sandbox.azure.get(made["storageAccount"])["properties"]["allowSharedKeyAccess"] is True


def test_an_edit_is_one_update() -> None:
    sandbox = up_once(workspace)
    assert changes(sandbox.up(lambda: workspace(display_name="Research"))) == ["update ml"]
    assert live(sandbox)["properties"]["friendlyName"] == "Research"


RULES = [{"name": f"rule-{at}", "type": "fqdn", "destination": f"{at}.example.org"} for at in "ab"]


def in_a_network(rules: list[dict[str, str]] | None = RULES) -> None:
    network = {"isolation_mode": "allow_only_approved_outbound"}
    workspace(managed_network=network if rules is None else {**network, "outbound_rules": rules})


@pytest.mark.parametrize("left", [RULES[1:], [], None], ids=["one", "none", "unsaid"])
def test_a_networks_rule_that_leaves_the_description_leaves_azure(left: list[dict[str, str]] | None) -> None:
    sandbox = up_once(in_a_network)
    assert changes(sandbox.up(lambda: in_a_network(left))) == ["update ml"]
    there = live(sandbox)["properties"]["managedNetwork"]["outboundRules"]
    assert [name for name, rule in there.items() if rule["category"] == "UserDefined"] == [
        rule["name"] for rule in left or ()
    ]
    assert changes(sandbox.up(lambda: in_a_network(left))) == []


def test_an_ids_letter_case_changes_nothing() -> None:
    """Some az commands print `resourcegroups` (azure-rest-api-specs#8323), and azure-native compares ids by text."""
    sandbox = stack()
    account = (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-st/providers/Microsoft.Storage/storageAccounts/contosoml"
    )
    put_account(sandbox.azure, account)
    sandbox.up(lambda: workspace(storage_account=account))
    other = account.replace("resourceGroups", "resourcegroups").replace("Microsoft.Storage", "microsoft.storage")
    assert changes(sandbox.preview(lambda: workspace(storage_account=other))) == []
    put_account(sandbox.azure, account.replace("contosoml", "another"))
    with pytest.raises(RunFailedError, match=r"workspace\.storage_account: Azure fixes this"):
        sandbox.preview(lambda: workspace(storage_account=account.replace("contosoml", "another"), protect=False))


def test_destroying_a_protected_workspace_is_refused() -> None:
    sandbox = up_once(workspace)
    with pytest.raises(RunFailedError, match="protect"):
        sandbox.destroy()
    assert live(sandbox)


def test_a_disposable_stack_goes_and_comes_again_under_the_same_names() -> None:
    sandbox = up_once(workspace, disposable="true")
    before = live(sandbox)["id"]
    sandbox.destroy()
    assert sandbox.azure.resources() == []
    sandbox.up(workspace)
    assert live(sandbox)["id"] == before


def test_a_disposable_stack_frees_a_vaults_name_that_was_taken_before_it() -> None:
    sandbox = up_once(workspace, disposable="true")
    made = live(sandbox)
    sandbox.azure.delete(made["id"], {"forceToPurge": "true"})
    sandbox.azure.delete(made["properties"]["keyVault"])
    again = Sandbox(project="azureml-infra", stack="dev", config=SETTINGS | {"disposable": "true"}, azure=sandbox.azure)
    sandbox.azure.delete(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ml-dev")
    again.up(workspace)
    assert live(again)["id"] == made["id"]


def test_a_stack_that_is_no_longer_disposable_keeps_its_workspace(tmp_path: Path) -> None:
    """What purges it as the stack is destroyed leaves the stack, and does nothing then."""
    stack(path=tmp_path / "state.db", disposable="true").up(workspace)
    kept = stack(path=tmp_path / "state.db")
    assert "delete ml-workspace-purge" in changes(kept.up(workspace))
    assert live(kept)["properties"]["provisioningState"] == "Succeeded"


def test_without_it_azure_keeps_the_workspaces_name_and_says_so() -> None:
    """What is deleted isn't listed by any published API, and only the portal recovers it."""
    sandbox = up_once(unprotected_workspace)
    sandbox.destroy()
    plan = sandbox.preview(unprotected_workspace)
    assert any("Azure keeps that one's name for 14 days" in one.message for one in plan.diagnostics)
    with pytest.raises(RunFailedError, match="Soft-deleted workspace exists"):
        sandbox.up(unprotected_workspace)


def test_an_assignment_on_what_is_not_made_yet_has_a_name_to_read() -> None:
    def program() -> None:
        group = resources.ResourceGroup("other", resource_group_name="rg-other", location="westeurope")
        entry = AccessEntry(role="Reader", principal=SUBSCRIPTION, principal_type="group", scope=group.id)
        Access("team", [entry], workspace=workspace())

    assert "create team-reader-5a4d0b0c-0" in changes(stack().up(program))


def test_what_a_protected_workspace_stands_on_is_protected_with_it() -> None:
    """A region's change would replace the resource group first, and with the group goes all that is in it."""
    sandbox = up_once(workspace)
    before = sandbox.azure.resources()
    elsewhere = lambda: Workspace("ml", location="northeurope")  # noqa: E731
    with pytest.raises(RunFailedError, match="can't move to another region"):
        sandbox.up(elsewhere)
    assert sandbox.azure.resources() == before
    with pytest.raises(RunFailedError, match="protect"):
        sandbox.up(lambda: None)
    assert sandbox.azure.resources() == before


def test_what_exists_is_used_and_not_made() -> None:
    sandbox = stack()
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shared"
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/sharedaccount1"
    put_account(sandbox.azure, account)
    sandbox.up(lambda: workspace(storage_account=account))
    assert [one["id"] for one in sandbox.azure.resources("Microsoft.Storage/storageAccounts")] == [account]
    assert live(sandbox)["properties"]["storageAccount"] == account


def test_a_given_identity_gets_its_roles_before_the_workspace() -> None:
    sandbox = stack()
    principal = put_identity(sandbox.azure, IDENTITY)
    identity: dict[str, Any] = {"type": "user_assigned", "user_assigned_identities": [{"resource_id": IDENTITY}]}
    result = sandbox.up(lambda: workspace(identity=identity))
    done = changes(result)
    assert done.index("create ml-can-blobs") < done.index("create ml")
    given = {one.scope.split("/")[-2] for one in grants(sandbox.azure) if one.principal == principal}
    assert given >= {"storageAccounts", "vaults", "components"}
    made = live(sandbox)
    assert made["identity"]["type"] == "UserAssigned"
    assert made["properties"]["primaryUserAssignedIdentity"] == IDENTITY


def test_a_given_identity_may_change_its_workspace_and_approve_its_private_endpoints() -> None:
    sandbox = stack()
    put_identity(sandbox.azure, IDENTITY)
    lake = f"{IDENTITY.partition('/providers/')[0]}/providers/Microsoft.Storage/storageAccounts/contosolake"
    put_account(sandbox.azure, lake)
    identity: dict[str, Any] = {"type": "user_assigned", "user_assigned_identities": [{"resource_id": IDENTITY}]}
    rules = [
        {
            "name": part,
            "type": "private_endpoint",
            "destination": {"service_resource_id": lake, "subresource_target": part},
        }
        for part in ("blob", "dfs")
    ]
    network = {"isolation_mode": "allow_internet_outbound", "outbound_rules": rules}
    program = lambda: workspace(identity=identity, managed_network=network)  # noqa: E731
    done = changes(sandbox.up(program))
    assert done.index("create ml-can-approve-blob") < done.index("create ml") < done.index("create ml-can-workspace")
    assert "create ml-can-approve-dfs" not in done  # one role on the account is for both
    assert changes(sandbox.up(program)) == []


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("Microsoft.Storage/storageAccounts", "Azure AI Enterprise Network Connection Approver"),
        ("Microsoft.DataFactory/factories", "Contributor"),
        ("Microsoft.Databricks/workspaces", "Contributor"),
        ("Microsoft.Web/sites", "Contributor"),
    ],
)
def test_who_approves_a_private_endpoint(kind: str, role: str) -> None:
    assert approver_of(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/{kind}/one") == role


def test_what_the_component_waits_for_its_parts_wait_for() -> None:
    def program() -> None:
        first = resources.ResourceGroup("first", resource_group_name="rg-first", location="westeurope")
        Workspace("ml", location="westeurope", opts=pulumi.ResourceOptions(depends_on=[first]))

    registered = stack().preview(program).registered.values()
    (group,) = [goal for goal in registered if goal.name == "ml-group"]
    assert [urn.rsplit("::", 1)[1] for urn in group.dependencies] == ["first"]


def test_a_preview_shows_the_real_names_and_makes_nothing() -> None:
    sandbox = stack()
    result = sandbox.preview(workspace)
    asked = {goal.inputs.get("workspaceName") for goal in result.registered.values()}
    assert "mlw-ml-dev" in asked
    assert sandbox.azure.resources() == []


VAULT_ID = "Microsoft.KeyVault/vaults"


def destroy(**otherwise: Any) -> Sandbox:
    """Destroy a stack that was up; its workspace is purged, its vault is kept with a secret, and with what somebody has
    made of it since.
    """
    sandbox = up_once(unprotected_workspace)
    vault = live(sandbox, VAULT_ID)
    kept = {key: vault["properties"][key] for key in ("tenantId", "sku", "enablePurgeProtection")}
    sandbox.azure.put(vault["id"], {"location": vault["location"], "properties": {**kept, **otherwise}})
    Vaults(sandbox.azure).set(vault["name"], "token", "before")
    sandbox.up(lambda: None)
    assert sandbox.azure.resources() == []
    sandbox.azure.purge(WORKSPACE_ID)
    return sandbox


def test_a_stack_that_was_destroyed_comes_up_again_with_its_vault() -> None:
    """Azure keeps a purge-protected vault for 90 days, and its name."""
    sandbox = destroy(enableRbacAuthorization=True)
    plan = sandbox.preview(workspace)
    (said,) = [one.message for one in plan.diagnostics if "key vault" in one.message]
    assert "this run recovers it as it was, with its secrets" in said
    sandbox.up(workspace)
    assert Vaults(sandbox.azure).get(live(sandbox, VAULT_ID)["name"], "token").value == "before"
    again = sandbox.up(workspace)
    assert changes(again) == []
    assert not [one for one in again.diagnostics if "vault" in one.message]
    sandbox.refresh()
    assert changes(sandbox.up(workspace)) == []


def test_a_recovered_vault_becomes_what_is_described() -> None:
    """Azure brings it back as it was; the run after it takes over what the description says otherwise."""
    sandbox = destroy(enableRbacAuthorization=False)
    sandbox.up(workspace)
    assert live(sandbox, VAULT_ID)["properties"]["enableRbacAuthorization"] is False
    assert changes(sandbox.up(workspace)) == ["update ml-key-vault"]
    assert live(sandbox, VAULT_ID)["properties"]["enableRbacAuthorization"] is True
    assert changes(sandbox.up(workspace)) == []


def test_a_vault_that_went_alone_is_recovered() -> None:
    sandbox = up_once(workspace)
    sandbox.azure.delete(live(sandbox, VAULT_ID)["id"])
    sandbox.refresh()
    assert changes(sandbox.up(workspace)) == ["create ml-key-vault"]
    assert changes(sandbox.up(workspace)) == []


def test_who_may_not_read_deleted_vaults_hears_it_from_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The read is on the subscription, where a pipeline's identity may have no role."""
    sandbox = destroy()

    def refuse(_arm: ArmClient, resource_id: str, _api_version: str) -> None:
        raise AzureRefusedError(f"{resource_id}: AuthorizationFailed (HTTP 403)")

    monkeypatch.setattr(ArmClient, "get", refuse)
    with pytest.raises(RunFailedError, match="exists in deleted state"):
        sandbox.up(workspace)


def test_a_state_that_cant_be_read_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with an engine that has no backend: the first run of a stack goes on, and says what isn't guarded."""
    asked = pulumi.runtime.invoke_async

    def refuse(token: str, *arguments: Any) -> Any:
        if token == "pulumi:pulumi:readStackResourceOutputs":
            raise RuntimeError("no backend client is available")
        return asked(token, *arguments)

    monkeypatch.setattr(pulumi.runtime, "invoke_async", refuse)
    plan = stack().preview(workspace)
    (said,) = [one.message for one in plan.diagnostics if one.severity == "warning"]
    assert said.startswith("the state of organization/azureml-infra/dev can't be read")
    assert said.endswith("no backend client is available")
    assert "create ml" in changes(plan)
