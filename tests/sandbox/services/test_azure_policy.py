"""Azure Policy in the sandbox: how definitions and assignments are checked, and what a deny refuses."""

from __future__ import annotations

import json
from typing import Any

import pulumi_azure_native as azure_native
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_arm.sandbox import SUBSCRIPTION
from azureml_arm.template.syntax import ExpressionError
from azureml_sandbox import StepError, mock_azure
from azureml_sandbox.azure import Azure
from azureml_sandbox.http import Request, handle
from azureml_sandbox.http.entra.endpoints import access_token
from azureml_sandbox.model.identities import CLIENT
from azureml_sandbox.services.authorization.policy import expressions
from azureml_sandbox.services.authorization.policy.conditions import OPERATORS, holds
from azureml_sandbox.services.authorization.policy.fields import PolicyRequest
from kit.clouds import BODIES, GROUP, PROVIDERS, REGION, STORAGE, WORKSPACE, body, compute, refused, workspace

SUB = f"/subscriptions/{SUBSCRIPTION}"
COMPUTES = "Microsoft.MachineLearningServices/workspaces/computes"
CLUSTER = f"{WORKSPACE}/computes/cpu-cluster"
DEFINITION = f"{SUB}/providers/Microsoft.Authorization/policyDefinitions/allowed-sizes"
RULE: dict[str, Any] = {
    "if": {
        "allOf": [
            {"field": "type", "equals": COMPUTES},
            {"field": f"{COMPUTES}/computeType", "in": ["AmlCompute", "ComputeInstance"]},
            {
                "anyOf": [
                    {"not": {"field": f"{COMPUTES}/vmSize", "in": "[parameters('sizes')]"}},
                    {"field": f"{COMPUTES}/scaleSettings.maxNodeCount", "greater": "[parameters('nodes')]"},
                ]
            },
        ]
    },
    "then": {"effect": "[parameters('effect')]"},
}
PARAMETERS: dict[str, Any] = {
    "sizes": {"type": "Array"},
    "nodes": {"type": "Integer", "defaultValue": 4},
    "effect": {"type": "String", "defaultValue": "Deny", "allowedValues": ["Deny", "Audit", "Disabled"]},
}
SIZES = {"sizes": {"value": ["Standard_DS3_v2"]}}


def define(azure: Azure, rule: Any = None, mode: str = "All", **properties: Any) -> str:
    """A definition's id; without a rule, that of allowed sizes."""
    parameters = PARAMETERS if rule is None else {}
    given = {"policyRule": rule or RULE, "parameters": parameters, "mode": mode, **properties}
    return str(azure.put(DEFINITION, {"properties": given})["id"])


def assign(azure: Azure, scope: str = SUB, name: str = "sizes", **properties: Any) -> str:
    """An assignment's id."""
    given = {"policyDefinitionId": DEFINITION, **properties}
    target = f"{scope}/providers/Microsoft.Authorization/policyAssignments/{name}"
    return str(azure.put(target, {"properties": given})["id"])


def cluster(size: str = "STANDARD_DS3_V2", nodes: int = 2) -> dict[str, Any]:
    return compute("AmlCompute", vmSize=size, scaleSettings={"minNodeCount": 0, "maxNodeCount": nodes})


