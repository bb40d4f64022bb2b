"""What a workspace answers to POST: its keys, what is wrong with it, its notebooks."""

from collections.abc import Iterator
from typing import Any

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.resource import Cloud, ResourceType, action
from azureml_sandbox.services.machinelearning import network
from azureml_sandbox.services.machinelearning.system import SYSTEM_DATASTORES
from azureml_sandbox.services.storage import account_key

_PARTS = {
    "storageAccount": "storageAccountResults",
    "keyVault": "keyVaultResults",
    "containerRegistry": "containerRegistryResults",
    "applicationInsights": "applicationInsightsResults",
}
"""What a workspace stands on -> where a diagnosis reports it."""
_RESULTS = ("userDefinedRouteResults", "networkSecurityRuleResults", "resourceLockResults", "dnsResolutionResults",
            "otherResults", "requiredResourceProviders", *_PARTS.values())  # fmt: skip


class WorkspaceActions(ResourceType):
    """The actions of a workspace of any kind."""

    @action("listKeys")
    def list_keys(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the keys of what the workspace stands on."""
        properties = resource["properties"]
        named = properties.get("applicationInsights")
        insights = azure.find(named) if named else None
        return {
            "userStorageKey": account_key(azure, properties["storageAccount"]),
            "userStorageArmId": properties["storageAccount"],
            "appInsightsInstrumentationKey": insights and insights["properties"]["InstrumentationKey"],
            "containerRegistryCredentials": None,
            **_registry_keys(azure, properties.get("containerRegistry")),
            "notebookAccessKeys": _notebook_keys(resource),
        }

    @action("listStorageAccountKeys")
    def list_storage_keys(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the key of the default storage account."""
        return {"userStorageKey": account_key(azure, resource["properties"]["storageAccount"])}

    @action("resyncKeys")
    def resync_keys(self, _azure: Cloud, _resource: Body, _body: Any) -> None:
        """Read the keys again: the model always reads them when they are asked for."""

    @action("provisionManagedNetwork")
    def provision_network(self, azure: Cloud, resource: Body, body: Any) -> Body:
        """Make the managed network, which otherwise waits for the first compute."""
        return network.provision(azure, resource, body)

    @action("diagnose")
    def diagnose(self, azure: Cloud, resource: Body, body: Any) -> Body:
        """Return what is wrong with what the workspace stands on, or with the parts of it that are asked about."""
        asked = body.get("value") if isinstance(body, dict) else None
        wanted = {f"{name}Results" for name, one in (asked or {}).items() if one is not None}
        results: dict[str, list[Body]] = {place: [] for place in _RESULTS if not wanted or place in wanted}
        for place, finding in _findings(azure, resource):
            results.get(place, []).append(finding)
        return {"value": results}

    @action("listNotebookKeys")
    def list_notebook_keys(self, _azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the keys of the workspace's notebooks."""
        return _notebook_keys(resource)

    @action("listNotebookAccessToken")
    def notebook_token(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return a token for the workspace's notebooks."""
        info = resource["properties"]["notebookInfo"]
        return {
            "accessToken": derived.alphanumeric("notebook token", resource["id"], str(int(azure.clock()) // 3600)),
            "expiresIn": 3600,
            "hostName": info["fqdn"],
            "notebookResourceId": info["resourceId"],
            "publicDns": info["fqdn"],
            "scope": "aznb_identity",
            "tokenType": "Bearer",
        }

    @action("prepareNotebook")
    def prepare_notebook(self, _azure: Cloud, resource: Body, _body: Any) -> Body:
        """Make what notebooks run on: it is there with the workspace."""
        info = resource["properties"]["notebookInfo"]
        return {"fqdn": info["fqdn"], "resourceId": info["resourceId"], "notebookPreparationError": None}


def _notebook_keys(workspace: Body) -> Body:
    names = ("primaryAccessKey", "secondaryAccessKey")
    return {name: derived.alphanumeric("notebook", workspace["id"], name) for name in names}


def _registry_keys(azure: Cloud, registry_id: str | None) -> Body:
    """Return the admin account of the registry, where it is on."""
    registry = azure.find(registry_id) if registry_id else None
    if registry is None or not registry["properties"].get("adminUserEnabled"):
        return {}
    found = azure.action(registry["id"], "listCredentials")
    return {"containerRegistryCredentials": {"location": registry["location"], **found}}


def _findings(azure: Cloud, workspace: Body) -> Iterator[tuple[str, Body]]:
    for name, place in _PARTS.items():
        target = workspace["properties"].get(name)
        if target and azure.is_missing(target):
            yield place, _finding("ResourceNotFound", f"'{target}' of workspace '{workspace['name']}' doesn't exist.")
    for name in sorted(SYSTEM_DATASTORES):
        if azure.is_missing(f"{workspace['id']}/datastores/{name}"):
            yield "otherResults", _finding("DatastoreNotFound", f"The system datastore '{name}' doesn't exist.")


def _finding(code: str, message: str) -> Body:
    return {"code": code, "level": "Error", "message": message}
