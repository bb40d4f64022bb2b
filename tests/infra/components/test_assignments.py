"""Roles that somebody else gave already, under a name of their own: Azure refuses a second one of the same."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from azureml_arm.roles import definition_id
from azureml_infra import Access, AccessEntry, AmlCompute, Compute, Workspace
from azureml_infra.dynamic.clients import ArmClient, AzureRefusedError
from azureml_sandbox import Result, RunFailedError, Sandbox
from kit.given import put_account, put_identity
from kit.platforms import ML, REGISTRY, SUBSCRIPTION, beside, changes, existing_workspace, live, stack, up_once
from kit.platforms import workspace as small_workspace

TEAM = "9f2d6c1e-0000-4000-8000-00000000da7a"
BY_HAND = "0b1f3f0e-1111-4222-8333-444455556666"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-given"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-ml"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stgiven"
USER_ASSIGNED: dict[str, Any] = {"type": "user_assigned", "user_assigned_identities": [{"resource_id": IDENTITY}]}
ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
READER, PULL, BLOBS = "Reader", "AcrPull", "Storage Blob Data Contributor"


def give(sandbox: Sandbox, scope: str, role: str, principal: str = TEAM, **more: Any) -> str:
    """Give a role as people do; return the assignment's id."""
    wanted = {"roleDefinitionId": definition_id(role, SUBSCRIPTION), "principalId": principal, **more}
    at = f"{scope}/providers/{ASSIGNMENT}/{BY_HAND}"
    return str(sandbox.azure.put(at, {"properties": {"principalType": "Group", **wanted}})["id"])


def names(sandbox: Sandbox, role: str, principal: str = TEAM) -> list[str]:
    """Return the names of the assignments of a role."""
    wanted = definition_id(role, SUBSCRIPTION).lower()
    every = [(one["name"], one["properties"]) for one in sandbox.azure.resources(ASSIGNMENT)]
    return [
        name
        for name, said in every
        if said["roleDefinitionId"].lower() == wanted and said["principalId"].lower() == principal.lower()
    ]


def access(
    *entries: dict[str, Any], home: Callable[..., Workspace] = small_workspace, **args: Any
) -> Callable[[], Any]:
    given = [AccessEntry.model_validate({"principal": TEAM, "principal_type": "group", **entry}) for entry in entries]
    return lambda: Access("team", given, workspace=home(**args))


def without_access() -> None:
    """Make a workspace to which nobody has access yet."""
    access()()


def role_messages(result: Result) -> list[str]:
    """Return what a run says of roles that are there."""
    return [one.message for one in result.diagnostics if "isn't this stack's" in one.message]


def with_group(sandbox: Sandbox) -> Sandbox:
    sandbox.azure.put(GROUP, {"location": "westeurope"})
    return sandbox


def test_a_role_given_before_the_first_run_is_taken_and_made_once_it_is_gone() -> None:
    sandbox = with_group(stack())
    there = give(sandbox, GROUP, READER)
    run = access({"role": READER, "scope": GROUP}, {"role": PULL, "scope": GROUP})
    first = sandbox.up(run)
    assert names(sandbox, READER) == [BY_HAND]
    assert len(names(sandbox, PULL)) == 1
    (message,) = role_messages(first)
    assert there in message
    assert {one.severity for one in first.diagnostics if one.message == message} == {"info"}
    assert changes(sandbox.up(run)) == []

    sandbox.azure.delete(there)
    again = sandbox.up(run)
    assert [one.split(" ")[0] for one in changes(again)] == ["create"]
    assert role_messages(again) == []
    assert names(sandbox, READER) not in ([], [BY_HAND])
    assert changes(sandbox.up(run)) == []


