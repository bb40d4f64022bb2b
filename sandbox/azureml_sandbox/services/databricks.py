"""Microsoft.Databricks: workspaces that an ML workspace may attach."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_arm.roles import find
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.operations import BY_LOCATION, LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Write
from azureml_sandbox.model.tables import DATABRICKS_TOKENS

SKUS = ("standard", "premium", "trial")
_SERVICE = "7d92a0f0-0000-4000-8000-3066018711ae"
"""Who looks after the managed group: Databricks itself."""
_PARAMETERS: Mapping[str, Any] = {
    "enableFedRampCertification": False,
    "enableNoPublicIp": False,
    "natGatewayName": "nat-gateway",
    "prepareEncryption": False,
    "publicIpName": "nat-gw-public-ip",
    "requireInfrastructureEncryption": False,
    "resourceTags": {"application": "databricks", "databricks-environment": "true"},
    "storageAccountSkuName": "Standard_GRS",
    "vnetAddressPrefix": "10.139",
}
_NETWORK = "properties.parameters.customVirtualNetworkId.value"
_SUBNETS = ("customPublicSubnetName", "customPrivateSubnetName")
_SUBNET_CODE = "InvalidSubnet"
_NOT_MANAGED = "doesn't have managed by property referring to Databricks workspace resource"
"""In Azure's words (https://github.com/pulumi/pulumi-azure-native/issues/3733)."""
_TYPES = {bool: "Bool", dict: "Object"}
_CAPITALS = {"parameters": "Parameters", "requiredNsgRules": "RequiredNsgRules"}
"""What a serverless workspace doesn't take -> as the service calls it."""


