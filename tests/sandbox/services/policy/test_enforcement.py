"""Azure Policy in the sandbox: what a deny refuses, where, and how the refusal reads."""

from typing import Any

import pulumi_azure_native as azure_native
import pytest

from azureml_sandbox import StepError, mock_azure
from azureml_sandbox.azure import Azure
from azureml_sandbox.http.actions import ScopedAction, required_action
from kit.arm_requests import ask, read, send
from kit.azure_policies import CLUSTER, COMPUTES, DEFINITION, PARAMETERS, RULE, SIZES, SUB, assign, cluster, define
from kit.clouds import BODIES, GROUP, PROVIDERS, REGION, STORAGE, WORKSPACE, body, compute, refused, workspace
from kit.rows import each

# -- what a deny refuses ---------------------------------------------------------------------------------------------


def test_what_no_policy_matches_passes(azure: Azure) -> None:
    azure.put(CLUSTER, cluster())
    azure.put(STORAGE, BODIES[STORAGE])
    attached = compute("VirtualMachine", f"{PROVIDERS}/Microsoft.Compute/virtualMachines/vm", virtualMachineSize="any")
    azure.put(f"{PROVIDERS}/Microsoft.Compute/virtualMachines/vm", {"location": REGION, "properties": {}})
    azure.put(f"{WORKSPACE}/computes/attached-vm", attached)
    assert azure.exists(CLUSTER)
    assert azure.exists(f"{WORKSPACE}/computes/attached-vm")


@pytest.mark.parametrize("given", [cluster("Standard_NC24ads_A100_v4"), cluster(nodes=5)], ids=["size", "nodes"])
def test_what_a_policy_matches_is_refused_and_nothing_is_made(azure: Azure, given: dict[str, Any]) -> None:
    with refused("RequestDisallowedByPolicy", 403):
        azure.put(CLUSTER, given)
    assert not azure.exists(CLUSTER)


