"""An Azure Policy of allowed sizes, and its assignment."""

from typing import Any

from azureml_arm.sandbox import SUBSCRIPTION
from azureml_sandbox.azure import Azure
from kit.clouds import WORKSPACE, compute

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
    """Make a definition and return its id; without a rule, that of allowed sizes."""
    parameters = PARAMETERS if rule is None else {}
    given = {"policyRule": rule or RULE, "parameters": parameters, "mode": mode, **properties}
    return str(azure.put(DEFINITION, {"properties": given})["id"])


def assign(azure: Azure, scope: str = SUB, name: str = "sizes", **properties: Any) -> str:
    """Make an assignment and return its id."""
    given = {"policyDefinitionId": DEFINITION, **properties}
    target = f"{scope}/providers/Microsoft.Authorization/policyAssignments/{name}"
    return str(azure.put(target, {"properties": given})["id"])


def cluster(size: str = "STANDARD_DS3_V2", nodes: int = 2) -> dict[str, Any]:
    """Return a cluster's body."""
    return compute("AmlCompute", vmSize=size, scaleSettings={"minNodeCount": 0, "maxNodeCount": nodes})
