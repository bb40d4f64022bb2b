"""Azure ML connections. What they hold in secret is in the workspace's key vault, and shown by `listsecrets` alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from azureml_arm.ids import ResourceId
from azureml_arm.names import RULES
from azureml_sandbox.model.errors import AccountError, ArmError, bad_request
from azureml_sandbox.model.resource import Body, ResourceType, Write, action, pluck
from azureml_sandbox.services.machinelearning import vaulted
from azureml_sandbox.services.machinelearning.system import WORKSPACES

if TYPE_CHECKING:
    from azureml_sandbox.azure import Azure

WITHOUT_SECRETS = ("AAD", "ManagedIdentity", "None")
AUTH_TYPES = (
    *WITHOUT_SECRETS,
    "AccessKey",
    "AccountKey",
    "ApiKey",
    "CustomKeys",
    "OAuth2",
    "PAT",
    "SAS",
    "ServicePrincipal",
    "UsernamePassword",
)
DATA = frozenset({"azureblob", "adlsgen2", "azureonelake", "s3", "azuresqldb"})
"""Categories that are data: lists leave them out, unless `includeAll` asks for them."""
GROUPS: Mapping[str, str] = {
    "azureopenai": "AzureAI",
    "aiservices": "AzureAI",
    "apikey": "AzureAI",
    "customkeys": "AzureAI",
    "cognitivesearch": "AzureAI",
    "cognitiveservice": "AzureAI",
    "azureblob": "Azure",
    "adlsgen2": "Azure",
    "containerregistry": "Azure",
    "azurekeyvault": "Azure",
    "azuresqldb": "Database",
    "snowflake": "Database",
    "git": "GenericProtocol",
    "pythonfeed": "GenericProtocol",
}
"""Category in lower case -> `group`; others are of ServicesAndApps."""


class Connection(ResourceType):
    """A connection to something outside of the workspace."""

    type = f"{WORKSPACES}/connections"
    state = None
    system_data = True
    name_rule = RULES["connection"]
    patchable = ("properties",)
    shapes: ClassVar = {"properties.credentials": dict, "properties.metadata": dict}

    def not_found(self, target: ResourceId) -> ArmError:
        """A part of Azure ML with errors of its own shape."""
        return AccountError(404, f"Connection {target.name} can't be found in this workspace", "NotFoundError")

    def check(self, write: Write) -> None:
        """What it is, how it signs in, and with what."""
        properties = write.properties
        kind = properties.get("authType")
        if kind not in AUTH_TYPES:
            raise bad_request(f"properties.authType is {kind!r}; expected {', '.join(AUTH_TYPES)}.", "ValidationError")
        if not properties.get("category"):
            raise bad_request("A connection needs properties.category.", "ValidationError")
        kept = write.old_properties.get("authType") == kind
        if kind not in WITHOUT_SECRETS and not kept and not any((properties.get("credentials") or {}).values()):
            raise bad_request(f"A connection with authType {kind} needs properties.credentials.", "ValidationError")

    def defaults(self, _write: Write) -> Body:
        """What a connection has when nothing is said."""
        return {"isSharedToAll": False, "sharedUserList": [], "metadata": {}, "useWorkspaceManagedIdentity": False}

    def computed(self, write: Write) -> Body:
        """What kind of thing it leads to."""
        category = str(write.properties.get("category")).lower()
        return {"group": GROUPS.get(category, "ServicesAndApps"), "createdByWorkspaceArmId": write.id.parent}

    def built(self, write: Write, resource: Body) -> Body:
        """Without its secrets."""
        if write.properties.get("authType") != "ManagedIdentity":
            pluck(resource, "properties.credentials")
        return resource

    def after(self, write: Write, resource: Body) -> None:
        """The secrets go to the workspace's vault."""
        kind, given = write.properties["authType"], write.properties.get("credentials")
        if kind in WITHOUT_SECRETS:
            vaulted.forget(write.azure, resource)
        elif given:
            vaulted.keep(write.azure, resource, given)

    def deleted(self, azure: Azure, resource: Body) -> None:
        """Its secrets."""
        vaulted.forget(azure, resource)

    def found(self, azure: Azure, scope: str, query: Mapping[str, str]) -> list[Body]:
        """Those of a category or a target; data only with `includeAll`."""
        shown = super().found(azure, scope, query)
        if query.get("includeall", "").lower() != "true" and not query.get("category"):
            shown = [one for one in shown if _lowered(one, "category") not in DATA]
        for name in ("category", "target"):
            if query.get(name):
                shown = [one for one in shown if _lowered(one, name) == query[name].lower()]
        return shown

    @action("listsecrets")
    def list_secrets(self, azure: Azure, resource: Body, _body: Any) -> Body:
        """The connection with its secrets."""
        properties = resource["properties"]
        if properties["authType"] in WITHOUT_SECRETS:
            return resource
        return {**resource, "properties": {**properties, "credentials": vaulted.read(azure, resource)}}


def _lowered(resource: Body, name: str) -> str:
    return str(resource["properties"].get(name)).lower()
