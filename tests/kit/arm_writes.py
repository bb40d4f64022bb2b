"""What one planned resource asks ARM for: the resource as a plan has it, and the writes behind it."""

from typing import Any

from azureml_arm.actions import ML
from azureml_arm.sandbox import SUBSCRIPTION
from azureml_policies.requests import writes
from azureml_policies.requests.planned import Planned, PlannedProvider
from azureml_policies.requests.write import Write

ROOT = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{ROOT}/resourceGroups/rg"
WORKSPACE = f"{GROUP}/providers/{ML}/workspaces/ws"
COMPUTE = f"{ML}/workspaces/computes"
CLUSTER: dict[str, Any] = {
    "resourceGroupName": "rg",
    "workspaceName": "ws",
    "computeName": "gpu",
    "properties": {"computeType": "AmlCompute", "properties": {"vmSize": "Standard_NC6s_v3"}},
}
"""The inputs of a cluster of azure-native."""


def plan_one(token: str, inputs: dict[str, Any], provider: dict[str, Any] | None = None) -> Planned:
    """Return a planned resource whose provider has the sandbox's subscription, or the settings given."""
    settings = {"subscriptionId": SUBSCRIPTION} if provider is None else provider
    urn = "urn:p"
    return Planned(
        f"urn:{token}::it", token, "it", inputs, PlannedProvider("pulumi:providers:x", "default", urn, settings)
    )


def behind(token: str, inputs: dict[str, Any], provider: dict[str, Any] | None = None) -> tuple[Write, ...]:
    """Return what a planned resource asks for."""
    return writes(plan_one(token, inputs, provider))


def only(token: str, inputs: dict[str, Any], provider: dict[str, Any] | None = None) -> Write:
    """Return the one write of a planned resource."""
    (found,) = behind(token, inputs, provider)
    return found
