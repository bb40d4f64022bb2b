"""Who may do what: the rules about rights, on plans with a past."""

import dataclasses
from typing import Any

from azureml_arm.names import assignment_guid
from azureml_arm.roles import definition_id
from azureml_arm.sandbox import PEOPLE, SUBSCRIPTION
from azureml_policies.baseline.model import BaselineUnavailableError, Nothing
from azureml_policies.rbac.given import GivenRoles
from azureml_policies.rbac.source import RolesUnavailableError
from azureml_policies.requester.model import Requester
from azureml_policies.requests.unknown import UNKNOWN
from azureml_policies.rule import Level
from kit.guarded import (
    AZURE,
    CREATE,
    GROUP,
    IN_WORKSPACE,
    ML,
    ROLES,
    WORKSPACE,
    cluster,
    denied_names,
    job,
    judge,
    only_message,
    person,
    plan_of,
    state,
)
from kit.rows import each

TEN = [cluster(f"cpu-{number}") for number in range(10)]


def role_guid(name: str) -> str:
    return definition_id(name, SUBSCRIPTION).rpartition("/")[2]


DANA, CARL = PEOPLE["dana"].object_id, PEOPLE["carl"].object_id


def assignment(principal: str, role: str, name: str = "grant", **more: Any) -> Any:
    return plan_of(
        "azure-native:authorization:RoleAssignment",
        name,
        scope=WORKSPACE.lstrip("/"),
        roleAssignmentName="5a4d0b0c-0000-4000-8000-0000000000f1",
        principalId=principal,
        roleDefinitionId=definition_id(role, SUBSCRIPTION),
        **more,
    )


# The story


def test_a_data_scientist_adds_a_job_to_a_stack_with_ten_clusters() -> None:
    assert judge([*TEN, job(computeId=f"{WORKSPACE}/computes/cpu-1")], past=state(*TEN)) == []


def test_a_data_scientist_changes_one_cluster() -> None:
    plan = [cluster("cpu-3", most=50) if item.name == "cpu-3" else item for item in TEN]
    assert denied_names(plan, past=state(*TEN)) == ["cpu-3"]
    assert only_message(plan, past=state(*TEN)) == (
        f"cpu-3: max_instances 5 -> 50 needs {CREATE} on …/workspaces/ws/computes/cpu-3; "
        "you (dana) have AzureML Data Scientist; ask a Compute Operator, or have the role granted: "
        f"az role assignment create --role 'AzureML Compute Operator' --assignee YOU --scope {WORKSPACE}"
    )


@each(("who", "expected"), [("olga", []), ("carl", []), ("dana", ["cpu"]), ("rita", ["cpu"])])
def test_who_creates_a_cluster(who: str, expected: list[str]) -> None:
    assert denied_names([cluster()], who) == expected


def test_a_removed_cluster_is_seen_against_the_past() -> None:
    assert denied_names(TEN[1:], past=state(*TEN)) == ["cpu-0"]
    assert only_message(TEN[1:], past=state(*TEN)).startswith(
        f"cpu-0: removing compute needs {ML}/computes/delete on …"
    )
    assert denied_names(TEN[1:], "carl", past=state(*TEN)) == []


def test_a_past_that_sees_no_removals_says_so_to_those_who_may_not_remove() -> None:
    class Live(Nothing):
        source = "Azure"
        sees_removals = False

    assert judge([job()], past=Live()) == []  # no compute in the plan, nothing to remark
    found = [item for item in judge([cluster()], past=Live()) if not item.denies]
    assert [item.level for item in found] == [Level.ADVISORY]
    assert "can't be seen in Azure" in found[0].message
    assert [item for item in judge([cluster()], "carl", past=Live()) if item.rule.id == "compute-admins-only"] == []


def test_several_who_ask_must_all_be_allowed() -> None:
    both = Requester((person("carl"), person("dana")))
    (message,) = [item.message for item in judge([cluster()], both) if item.rule.id == "compute-admins-only"]
    assert "you (dana) have AzureML Data Scientist" in message


def test_nobody_has_no_rights_and_hears_why() -> None:
    nobody = Requester(problem="the login 'eve' isn't mapped: add github:eve to `people`")
    assert denied_names([cluster()], nobody) == ["cpu"]
    assert "nobody is known to ask: the login 'eve' isn't mapped" in only_message([cluster()], nobody)


def test_what_stays_as_it_is_needs_no_rights_at_all() -> None:
    nobody = Requester(problem="nobody is signed in")
    assert [item for item in judge(TEN, nobody, past=state(*TEN)) if item.denies] == []


