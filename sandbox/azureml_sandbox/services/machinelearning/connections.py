"""Azure ML connections. What they hold in secret is in the workspace's key vault, and shown by `listsecrets` alone."""

from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_arm.ids import ResourceId
from azureml_arm.names import RULES
from azureml_sandbox.model.bodies import Body, pluck
from azureml_sandbox.model.errors import AccountError, ArmError, bad_request
from azureml_sandbox.model.resource import Cloud, ResourceType, Write, action
from azureml_sandbox.services.machinelearning import vaulted
from azureml_sandbox.services.machinelearning.system import WORKSPACES

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
    discriminators: ClassVar = {"properties.authType": AUTH_TYPES}
    name_rule = RULES["connection"]
    patchable = ("properties",)
    shapes: ClassVar = {"properties.credentials": dict, "properties.metadata": dict}
    filled: ClassVar = {
        "isSharedToAll": False,
        "sharedUserList": [],
        "metadata": {},
        "useWorkspaceManagedIdentity": False,
    }

    def not_found(self, target: ResourceId) -> ArmError:
        """Return the error of a part of Azure ML that has a shape of its own for them."""
        return AccountError(404, f"Connection {target.name} can't be found in this workspace", "NotFoundError")

    def check(self, write: Write) -> None:
        """Refuse an unknown category, sign-in or credential."""
        properties = write.properties
        kind = properties.get("authType")
        if kind not in AUTH_TYPES:
            raise bad_request(f"properties.authType is {kind!r}; expected {', '.join(AUTH_TYPES)}.", "ValidationError")
        if not properties.get("category"):
            raise bad_request("A connection needs properties.category.", "ValidationError")
        kept = write.old_properties.get("authType") == kind
        if kind not in WITHOUT_SECRETS and not kept and not any((properties.get("credentials") or {}).values()):
            raise bad_request(f"A connection with authType {kind} needs properties.credentials.", "ValidationError")

    def computed_properties(self, write: Write) -> Body:
        """Return what kind of thing it leads to."""
        category = str(write.properties.get("category")).lower()
        return {"group": GROUPS.get(category, "ServicesAndApps"), "createdByWorkspaceArmId": write.id.parent}

    def finish(self, write: Write, resource: Body) -> Body:
        """Remove its secrets from the body."""
        if write.properties.get("authType") != "ManagedIdentity":
            pluck(resource, "properties.credentials")
        return resource

    def after(self, write: Write, resource: Body) -> None:
        """Write the secrets to the workspace's vault."""
        kind, given = write.properties["authType"], write.properties.get("credentials")
        if kind in WITHOUT_SECRETS:
            vaulted.forget(write.azure, resource)
        elif given:
            vaulted.keep(write.azure, resource, given)

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Delete its secrets."""
        vaulted.forget(azure, resource)

    def query_list(self, azure: Cloud, scope: str, query: Mapping[str, str]) -> list[Body]:
        """Return those of a category or a target; data only with `includeAll`."""
        shown = super().query_list(azure, scope, query)
        if query.get("includeall", "").lower() != "true" and not query.get("category"):
            shown = [one for one in shown if _lower(one, "category") not in DATA]
        for name in ("category", "target"):
            if query.get(name):
                shown = [one for one in shown if _lower(one, name) == query[name].lower()]
        return shown

    @action("listsecrets")
    def list_secrets(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the connection with its secrets."""
        properties = resource["properties"]
        if properties["authType"] in WITHOUT_SECRETS:
            return resource
        return {**resource, "properties": {**properties, "credentials": vaulted.read(azure, resource)}}


def _lower(resource: Body, name: str) -> str:
    return str(resource["properties"].get(name)).lower()