@pytest.mark.parametrize("word", ["workspace", "storage", "resource_group"])
def test_a_role_given_on_what_the_stack_made_is_taken(word: str) -> None:
    sandbox = up_once(without_access)
    made = live(sandbox)
    scopes = {"workspace": made["id"], "storage": made["properties"]["storageAccount"]}
    give(sandbox, scopes.get(word, made["id"].split("/providers/")[0]), READER)
    result = sandbox.up(access({"role": READER, "scope": word, "principal": TEAM.upper()}))
    assert (names(sandbox, READER), len(role_messages(result))) == ([BY_HAND], 1)


def test_a_data_scientists_roles_on_the_data_are_taken() -> None:
    sandbox = up_once(without_access)
    give(sandbox, live(sandbox)["properties"]["storageAccount"], BLOBS)
    sandbox.up(access({"role": "AzureML Data Scientist"}))
    assert names(sandbox, BLOBS) == [BY_HAND]
    assert len(names(sandbox, "Storage File Data Privileged Contributor")) == 1


def test_an_output_that_is_known_is_a_scope_as_its_text_is() -> None:
    def run() -> None:
        home = small_workspace()
        entry = AccessEntry(role=READER, principal=TEAM, principal_type="group", scope=home.storage_account_id)
        Access("team", [entry], workspace=home)

    sandbox = up_once(without_access)
    give(sandbox, live(sandbox)["properties"]["storageAccount"], READER)
    (message,) = role_messages(sandbox.up(run))
    assert f"{TEAM} has the role Reader on {live(sandbox)['properties']['storageAccount']} already" in message
    assert names(sandbox, READER) == [BY_HAND]


@pytest.mark.parametrize(
    ("scope", "role", "principal"),
    [(GROUP.rpartition("/resourceGroups")[0], READER, TEAM), (GROUP, PULL, TEAM), (GROUP, READER, BY_HAND)],
    ids=["a scope above", "another role", "another principal"],
)
def test_another_assignment_takes_nothing_away(scope: str, role: str, principal: str) -> None:
    sandbox = with_group(beside())
    give(sandbox, scope, role, principal)
    result = sandbox.up(access({"role": READER, "scope": GROUP}, home=existing_workspace))
    assert [name != BY_HAND for name in names(sandbox, READER)].count(True) == 1
    assert role_messages(result) == []


def test_a_condition_of_the_one_that_is_there_is_named() -> None:
    sandbox = with_group(beside())
    only = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'raw'"
    give(sandbox, GROUP, BLOBS, condition=only, conditionVersion="2.0")
    assert (
        "under a condition"
        in role_messages(sandbox.up(access({"role": BLOBS, "scope": GROUP}, home=existing_workspace)))[0]
    )


def test_the_roles_of_a_given_identity_are_taken() -> None:
    sandbox = stack()
    principal = put_identity(sandbox.azure, IDENTITY)
    put_account(sandbox.azure, STORAGE)
    give(sandbox, STORAGE, BLOBS, principal, principalType="ServicePrincipal")
    run = access(identity=USER_ASSIGNED, storage_account=STORAGE)
    assert len(role_messages(sandbox.up(run))) == 1
    assert names(sandbox, BLOBS, principal) == [BY_HAND]
    assert changes(sandbox.up(run)) == []


def test_the_roles_of_a_live_computes_identity_are_taken() -> None:
    sandbox = stack()

    def run(*, grants: bool | None) -> None:
        cluster = AmlCompute(name="cpu", grants=grants)
        Compute("cpu", cluster, workspace=small_workspace(mode="managed"))

    sandbox.up(lambda: run(grants=False))
    principal = live(sandbox, f"{ML}/computes")["identity"]["principalId"]
    give(sandbox, live(sandbox, REGISTRY)["id"], PULL, principal, principalType="ServicePrincipal")
    sandbox.up(lambda: run(grants=None))
    assert names(sandbox, PULL, principal) == [BY_HAND]
    assert len(names(sandbox, BLOBS, principal)) == 1


