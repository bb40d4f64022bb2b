"""Azure ML datastores. Their credentials go to the workspace's vault and are shown by `listSecrets` alone."""

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_arm.names import RULES
from azureml_sandbox.data.blobs import Blobs
from azureml_sandbox.data.sas import account_sas
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, UserError, bad_request
from azureml_sandbox.model.resource import Cloud, Write, action
from azureml_sandbox.services.machinelearning import vaulted
from azureml_sandbox.services.machinelearning.frontend import FrontEndType
from azureml_sandbox.services.machinelearning.system import DEFAULT_DATASTORE, SYSTEM_DATASTORES, WORKSPACES
from azureml_sandbox.services.storage import account_key

EXPIRABLE = "rcuwdl"
"""What the signature allows that stands for an account's key where a caller asks for a secret that expires."""


class Datastore(FrontEndType):
    """A datastore. The workspace's own can't be deleted while the workspace lives."""

    type = f"{WORKSPACES}/datastores"
    state = None
    system_data = True
    located = True
    created_status = updated_status = 201
    name_rule = RULES["datastore"]
    immutable = ("properties.datastoreType",)
    discriminators: ClassVar = {
        "properties.datastoreType": ("AzureBlob", "AzureDataLakeGen1", "AzureDataLakeGen2", "AzureFile", "OneLake"),
        "properties.credentials.credentialsType": ("AccountKey", "Certificate", "None", "Sas", "ServicePrincipal"),
    }
    spellings: ClassVar = {
        "properties.serviceDataAccessAuthIdentity": (
            "None",
            "WorkspaceSystemAssignedIdentity",
            "WorkspaceUserAssignedIdentity",
        )
    }
    shapes: ClassVar = {"properties.credentials.credentialsType": str, "properties.datastoreType": str}
    absence = ("Could not find datastore: {name}",)  # https://github.com/Azure/MachineLearningNotebooks/issues/789

    def query_list(self, azure: Cloud, scope: str, query: Mapping[str, str]) -> list[Body]:
        """Return all, or the default one alone (`isDefault`), or those of some names (`names`)."""
        found = sorted(super().query_list(azure, scope, query), key=_place)
        default = query.get("isdefault", "").lower()
        names = {name.strip().lower() for name in query.get("names", "").split(",") if name.strip()}
        if default:
            found = [one for one in found if str(one["properties"]["isDefault"]).lower() == default]
        return [one for one in found if one["name"].lower() in names] if names else found

    def check(self, write: Write) -> None:
        """Require credentials, "None" among them (terraform-provider-azurerm#21443)."""
        if not (write.properties.get("credentials") or {}).get("credentialsType"):
            raise bad_request(
                "Unable to parse request body: properties.credentials.credentialsType is required; it is 'None' for "
                "access by identity.",
                "UserError",
            )

    def defaults(self, write: Write) -> Body:
        """Return what a datastore has when nothing is said."""
        storage = write.properties.get("datastoreType") in ("AzureBlob", "AzureFile", "AzureDataLakeGen2")
        where = {"endpoint": "core.windows.net", "protocol": "https"} if storage else {}
        return {"serviceDataAccessAuthIdentity": "None", **where}

    def computed_properties(self, write: Write) -> Body:
        """Return whether it is the default one."""
        return {"isDefault": write.id.name.lower() == DEFAULT_DATASTORE}

    def finish(self, _write: Write, resource: Body) -> Body:
        """Remove its secrets from the body."""
        credentials = resource["properties"]["credentials"]
        resource["properties"]["credentials"] = {key: one for key, one in credentials.items() if key != "secrets"}
        return resource

    def after(self, write: Write, resource: Body) -> None:
        """Write the secrets to the workspace's vault; earlier ones stay where none are given."""
        given = write.properties["credentials"].get("secrets")
        old = (write.old_properties.get("credentials") or {}).get("credentialsType")
        if given:
            vaulted.keep(write.azure, resource, given)
        elif old != write.properties["credentials"]["credentialsType"]:
            vaulted.forget(write.azure, resource)

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Delete its secrets."""
        vaulted.forget(azure, resource)

    def check_delete(self, _azure: Cloud, resource: Body) -> None:
        """Refuse to delete the workspace's own."""
        if resource["name"].lower() in SYSTEM_DATASTORES:
            raise ArmError(403, "UserError", f"'{resource['name']}' is a system datastore and can't be deleted.")

    @action("listSecrets")
    def list_secrets(self, azure: Cloud, resource: Body, body: Any) -> Body:
        """Return the credentials as they were given; a system datastore's account key."""
        properties = resource["properties"]
        kind = properties["credentials"]["credentialsType"]
        if kind == "None":
            raise UserError(400, "No secrets for credentials of type None.")
        if kind == "AccountKey" and body.get("expirableSecret"):
            return {
                "secretsType": "Sas",
                "sasToken": f"?{account_sas(azure, properties['accountName'], EXPIRABLE, _hours(body))}",
            }
        if kind == "AccountKey" and resource["name"].lower() in SYSTEM_DATASTORES:
            return {
                "secretsType": kind,
                "key": account_key(azure, azure.part(Blobs).account_id(properties["accountName"])),
            }
        return {"secretsType": kind, **vaulted.read(azure, resource)}


def _place(datastore: Body) -> tuple[int, float]:
    """Return where a list has a datastore: the users' own first, the newest before all; then the system's."""
    if datastore["name"] in SYSTEM_DATASTORES:
        return 1 + SYSTEM_DATASTORES.index(datastore["name"]), 0
    made = datetime.datetime.fromisoformat(datastore["systemData"]["createdAt"]).timestamp()
    return 0, -made


def _hours(body: Any) -> float:
    asked = body.get("expireAfterHours")
    return float(asked) if isinstance(asked, int | float) and asked > 0 else 1.0