# What isn't known


def test_a_cluster_in_a_workspace_that_is_not_known_yet() -> None:
    unknown = dataclasses.replace(cluster(), inputs={**cluster().inputs, "workspaceName": UNKNOWN})
    assert denied_names([unknown]) == ["cpu"]
    assert "(the rest of its id isn't known until the update)" in only_message([unknown])
    assert denied_names([unknown], "carl") == []  # has the right at the subscription, so wherever it will be
    only_there = GivenRoles([{"role": "AzureML Compute Operator", "scope": WORKSPACE, "principal": CARL}])
    assert denied_names([unknown], "carl", roles=only_there) == ["cpu"]
    assert denied_names([cluster()], "carl", roles=only_there) == []


def test_a_size_that_is_not_known_yet_is_a_change() -> None:
    later = cluster(most=UNKNOWN)
    assert denied_names([later], past=state(cluster())) == ["cpu"]
    assert "max_instances 5 -> (not known yet)" in only_message([later], past=state(cluster()))


def test_a_job_whose_compute_is_not_known_may_be_one_that_rents() -> None:
    later = job(computeId=UNKNOWN)
    assert denied_names([later]) == ["train"]
    assert "computeId is not known until the update, so it may ask for serverless compute" in only_message([later])
    assert denied_names([later], "olga") == []
    body = plan_of("azure-native:machinelearningservices:Job", "train", **IN_WORKSPACE, id="train", properties=UNKNOWN)
    assert denied_names([body]) == ["train"]
    assert denied_names([body], "olga") == []


def test_an_owner_is_not_stopped_by_what_is_not_known() -> None:
    identity = assignment(UNKNOWN, "Storage Blob Data Contributor", principalType="ServicePrincipal")
    nowhere = dataclasses.replace(cluster(), inputs={**cluster().inputs, "resourceGroupName": UNKNOWN})
    assert [item for item in judge([identity, nowhere, job(computeId=UNKNOWN)], "olga") if item.denies] == []


# Sources that fail