def test_a_role_that_this_stack_gave_under_another_word_is_not_taken_for_somebody_elses() -> None:
    """It would be deleted as what the program no longer has, and not made: Azure refuses, and nothing is lost."""
    sandbox = with_group(stack())
    run = access({"role": PULL, "scope": GROUP})
    sandbox.up(run)
    (ours,) = names(sandbox, PULL)
    everywhere = definition_id(PULL, SUBSCRIPTION).removeprefix(f"/subscriptions/{SUBSCRIPTION}")
    with pytest.raises(RunFailedError, match="RoleAssignmentExists"):
        sandbox.up(access({"role": everywhere, "scope": GROUP}))
    assert names(sandbox, PULL) == [ours]


@pytest.fixture
def lists_asked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lists of role assignments that programs ask Azure for."""
    every: list[str] = []
    original = ArmClient.list

    def list_noting(arm: ArmClient, path: str, api_version: str, **query: str) -> Iterator[dict[str, Any]]:
        every.append(path.partition("/providers/Microsoft.Authorization")[0].rpartition("/")[2])
        return original(arm, path, api_version, **query)

    monkeypatch.setattr(ArmClient, "list", list_noting)
    return every


def test_each_scope_is_asked_for_once_and_none_that_the_run_makes(lists_asked_for: list[str]) -> None:
    sandbox = with_group(stack())
    entries = [{"role": role, "scope": where} for role in (READER, PULL) for where in ("workspace", "storage", GROUP)]
    run = access(*entries, {"role": "AzureML Data Scientist"})
    sandbox.up(run)
    assert lists_asked_for == ["rg-given"]
    lists_asked_for.clear()
    sandbox.preview(run)
    made = live(sandbox)
    storage = made["properties"]["storageAccount"].rpartition("/")[2]
    assert sorted(lists_asked_for) == sorted(["rg-given", made["name"], storage])


def test_who_may_not_read_assignments_is_refused_by_azure_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AzureRefusedError("AuthorizationFailed (HTTP 403)")

    sandbox = with_group(stack())
    give(sandbox, GROUP, READER)
    monkeypatch.setattr(ArmClient, "list", refuse)
    with pytest.raises(RunFailedError, match="RoleAssignmentExists"):
        sandbox.up(access({"role": READER, "scope": GROUP}))


def test_nobody_is_asked_where_nobody_is_signed_in(monkeypatch: pytest.MonkeyPatch, lists_asked_for: list[str]) -> None:
    monkeypatch.setattr("azureml_infra.components.live.client_config", dict)
    sandbox = with_group(stack())
    sandbox.up(access({"role": READER, "scope": GROUP}))
    assert (lists_asked_for, len(names(sandbox, READER))) == ([], 1)


UNIT_TEST = f"""
import pulumi
from azure.core.pipeline.transport import RequestsTransport

GUID = "{SUBSCRIPTION}"


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        print(args.typ)
        made = dict(primaryEndpoints=dict(blob="https://st.blob.core.windows.net/"), identity=dict(principalId=GUID))
        return args.name, dict(args.inputs) | made

    def call(self, args):
        answers = dict(
            getClientConfig=dict(subscriptionId=GUID, tenantId=GUID),
            getDatastore=dict(properties=dict(containerName="blobs")),
        )
        return answers.get(args.token.rpartition(":")[2], dict())


def refuse(*_, **__):
    raise AssertionError("a request was sent")


RequestsTransport.send = refuse
pulumi.runtime.set_mocks(Mocks(), project="platform", stack="dev")
from azureml_infra import Access, AccessEntry, Workspace


@pulumi.runtime.test
def test():
    team = AccessEntry(principal="{TEAM}", principal_type="group", role="Reader", scope="{GROUP}")
    return Access("team", [team], workspace=Workspace("ml", location="westeurope")).urn


test()
"""


def test_unit_tests_with_mocks_ask_nobody(warm: Path) -> None:
    """Somebody is signed in by their mocks, and yet there is no Azure."""
    line = [str(warm / "bin" / "python"), "-c", UNIT_TEST]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "azure-native:authorization:RoleAssignment" in done.stdout
