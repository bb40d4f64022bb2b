"""Definitions, lists and assignments of Azure Policy that are refused, and where they hold."""

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from kit.azure_policies import COMPUTES, DEFINITION, SIZES, SUB, assign, define
from kit.clouds import BODIES, GROUP, WORKSPACE, compute, refused, workspace
from kit.rows import each


def rule(condition: Any, effect: Any = "deny") -> Any:
    return {"policyRule": {"if": condition, "then": {"effect": effect}}, "mode": "All"}


NAMED = {"field": "name", "equals": "x"}


@each(
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