class Broken:
    """A source of anything that fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.source = "nothing"

    sees_removals = True

    def __getattr__(self, _name: str) -> Any:
        def fails(*_: Any) -> Any:
            raise self.error

        return fails


def test_roles_that_cannot_be_read_deny() -> None:
    roles = Broken(RolesUnavailableError("Azure didn't answer within 60 s: try again"))
    assert denied_names([cluster()], roles=roles) == ["cpu"]
    assert only_message([cluster()], roles=roles) == (
        "can't be decided, so it is denied: Azure didn't answer within 60 s: try again"
    )


def test_a_past_that_cannot_be_read_denies_those_who_may_not_do_it_whatever_was_there() -> None:
    past: Any = Broken(BaselineUnavailableError("state.json: there is no such file"))
    assert denied_names([cluster()], past=past) == ["cpu", "(the stack)"]
    assert denied_names([cluster()], "carl", past=past) == ["(the stack)"]  # he may not remove whatever there is
    assert denied_names([cluster()], "olga", past=past) == []


def test_a_fault_in_a_source_denies_as_well() -> None:
    assert denied_names([cluster()], "olga", roles=Broken(ZeroDivisionError("division by zero"))) == ["cpu"]
    message = only_message([cluster()], "olga", roles=Broken(ZeroDivisionError("division by zero")))
    assert message.startswith("the rule itself failed (ZeroDivisionError: division by zero), so nothing is allowed")


# Deployments, jobs


def deployment(name: str = "blue", **more: Any) -> Any:
    inputs = {"endpointName": "score", "deploymentName": name, "location": "westeurope"}
    properties = {"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2", "model": "m"}
    token = "azure-native:machinelearningservices:OnlineDeployment"
    return plan_of(token, name, **IN_WORKSPACE, **inputs, properties=properties, **more)


def batch(**properties: Any) -> Any:
    token = "azure-native:machinelearningservices:BatchDeployment"
    inputs = {"endpointName": "nightly", "deploymentName": "one", "location": "westeurope"}
    return plan_of(token, "one", **IN_WORKSPACE, **inputs, properties=properties)


ENDPOINTS = "endpoints-operators-only"


def test_an_online_deployment_rents_machines() -> None:
    assert denied_names([deployment()], rule=ENDPOINTS) == ["blue"]
    assert denied_names([deployment()], "carl", rule=ENDPOINTS) == ["blue"]  # may create compute, but no deployments
    assert denied_names([deployment()], "olga", rule=ENDPOINTS) == []
    both = GivenRoles(
        [
            {"role": role, "scope": WORKSPACE, "principal": DANA}
            for role in ("AzureML Data Scientist", "AzureML Compute Operator")
        ]
    )
    assert denied_names([deployment()], rule=ENDPOINTS, roles=both) == []
    assert denied_names([deployment()], rule=ENDPOINTS, past=state(deployment())) == []


def test_an_advisory_rule_only_remarks() -> None:
    (remark,) = judge([deployment()], config={ENDPOINTS: "advisory"})
    assert (remark.rule.id, remark.level) == (ENDPOINTS, Level.ADVISORY)


def test_another_action_can_stand_for_renting() -> None:
    config = {"guardrails": {"rent": f"{ML}/onlineEndpoints/deployments/write"}}
    assert denied_names([deployment()], rule=ENDPOINTS, config=config) == []


def test_a_batch_deployment_on_a_cluster_that_is_there_rents_nothing() -> None:
    assert denied_names([batch(compute=f"{WORKSPACE}/computes/cpu")], rule=ENDPOINTS) == []
    assert denied_names([batch(compute=f"{WORKSPACE}/computes/cpu")], "rita", rule=ENDPOINTS) == ["one"]


def test_an_endpoint_without_deployments_is_for_every_data_scientist() -> None:
    endpoint = plan_of(
        "azure-native:machinelearningservices:OnlineEndpoint",
        "score",
        **IN_WORKSPACE,
        endpointName="score",
        location="westeurope",
        properties={"authMode": "AADToken"},
    )
    assert judge([endpoint]) == []


# Access


ACCESS = "access-owners-only"


def test_a_data_scientist_assigns_no_roles() -> None:
    assert denied_names([assignment(CARL, "Reader")], rule=ACCESS) == ["grant"]
    assert denied_names([assignment(CARL, "Reader")], "olga", rule=ACCESS) == []


def test_the_roles_of_a_clusters_own_identity_go_with_it() -> None:
    """By the name that `Compute` gives them; any other assignment stays until somebody who may removes it."""
    pull = definition_id("AcrPull", SUBSCRIPTION)
    name = assignment_guid(WORKSPACE, f"{WORKSPACE}/computes/cpu", pull)
    own = plan_of(
        "azure-native:authorization:RoleAssignment",
        "cpu-can-images",
        scope=WORKSPACE.lstrip("/"),
        roleAssignmentName=name,
        principalId=DANA,
        roleDefinitionId=pull,
    )
    others = assignment(CARL, "AcrPull")
    assert denied_names([], "carl", past=state(cluster(), own), rule=ACCESS) == []
    assert denied_names([cluster()], "carl", past=state(cluster(), own), rule=ACCESS) == ["cpu-can-images"]
    assert denied_names([], "carl", past=state(cluster(), others), rule=ACCESS) == ["grant"]
    assert denied_names([], past=state(cluster(), own)) == ["cpu"]  # who may not remove the cluster still may not


def test_nobody_grants_themselves_what_they_lack() -> None:
    granting = GivenRoles([{"role": "Role Based Access Control Administrator", "scope": WORKSPACE, "principal": DANA}])
    own = assignment(DANA, "AzureML Compute Operator", principalType="User")
    assert denied_names([own], rule=ACCESS, roles=granting) == ["grant"]
    assert denied_names([own], roles=granting) == ["grant"]  # by the mandatory rule too
    assert "nobody grants themselves what they lack" in only_message([own], roles=granting)
    others = assignment(CARL, "AzureML Compute Operator", principalType="User")
    assert denied_names([others], rule=ACCESS, roles=granting) == []
    harmless = assignment(DANA, "AzureML Metrics Writer (preview)", principalType="User")
    assert denied_names([harmless], rule=ACCESS, roles=granting) == []


DELEGATED = " AND ".join(
    f"((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{action}'}})) OR "
    f"(@{source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals "
    f"{{{role_guid('Owner')}, {role_guid('User Access Administrator')}}}))"
    for action, source in {"write": "Request", "delete": "Resource"}.items()
)


def test_an_owner_who_may_give_some_roles_only() -> None:
    """By the condition that Azure's portal writes."""
    limited = GivenRoles([{"role": "Owner", "scope": WORKSPACE, "principal": DANA, "condition": DELEGATED}])
    assert denied_names(TEN, roles=limited) == []
    reader, owner = (assignment(CARL, role, principalType="User") for role in ("Reader", "Owner"))
    assert denied_names([reader], rule=ACCESS, roles=limited) == []
    assert denied_names([owner], rule=ACCESS, roles=limited) == ["grant"]
    assert denied_names([], rule=ACCESS, roles=limited, past=state(reader)) == []
    assert denied_names([], rule=ACCESS, roles=limited, past=state(owner)) == ["grant"]
    assert "under a condition, which isn't met" in only_message([owner], rule=ACCESS, roles=limited)
    both = [reader, assignment(CARL, "Owner", "again", principalType="User")]
    assert denied_names(both, rule=ACCESS, roles=limited) == ["again"]  # two at one id
    other = GivenRoles([{"role": "Owner", "scope": WORKSPACE, "principal": DANA, "condition": "@Resource[x] Exists"}])
    assert denied_names(TEN[:1], roles=other) == ["cpu-0"]