class Workspace(ResourceType):
    """A Databricks workspace. What is in its managed resource group isn't modelled, but that the group is there is."""

    type = "Microsoft.Databricks/workspaces"
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": LongRunning(201, creating="Accepted", poll="bare", polled="Accepted", poll_status=202),
        "DELETE": BY_LOCATION,
    }
    created_status = 201
    tracked = True
    system_data = True
    shapes: ClassVar = {
        "sku.name": str,
        "properties.parameters{}": dict,
        "properties.parameters.customVirtualNetworkId.value": str,
        "properties.managedResourceGroupId": str,
    }
    immutable = ("properties.computeMode", "properties.managedResourceGroupId", _NETWORK)
    references = (_NETWORK,)

    def check(self, write: Write) -> None:
        """Refuse a tier that there isn't, a network of its own for a serverless workspace, one whose subnets aren't
        Databricks' own, and a managed resource group that somebody else has made.
        """
        name = (write.body.get("sku") or {}).get("name")
        if name is not None and name.lower() not in SKUS:
            text = "The SKU is invalid. The allowed SKUs are: 'Standard','Premium', 'Trial'."
            raise bad_request(text, "InvalidDatabricksSku")
        if str(write.properties.get("computeMode")).lower() == "serverless":
            for given, shown in _CAPITALS.items():
                if write.properties.get(given):
                    text = f"The property '{shown}' is not supported for Serverless Workspace"
                    raise bad_request(text, "FeatureNotSupportedForServerlessWorkspace")
            return
        network = dig(write.body, _NETWORK)
        for name in _SUBNETS if network else ():
            _check_subnet(write, network, dig(write.body, f"properties.parameters.{name}.value"))
        group = write.properties.get("managedResourceGroupId")
        if write.created and group and write.azure.exists(group):
            owner = str(write.azure.get(group).get("managedBy") or "")
            if owner.lower() != write.id.text.lower():
                text = f"Managed Resource group for the workspace: '{group}' {_NOT_MANAGED}"
                raise bad_request(text, "ManagedResourceGroupMissingManagedBy")

    def computed_properties(self, write: Write) -> Body:
        """Return where it answers, and who may do what in its managed group."""
        number = int(derived.guid("databricks", write.id.text)[:8], 16) * 10**6 + 10**15
        owner = find("Owner")
        author = {"oid": write.caller, "puid": "", "applicationId": derived.guid("application", write.caller)}
        return {
            "workspaceId": str(number),
            "workspaceUrl": f"adb-{number}.{number % 20}.azuredatabricks.net",
            "authorizations": [{"principalId": _SERVICE, "roleDefinitionId": owner.id if owner else ""}],
            "createdBy": write.old_properties.get("createdBy") or author,
            "updatedBy": author,
            "createdDateTime": derived.MOMENT,
            "isUcEnabled": False,
        }

    def finish(self, write: Write, resource: Body) -> Body:
        """Give parameters their type; those that aren't sent again keep what they were."""
        properties = resource["properties"]
        if str(properties.get("computeMode")).lower() == "serverless":
            return resource
        suffix = derived.alphanumeric("databricks", write.id.text)[1:14]
        made = {**_PARAMETERS, "relayNamespaceName": f"dbrelay{suffix}", "storageAccountName": f"dbstorage{suffix}"}
        known = {name: {"type": _TYPES.get(type(value), "String"), "value": value} for name, value in made.items()}
        known |= write.old_properties.get("parameters") or {}
        for name, given in (properties.get("parameters") or {}).items():
            known[name] = {"type": _TYPES.get(type(given.get("value")), "String"), **given}
        properties["parameters"] = known
        return resource

    def after(self, write: Write, resource: Body) -> None:
        """Make the managed resource group."""
        group = resource["properties"].get("managedResourceGroupId")
        if group and not write.azure.exists(group):
            write.azure.provide(group, {"location": resource["location"], "managedBy": resource["id"]})

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Delete the managed resource group, and the tokens."""
        for token in azure.part(Tokens).of(resource["id"]):
            azure.part(Tokens).revoke(resource["id"], token["token_id"])
        group = resource["properties"].get("managedResourceGroupId")
        if group:
            azure.delete(group)


class Tokens:
    """The personal access tokens of Databricks workspaces, without their text."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def make(self, workspace: str, comment: str, seconds: int) -> Body:
        """Return a new token, with its text."""
        with self._cloud.changing():
            begun = int(self._cloud.clock() * 1000)
            token_id = derived.alphanumeric("token", workspace, str(begun), str(len(self.of(workspace))))
            info = {
                "token_id": token_id,
                "creation_time": begun,
                "expiry_time": begun + seconds * 1000,
                "comment": comment,
            }
            self._cloud.store.set(DATABRICKS_TOKENS, f"{workspace.lower()}|{token_id}", json.dumps(info))
        return {"token_value": f"dapi{derived.alphanumeric('dapi', token_id)}", "token_info": info}

    def of(self, workspace: str) -> list[Body]:
        """Return what is known of each token of a workspace."""
        rows = self._cloud.store.scan(DATABRICKS_TOKENS, f"{workspace.lower()}|")
        return [json.loads(value) for _, value in rows]

    def revoke(self, workspace: str, token_id: str) -> bool:
        """End a token; return False where there is none."""
        key = f"{workspace.lower()}|{token_id}"
        with self._cloud.changing():
            there = self._cloud.store.get(DATABRICKS_TOKENS, key) is not None
            self._cloud.store.remove(DATABRICKS_TOKENS, key)
        return there


def _check_subnet(write: Write, network: str, name: Any) -> None:
    """Refuse a subnet that isn't there or isn't delegated. What Azure says then isn't recorded: the words are ours."""
    place = f"{network}/subnets/{name}"
    if not name or not write.azure.exists(place):
        raise bad_request(f"The workspace's network needs two subnets; '{place}' does not exist.", _SUBNET_CODE)
    delegations = write.azure.get(place)["properties"].get("delegations") or []
    if not any(dig(one, "properties.serviceName") == Workspace.type for one in delegations):
        raise bad_request(f"The subnet '{place}' is not delegated to {Workspace.type}.", _SUBNET_CODE)