@pytest.fixture
def azure() -> Azure:
    """A workspace, in a subscription where computes have a few sizes."""
    cloud = workspace(Azure())
    define(cloud)
    assign(cloud, parameters=SIZES)
    return cloud


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
    token = access_token(azure, CLIENT, "https://management.azure.com")
    url = f"https://management.azure.com{CLUSTER}?api-version=2025-12-01"
    content = json.dumps(cluster("Standard_NC6s_v3")).encode()
    response = handle(azure, Request("PUT", url, {"authorization": f"Bearer {token}"}, content))
    error = json.loads(response.body)["error"]
    (info,) = error.pop("additionalInfo")
    assignment = f"{SUB}/providers/Microsoft.Authorization/policyAssignments/sizes"
    assert response.status == 403
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
    assert details["policyAssignmentParameters"] == SIZES
    assert details["evaluationDetails"]["evaluatedExpressions"][-1] == {
        "result": "False",
        "expressionKind": "Field",
        "expression": f"{COMPUTES}/vmSize",
        "path": f"{COMPUTES}/vmSize",
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
    assert len(refusal.value.body["error"]["additionalInfo"]) == 2


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


@pytest.mark.parametrize(
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


# -- conditions by themselves ----------------------------------------------------------------------------------------

VALUES = st.one_of(st.none(), st.booleans(), st.integers(-9, 99), st.text("aA1*#?.é", max_size=4))


@given(st.sampled_from([name for name in OPERATORS if f"not{name}" in OPERATORS]), VALUES, VALUES)
def test_not_is_the_opposite(operator: str, value: Any, target: Any) -> None:
    wanted = [target] if operator == "in" else target
    assert holds(f"not{operator}", value, wanted) is not holds(operator, value, wanted)


@given(VALUES, VALUES)
def test_order_is_an_order(one: Any, other: Any) -> None:
    assert not (holds("less", one, other) and holds("greater", one, other))
    assert holds("less", one, other) is holds("greater", other, one)
    assert holds("lessorequals", one, other) is holds("greaterorequals", other, one)
    if isinstance(one, int) and isinstance(other, int) and not isinstance(one, bool) and not isinstance(other, bool):
        assert holds("less", one, other) is (one < other)


@pytest.mark.parametrize(
    ("operator", "value", "target", "expected"),
    [
        ("equals", "Standard_DS3_v2", "STANDARD_DS3_V2", True),
        ("equals", True, "true", True),
        ("equals", 4, "4", True),
        ("equals", None, "", False),
        ("in", None, ["a"], False),
        ("notin", None, ["a"], True),
        ("like", "abc", "a*", True),
        ("like", "abc", "*", True),
        ("like", "abc", "a.c", False),
        ("match", "contoso-01", "contoso-##", True),
        ("match", "Contoso-01", "contoso-##", False),
        ("matchinsensitively", "Contoso-01", "contoso-##", True),
        ("match", "a1", "?.", True),
        ("match", "11", "?.", False),
        ("contains", ["A", "b"], "a", True),
        ("contains", "abc", "B", True),
        ("greater", 10, "9", True),
        ("greater", None, 1, False),
        ("less", "2026-01-01", "2026-02-01", True),
        ("exists", "", True, True),
    ],
)
def test_conditions_compare_as_azure_does(operator: str, value: Any, target: Any, expected: bool) -> None:
    assert holds(operator, value, target) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[parameters('SIZES')]", ["a"]),
        ("[concat('it''s ', parameters('word'))]", "it's x"),
        ("[if(equals(parameters('word'), 'x'), 1, -2)]", 1),
        ("[and(not(empty(parameters('sizes'))), contains(parameters('sizes'), 'a'))]", True),
        ("[concat(parameters('sizes'), parameters('sizes'))]", ["a", "a"]),
        ("[first(split('a-b', '-'))]", "a"),
        ("[parameters('sizes')[0]]", "a"),
        ("[[not an expression]", "[not an expression]"),
    ],
)
def test_expressions(text: str, expected: Any) -> None:
    assert PolicyRequest({}, {"sizes": ["a"], "word": "x"}).value(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[resourceGroup().location]", "calls 'resourcegroup', which Azure doesn't have in rules, or the sandbox"),
        ("[concat(subscription().id)]", "calls 'subscription', which"),
        ("[tenantResourceId('a/b', 'c')]", "calls 'tenantresourceid', which"),
        ("[parameters('a']", "lacks a closing parenthesis"),
        ("[parameters(concat('a'))]", "parameters() takes one name in quotes"),
        ("['a']", "calls no template function"),
        ("[]", "ends too soon"),
        ("[a]", "has 'a' where a value is expected"),
    ],
)
def test_an_expression_that_cannot_be_read_says_why(text: str, says: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        expressions.calls(text)
    assert says in str(refusal.value)


# -- definitions and assignments that Azure refuses ------------------------------------------------------------------


def rule(condition: Any, effect: Any = "deny") -> Any:
    return {"policyRule": {"if": condition, "then": {"effect": effect}}, "mode": "All"}


NAMED = {"field": "name", "equals": "x"}


@pytest.mark.parametrize(
    ("properties", "code", "says"),
    [
        ({"mode": "All"}, "InvalidPolicyRule", "needs 'policyRule' with 'if' and 'then'"),
        (rule([NAMED]), "InvalidPolicyRule", "a condition must be an object"),
        (rule({"allOf": NAMED}), "InvalidPolicyRule", "'allOf' stands alone in its object and holds a list"),
        (rule({"not": [NAMED]}), "InvalidPolicyRule", "'not' stands alone in its object and holds one condition"),
        (rule({"field": "name", "is": "x"}), "InvalidPolicyRule", "one operator; this has field, is"),
        (rule({"field": "name", "in": "x"}), "InvalidPolicyRule", "'in' takes a list, not 'x'"),
        (rule({"field": "colour", "equals": "x"}), "InvalidPolicyRule", "'colour' is not a field"),
        (
            rule({"value": "[now()]", "equals": "x"}),
            "InvalidPolicyRule",
            "calls 'now', which Azure",
        ),
        (rule(NAMED, "forbid"), "InvalidPolicyRule", "'forbid' is not an effect; effects are"),
        (rule(NAMED, None), "InvalidPolicyRule", "'then' needs an 'effect'"),
        (rule({"field": f"{COMPUTES}/vmSise", "equals": "x"}), "InvalidPolicyAlias", f"{COMPUTES}/vmSize"),
        (
            rule({"value": f"[field('{COMPUTES}/size')]", "equals": "x"}),
            "InvalidPolicyAlias",
            "'Microsoft.MachineLearningServices' and resource type 'workspaces/computes'",
        ),
        (rule(NAMED, "[parameters('effect')]"), "UndefinedPolicyParameter", "undefined parameter 'effect'"),
        ({**rule(NAMED), "parameters": {"x": {"type": "String"}}}, "UnusedPolicyParameters", "parameters 'x' which"),
        ({**rule(NAMED), "parameters": {"x": {}}}, "InvalidPolicyParameters", "'x' needs a 'type'"),
        (
            {**rule(NAMED, "[parameters('x')]"), "parameters": {"x": {"type": "String", "defaultValue": 1}}},
            "InvalidPolicyParameters",
            "'1' of the policy parameter 'x'",
        ),
        (
            rule({"count": {"field": "tags[*]"}, "less": 1}),
            "NotImplemented",
            "azureml_sandbox/services/authorization/policy/rule.py",
        ),
        ({**rule(NAMED), "mode": "Microsoft.KeyVault.Data"}, "NotImplemented", "mode 'Microsoft.KeyVault.Data'"),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(properties: Any, code: str, says: str) -> None:
    with refused(code, says=says):
        Azure().put(DEFINITION, {"properties": properties})


@pytest.mark.parametrize(
    ("properties", "code", "says"),
    [
        ({"policyDefinitionId": "sizes"}, "InvalidCreatePolicyAssignmentRequest", "not 'sizes'"),
        ({"policyDefinitionId": f"{DEFINITION}-2"}, "PolicyDefinitionNotFound", "has no built-in definitions"),
        (
            {"policyDefinitionId": DEFINITION.replace("policyDefinitions", "policySetDefinitions")},
            "NotImplemented",
            "the assignment of Microsoft.Authorization/policySetDefinitions",
        ),
        ({}, "MissingPolicyParameter", "missing the parameter(s) 'sizes'"),
        ({"parameters": {**SIZES, "x": {"value": 1}}}, "UndefinedPolicyParameter", "undefined parameters 'x'"),
        ({"parameters": {"sizes": {"value": "one"}}}, "InvalidPolicyParameters", "is not of type 'Array'"),
        ({"parameters": {**SIZES, "nodes": {"value": True}}}, "InvalidPolicyParameters", "not of type 'Integer'"),
        (
            {"parameters": {**SIZES, "effect": {"value": "Modify"}}},
            "PolicyParameterValueNotAllowed",
            "The allowed values are 'Deny, Audit, Disabled'.",
        ),
        ({"parameters": SIZES, "overrides": [{"kind": "policyEffect", "value": "audit"}]}, "NotImplemented", "overri"),
    ],
)
def test_an_assignment_that_makes_no_sense_is_refused(properties: Any, code: str, says: str) -> None:
    azure = Azure()
    define(azure)
    with refused(code, says=says):
        assign(azure, **properties)
    azure.put(GROUP, BODIES[GROUP])


def test_an_effect_that_is_not_modelled_is_refused_where_it_would_act() -> None:
    azure = Azure()
    define(azure, {"if": NAMED, "then": {"effect": "modify"}})
    with refused("NotImplemented", 501) as refusal:
        assign(azure)
    assert refusal.value.message == (
        "The sandbox doesn't model the policy effect 'modify': add it to "
        "azureml_sandbox/services/authorization/policy/enforcement.py."
    )


def test_an_effect_that_cannot_be_computed_is_no_effect() -> None:
    azure = Azure()
    define(azure, {"if": NAMED, "then": {"effect": "[substring('deny', 9, 9)]"}})
    with refused("InvalidCreatePolicyAssignmentRequest", 400, says="'[substring('deny', 9, 9)]' is not an effect"):
        assign(azure)


def test_a_definition_holds_at_or_above_and_stays_while_it_is_assigned() -> None:
    azure = Azure()
    azure.put(GROUP, BODIES[GROUP])
    define(azure)
    holding = assign(azure, GROUP, parameters=SIZES)
    with refused("InvalidDeletePolicyDefinitionRequest", says=holding):
        azure.delete(DEFINITION)
    azure.delete(holding)
    assert azure.delete(DEFINITION)


def test_azures_own_definitions_can_be_provided() -> None:
    azure = workspace(Azure())
    own = "/providers/Microsoft.Authorization/policyDefinitions/679ddf89-ab8f-48a5-9029-e76054077449"
    aliases = f"{COMPUTES}/idleTimeBeforeShutdown"
    condition = {
        "allOf": [
            {"field": f"{COMPUTES}/computeType", "equals": "ComputeInstance"},
            {
                "anyOf": [
                    {"field": aliases, "exists": False},
                    {"value": f"[empty(field('{aliases}'))]", "equals": True},
                ]
            },
        ]
    }
    made = azure.provide(own, {"properties": {**rule(condition)}})
    assert made["properties"]["policyType"] == "BuiltIn"
    assign(azure, GROUP, policyDefinitionId=own)
    with refused("RequestDisallowedByPolicy"):
        azure.put(f"{WORKSPACE}/computes/anna-ci", compute("ComputeInstance", vmSize="STANDARD_DS3_V2"))
    azure.put(
        f"{WORKSPACE}/computes/anna-ci",
        compute("ComputeInstance", vmSize="STANDARD_DS3_V2", idleTimeBeforeShutdown="PT30M"),
    )


def test_lists_of_policies(azure: Azure) -> None:
    below = assign(azure, GROUP, "below", parameters=SIZES)
    kind = "Microsoft.Authorization/policyAssignments"
    assert [one["name"] for one in azure.list(SUB, kind)] == ["sizes", "below"]
    assert [one["name"] for one in azure.list(SUB, kind, "atScope()")] == ["sizes"]
    assert [one["id"] for one in azure.list(GROUP, kind, "atExactScope()")] == [below]
    assert len(azure.list(SUB, kind, f"policyDefinitionId eq '{DEFINITION}'")) == 2
    definitions = "Microsoft.Authorization/policyDefinitions"
    assert [one["id"] for one in azure.list(SUB, definitions, "policyType eq 'Custom'")] == [DEFINITION]
    assert azure.list(SUB, definitions, "policyType eq 'BuiltIn'") == []


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