def test_an_existing_resource_is_held_against_it_when_it_changes(azure: Azure) -> None:
    azure.put(CLUSTER, cluster())
    with refused("RequestDisallowedByPolicy"):
        azure.put(CLUSTER, cluster(nodes=50))
    with refused("RequestDisallowedByPolicy"):
        azure.patch(CLUSTER, {"properties": {"properties": {"scaleSettings": {"maxNodeCount": 50}}}})
    assert azure.get(CLUSTER)["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 2


def test_the_refusal_is_arms(azure: Azure) -> None:
    status, answer = ask(azure, "PUT", f"{CLUSTER}?api-version=2025-12-01", cluster("Standard_NC6s_v3"))
    error = answer["error"]
    (info,) = error.pop("additionalInfo")
    assignment = f"{SUB}/providers/Microsoft.Authorization/policyAssignments/sizes"
    assert status == 403
    assert error == {
        "code": "RequestDisallowedByPolicy",
        "target": "cpu-cluster",
        "message": "Resource 'cpu-cluster' was disallowed by policy. Policy identifiers: "
        f'\'[{{"policyAssignment":{{"name":"sizes","id":"{assignment}"}},'
        f'"policyDefinition":{{"name":"allowed-sizes","id":"{DEFINITION}"}}}}]\'.',
    }
    assert info["type"] == "PolicyViolation"
    details = info["info"]
    assert details["policyDefinitionId"] == DEFINITION
    assert details["policyAssignmentId"] == assignment
    assert (details["policyDefinitionEffect"], details["policyAssignmentScope"]) == ("Deny", SUB)
    assert details["policyAssignmentParameters"] == {name: one["value"] for name, one in SIZES.items()}
    assert (details["policyExemptionIds"], details["policyEnrollmentIds"]) == ([], [])
    assert not {"policyDefinitionDisplayName", "policyDefinitionVersion"} & details.keys()
    assert details["evaluationDetails"]["evaluatedExpressions"][-1] == {
        "result": "False",
        "expressionKind": "Field",
        "expression": f"{COMPUTES}/vmSize",
        "path": "properties.properties.vmSize",
        "expressionValue": "Standard_NC6s_v3",
        "targetValue": ["Standard_DS3_v2"],
        "operator": "In",
    }


def test_the_assignments_message_is_shown(azure: Azure) -> None:
    assign(azure, name="explained", parameters=SIZES, nonComplianceMessages=[{"message": "Ask for a bigger size."}])
    with refused("RequestDisallowedByPolicy") as refusal:
        azure.put(CLUSTER, cluster("Standard_NC6s_v3"))
    assert refusal.value.message == (
        "Resource 'cpu-cluster' was disallowed by policy. Reasons: 'Ask for a bigger size.'. See error details for "
        "policy resource IDs."
    )
    found = [one["info"]["evaluationDetails"] for one in refusal.value.body["error"]["additionalInfo"]]
    assert sorted(one.get("reason", "") for one in found) == ["", "Ask for a bigger size."]


@pytest.mark.parametrize(
    "properties",
    [
        {"parameters": SIZES, "enforcementMode": "DoNotEnforce"},
        {"parameters": SIZES, "notScopes": [GROUP.upper()]},
        {"parameters": {**SIZES, "effect": {"value": "audit"}}},
        {"parameters": {**SIZES, "effect": {"value": "Disabled"}}},
        {"parameters": {"sizes": {"value": ["Standard_NC6s_v3"]}}},
    ],
    ids=["not enforced", "left out", "audit", "disabled", "allowed"],
)
def test_an_assignment_that_does_not_deny(azure: Azure, properties: Any) -> None:
    assign(azure, **properties)
    azure.put(CLUSTER, cluster("Standard_NC6s_v3"))
    assert azure.exists(CLUSTER)


def test_it_holds_at_its_scope_and_below_until_it_is_deleted() -> None:
    azure = workspace(Azure())
    define(azure)
    other = f"{SUB}/resourceGroups/rg-acme-2"
    azure.put(other, {"location": REGION})
    assign(azure, other, parameters=SIZES)
    azure.put(CLUSTER, cluster("Standard_NC6s_v3"))
    holding = assign(azure, WORKSPACE, parameters=SIZES)
    with refused("RequestDisallowedByPolicy"):
        azure.put(CLUSTER, cluster("Standard_NC6s_v3", nodes=1))
    azure.delete(holding)
    azure.put(CLUSTER, cluster("Standard_NC6s_v3", nodes=1))


def test_what_azures_services_make_is_not_held_against_it(azure: Azure) -> None:
    azure.provide(CLUSTER, cluster("Standard_NC6s_v3"))
    assert azure.exists(CLUSTER)


def test_the_mode_says_what_is_looked_at() -> None:
    azure = Azure()
    define(azure, {"if": {"field": "name", "like": "*acme"}, "then": {"effect": "deny"}}, mode="Indexed")
    assign(azure)
    azure.put(GROUP, BODIES[GROUP])
    with refused("RequestDisallowedByPolicy"):
        azure.put(STORAGE, BODIES[STORAGE])
    define(azure, {"if": {"field": "name", "like": "*acme"}, "then": {"effect": "deny"}})
    with refused("RequestDisallowedByPolicy"):
        azure.put(f"{GROUP}-acme", BODIES[GROUP])


@each(
    ("condition", "denied"),
    [
        ({"field": "location", "notIn": ["West Europe"]}, False),
        ({"field": "location", "equals": "northeurope"}, False),
        ({"field": "tags['Cost Center']", "exists": "false"}, False),
        ({"field": "tags.owner", "exists": False}, True),
        ({"field": "tags", "containsKey": "cost center"}, True),
        ({"field": "kind", "equals": "storagev2"}, True),
        ({"field": "fullName", "equals": "stacme"}, True),
        ({"field": "id", "contains": "/RESOURCEGROUPS/rg-acme/"}, True),
        ({"field": "identity.type", "exists": True}, False),
        ({"field": "Microsoft.Storage/storageAccounts/allowSharedKeyAccess", "notEquals": False}, False),
        ({"field": "Microsoft.Storage/storageAccounts/allowSharedKeyAccess", "equals": "false"}, True),
        ({"field": "Microsoft.Storage/storageAccounts/minimumTlsVersion", "notEquals": "TLS1_2"}, True),
        ({"field": "Microsoft.Storage/storageAccounts/sku.name", "like": "*_LRS"}, True),
        ({"field": f"{COMPUTES}/vmSize", "exists": True}, False),
        ({"value": "[empty(field('tags.owner'))]", "equals": True}, True),
        ({"value": "[length(field('name'))]", "greaterOrEquals": 6}, True),
        ({"value": "[toLower(concat(field('kind'), '-', field('name')))]", "equals": "storagev2-stacme"}, True),
        ({"not": {"anyOf": [{"field": "name", "match": "st????"}, {"field": "name", "match": "x"}]}}, False),
        ({"field": "name", "equals": "[[not an expression]"}, False),
        ({"value": "[substring(field('name'), 0, 6)]", "equals": "stacme"}, True),
        ({"value": "[substring(field('name'), 0, 60)]", "equals": "x"}, True),  # fails, which denies
        ({"not": {"value": "[length(field('tags.owner'))]", "equals": 0}}, True),
        ({"value": "[if(empty(field('tags.owner')), 0, length(field('tags.owner')))]", "equals": 1}, False),
    ],
)
def test_fields_and_conditions(condition: Any, denied: bool) -> None:
    azure = Azure()
    azure.put(GROUP, BODIES[GROUP])
    define(azure, {"if": condition, "then": {"effect": "deny"}})
    assign(azure)
    given = {**body(STORAGE), "tags": {"cost center": "7"}}
    if not denied:
        azure.put(STORAGE, given)
        return
    with refused("RequestDisallowedByPolicy"):
        azure.put(STORAGE, given)


# -- from a program --------------------------------------------------------------------------------------------------


def test_a_program_assigns_a_policy_that_stops_another() -> None:
    cloud = workspace(Azure())
    with mock_azure(azure=cloud, config={"azure-native:location": REGION}) as made:
        definition = azure_native.authorization.PolicyDefinition(
            "sizes",
            policy_definition_name="allowed-sizes",
            mode="All",
            policy_rule=RULE,
            parameters=PARAMETERS,
        )
        azure_native.authorization.PolicyAssignment(
            "sizes",
            scope=SUB.removeprefix("/"),
            policy_assignment_name="sizes",
            policy_definition_id=definition.id,
            parameters=SIZES,
        )
    assert made.get(DEFINITION)["properties"]["policyType"] == "Custom"
    assert "location" not in made.get(DEFINITION)
    with pytest.raises(StepError) as failure, mock_azure(azure=cloud):
        azure_native.machinelearningservices.Compute(
            "cluster",
            resource_group_name="rg-acme",
            workspace_name="mlw-acme",
            compute_name="cpu-cluster",
            location=REGION,
            properties={"computeType": "AmlCompute", "properties": {"vmSize": "Standard_NC6s_v3"}},
        )
    assert "RequestDisallowedByPolicy: Resource 'cpu-cluster' was disallowed by policy" in str(failure.value)
    assert not cloud.exists(CLUSTER)


# -- what a policy would say -----------------------------------------------------------------------------------------


def restrictions(azure: Azure, content: Any, scope: str = GROUP) -> Any:
    """Ask what policies would say to a resource, as Microsoft's example asks."""
    asked = {"resourceDetails": {"resourceContent": content, "apiVersion": "2025-12-01"}}
    path = f"{scope}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions?api-version=2022-03-01"
    return read(send(azure, "POST", path, asked))


def test_a_policy_says_beforehand_what_it_would_deny(azure: Azure) -> None:
    """The answer has the shape of azure-rest-api-specs, PolicyRestrictions_CheckAtResourceGroupScope.json."""
    wanted = {"type": COMPUTES, **cluster("Standard_NC24ads_A100_v4")}
    said = restrictions(azure, wanted)
    (denied,) = said["contentEvaluationResult"]["policyEvaluations"]
    assert denied["evaluationResult"] == "NonCompliant"
    assert denied["policyInfo"]["policyDefinitionId"] == DEFINITION
    looked_at = [one["expression"] for one in denied["evaluationDetails"]["evaluatedExpressions"]]
    assert f"{COMPUTES}/vmSize" in looked_at
    assert not azure.exists(CLUSTER)
    fits = restrictions(azure, {"type": COMPUTES, "name": "ws/cpu", **cluster()}, SUB)
    assert fits == {"fieldRestrictions": [], "contentEvaluationResult": {"policyEvaluations": []}}
    assert restrictions(azure, {"name": "x"})["error"]["code"] == "InvalidCheckRestrictionsRequest"
    assert restrictions(azure, {**wanted, "name": "x"})["error"]["code"] == "InvalidResourceName"


def test_whoever_may_read_may_ask_policies() -> None:
    asked = required_action("POST", f"{SUB}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions")
    assert asked == ScopedAction("Microsoft.PolicyInsights/checkPolicyRestrictions/read", SUB)