def test_a_group_that_might_hold_whoever_asks_counts() -> None:
    group = "5a4d0b0c-0000-4000-8000-0000000000c3"
    granting = [{"role": "Role Based Access Control Administrator", "scope": WORKSPACE, "principal": DANA}]
    own = assignment(group, "AzureML Compute Operator", principalType="Group")
    assert denied_names([own], roles=GivenRoles(granting, groups={group: [DANA]})) == ["grant"]
    assert denied_names([own], roles=GivenRoles(granting, groups={group: [CARL]})) == []
    assert denied_names([own], roles=GivenRoles(granting)) == ["grant"]  # who is in it isn't known
    assert denied_names([assignment(UNKNOWN, "AzureML Compute Operator")], roles=GivenRoles(granting)) == ["grant"]


def definition(*actions: str) -> Any:
    return plan_of(
        "azure-native:authorization:RoleDefinition",
        "custom",
        scope=f"subscriptions/{SUBSCRIPTION}",
        roleDefinitionId="5a4d0b0c-0000-4000-8000-0000000000d1",
        roleName="Custom",
        permissions=[{"actions": list(actions), "notActions": []}],
        assignableScopes=[GROUP],
    )


def test_a_custom_role_with_what_they_lack() -> None:
    granting = GivenRoles([{"role": "User Access Administrator", "scope": "/", "principal": DANA}])
    assert denied_names([definition(f"{ML}/*")], roles=granting) == ["custom"]
    assert denied_names([definition("*/read")], roles=granting) == []


# The workspace and its credentials


def test_settings_of_the_workspace_are_for_admins() -> None:
    workspace = plan_of(
        "azure-native:machinelearningservices:Workspace", "ml", resourceGroupName="rg", workspaceName="ws"
    )
    changed = dataclasses.replace(workspace, inputs={**workspace.inputs, "publicNetworkAccess": "Enabled"})
    rule = "workspace-settings-admins-only"
    assert denied_names([changed], rule=rule, past=state(workspace)) == ["ml"]
    assert denied_names([workspace], rule=rule, past=state(workspace)) == []
    assert denied_names([changed], "olga", rule=rule, past=state(workspace)) == []
    assert denied_names([], rule=rule, past=state(workspace)) == ["ml"]


def datastore(credentials: dict[str, Any]) -> Any:
    properties = {"datastoreType": "AzureBlob", "accountName": "a", "containerName": "c", "credentials": credentials}
    token = "azure-native:machinelearningservices:Datastore"
    return plan_of(token, "raw", **IN_WORKSPACE, name="raw", properties=properties)


def test_credentials_in_datastores_are_for_admins() -> None:
    rule = "datastore-credentials-admins-only"
    key = datastore({"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey", "key": "c2VjcmV0"}})
    assert denied_names([key], rule=rule) == ["raw"]
    assert "c2VjcmV0" not in only_message([key], rule=rule)
    assert denied_names([key], "olga", rule=rule) == []
    assert denied_names([datastore({"credentialsType": "None"})], rule=rule) == []


# Subscriptions


def test_another_subscription_is_judged_by_the_rights_there() -> None:
    other = "6b5e1c1d-0000-4000-8000-000000000002"
    elsewhere = dataclasses.replace(AZURE, inputs={"subscriptionId": other})
    there = dataclasses.replace(cluster(), provider=elsewhere)
    assert denied_names([there], "carl", roles=ROLES) == ["cpu"]
    assert denied_names([cluster()], "carl", roles=ROLES) == []
