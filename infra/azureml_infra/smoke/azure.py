"""What a smoke run asks Azure by itself: who is signed in, what they may, and what is in the resource group."""

from collections.abc import Iterable, Sequence
from typing import Any

from azureml_arm import ids
from azureml_arm.rbac.model import Permission
from azureml_arm.rbac.patterns import permits
from azureml_arm.types import by_type
from azureml_infra.dynamic.clients import ArmClient

NEEDED = {
    "Microsoft.MachineLearningServices/workspaces/write": "Contributor",
    "Microsoft.MachineLearningServices/workspaces/delete": "Contributor",
    "Microsoft.Storage/storageAccounts/write": "Contributor",
    "Microsoft.KeyVault/vaults/write": "Contributor",
    "Microsoft.Insights/components/write": "Contributor",
    "Microsoft.OperationalInsights/workspaces/write": "Contributor",
    "Microsoft.Authorization/roleAssignments/write": "Role Based Access Control Administrator",
    "Microsoft.Authorization/roleAssignments/delete": "Role Based Access Control Administrator",
}
"""What the run does, and the built-in role that allows it."""
NAMESPACES = (
    "Microsoft.MachineLearningServices",
    "Microsoft.Storage",
    "Microsoft.KeyVault",
    "Microsoft.Insights",
    "Microsoft.OperationalInsights",
    "Microsoft.ContainerRegistry",
)
"""What a platform is made of: a subscription registers each once."""
_AUTHORIZATION, _RESOURCES = "2022-04-01", "2022-09-01"


class AzureReader:
    """Reads of one resource group. AzureRefusedError, and azure-core's errors."""

    def __init__(self, arm: ArmClient, subscription: str, group: str) -> None:
        self._arm, self.subscription, self.name = arm, subscription, group
        self.group = ids.resource_group_id(subscription, group)

    def location(self) -> str:
        """Return where the resource group is; an empty text where there is none."""
        found = self._arm.get(self.group, _RESOURCES)
        return "" if found is None else str(found["location"])

    def unregistered_namespaces(self) -> list[str]:
        """Return the namespaces that the subscription hasn't registered."""
        states = {
            name: (self._arm.get(f"/subscriptions/{self.subscription}/providers/{name}", _RESOURCES) or {})
            for name in NAMESPACES
        }
        return [name for name, found in states.items() if found.get("registrationState") != "Registered"]

    def missing_rights(self) -> list[str]:
        """Return which of NEEDED whoever is signed in may not do in the group."""
        blocks = self._arm.list(f"{self.group}/providers/Microsoft.Authorization/permissions", _AUTHORIZATION)
        given = [Permission.of_actions(block) for block in blocks]
        return [action for action in NEEDED if not permits(given, action)]

    def resources(self) -> list[str]:
        """Return the ids of what is in the group."""
        return [str(one["id"]) for one in self._arm.list(f"{self.group}/resources", _RESOURCES)]

    def assignments(self) -> list[dict[str, Any]]:
        """Return the role assignments in the group and below."""
        found = self._arm.list(f"{self.group}/providers/Microsoft.Authorization/roleAssignments", _AUTHORIZATION)
        within = f"{self.group}/".lower()
        return [one for one in found if str(one["properties"]["scope"]).lower().startswith(within)]

    def get(self, resource_id: str, type_name: str = "") -> dict[str, Any] | None:
        """Return a resource as it is, or None."""
        declared = by_type(type_name or ids.parse(resource_id).type)
        return self._arm.get(resource_id, declared.api_version if declared else _RESOURCES)


def nulls(value: Any, above: str = "") -> Iterable[str]:
    """Yield the paths of what Azure has as null: what was sent and isn't echoed is among them."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from nulls(item, f"{above}.{key}" if above else key)
    elif value is None:
        yield above


def first_of(found: Sequence[str], type_name: str) -> str | None:
    """Return the id of the first resource of a type."""
    wanted = type_name.lower()
    return next((one for one in found if ids.parse(one).type.lower() == wanted), None)
