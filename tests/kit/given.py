"""What a cloud has that no stack made: accounts and identities; and who has which role in it."""

from typing import Any, NamedTuple

from azureml_arm.roles import find
from azureml_sandbox import Azure
from kit.clouds import REGION


def put_account(azure: Azure, resource_id: str, **properties: Any) -> None:
    """Make a storage account that no stack has, and its group."""
    azure.put(resource_id.partition("/providers/")[0], {"location": REGION})
    body = {"location": REGION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": properties}
    azure.put(resource_id, body)


def put_identity(azure: Azure, resource_id: str) -> str:
    """Make a user-assigned identity that no stack has, and its group; return its object id."""
    azure.put(resource_id.partition("/providers/")[0], {"location": REGION})
    return str(azure.put(resource_id, {"location": REGION})["properties"]["principalId"])


class Grant(NamedTuple):
    """A role that somebody has: its name, or its id where it isn't one of Azure's own."""

    scope: str
    role: str
    principal: str


def grants(azure: Azure) -> list[Grant]:
    """Return who has which role where."""
    every = [one["properties"] for one in azure.resources("Microsoft.Authorization/roleAssignments")]
    found = [(one, find(one["roleDefinitionId"])) for one in every]
    return [
        Grant(one["scope"], role.name if role else one["roleDefinitionId"], one["principalId"]) for one, role in found
    ]
