"""The functions by which azure-native reads what no program here makes: `get…` of its SDK, by ARM type.

What a program here makes is read by the function of its type's name; see `azureml_arm.types`.
"""

from dataclasses import dataclass

from azureml_arm import ids

_MODULES = {
    "Microsoft.CognitiveServices/accounts": ("cognitiveservices:getAccount", "accountName"),
    "Microsoft.Compute/virtualMachines": ("compute:getVirtualMachine", "vmName"),
    "Microsoft.DocumentDB/databaseAccounts": ("cosmosdb:getDatabaseAccount", "accountName"),
    "Microsoft.KeyVault/vaults/keys": ("keyvault:getKey", "vaultName", "keyName"),
    "Microsoft.Kubernetes/connectedClusters": ("kubernetes:getConnectedCluster", "clusterName"),
    "Microsoft.Search/searchServices": ("search:getService", "searchServiceName"),
}


@dataclass(frozen=True)
class Function:
    """One function: its short token, the ARM type that it reads, and its arguments for the names in the path."""

    token: str
    type: str
    names: tuple[str, ...]

    def arguments(self, resource_id: str) -> dict[str, str]:
        """Return the arguments that read a resource."""
        parsed = ids.parse(resource_id)
        return {"resourceGroupName": parsed.resource_group or "", **dict(zip(self.names, parsed.names, strict=True))}

    def id(self, subscription: str, arguments: dict[str, str]) -> str:
        """Return the id of what arguments read."""
        namespace, *kinds = self.type.split("/")
        below = "/".join(f"{kind}/{arguments[name]}" for kind, name in zip(kinds, self.names, strict=True))
        group = arguments["resourceGroupName"]
        return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{below}"


FUNCTIONS = tuple(Function(token, kind, tuple(names)) for kind, (token, *names) in _MODULES.items())
BY_TYPE = {function.type.lower(): function for function in FUNCTIONS}
BY_TOKEN = {f"azure-native:{function.token}": function for function in FUNCTIONS}
