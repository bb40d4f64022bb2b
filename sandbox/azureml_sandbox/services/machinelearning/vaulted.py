"""What Azure ML keeps in its workspace's key vault: the secrets of connections and datastores."""

import json

from azureml_arm import ids
from azureml_arm.ids import workspace_of
from azureml_sandbox.data.vaults import Vaults
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.resource import Cloud


def keep(azure: Cloud, resource: Body, secrets: Body) -> None:
    """Write a resource's secrets; ArmError where the vault is gone."""
    vaults, (vault, name) = azure.part(Vaults), _place(azure, resource)
    try:
        vaults.vault(vault)
    except ArmError:
        text = f"The workspace's key vault '{vault}' is gone, so that the secrets of {_label(resource)} can't be kept."
        raise bad_request(text, "UserError") from None
    if any(secret.name == name for secret in vaults.deleted_secrets(vault)):
        vaults.recover(vault, name)
    vaults.set(vault, name, json.dumps(secrets))


def read(azure: Cloud, resource: Body) -> Body:
    """Return a resource's secrets; ArmError where the vault doesn't have them any more."""
    vault, name = _place(azure, resource)
    try:
        found: Body = json.loads(azure.part(Vaults).get(vault, name).value)
    except ArmError as error:
        text = f"The secrets of {_label(resource)} are not in vault '{vault}': {error.message}"
        raise bad_request(text, "UserError") from None
    return found


def forget(azure: Cloud, resource: Body) -> None:
    """Delete a resource's secrets, if there are any."""
    if azure.is_missing(workspace_of(resource["id"])):
        return
    vaults, (vault, name) = azure.part(Vaults), _place(azure, resource)
    if vaults.versions(vault, name):
        vaults.delete(vault, name)


def _place(azure: Cloud, resource: Body) -> tuple[str, str]:
    """Return the vault, and the name of the secret in it."""
    vault = azure.get(workspace_of(resource["id"]))["properties"]["keyVault"]
    mark = derived.guid("vaulted", resource["id"])
    return ids.parse(vault).name, f"{resource['name'].replace(' ', '').replace('_', '-').lower()}-{mark}"


def _label(resource: Body) -> str:
    return f"{str(resource['type']).rpartition('/')[2].removesuffix('s')} '{resource['name']}'"
