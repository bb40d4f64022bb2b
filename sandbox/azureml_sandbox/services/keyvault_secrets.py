"""Secrets of key vaults over ARM, which can write them and never reads their values.

https://learn.microsoft.com/rest/api/keyvault/secrets
"""

from dataclasses import replace
from typing import Any, ClassVar

from azureml_arm.ids import ResourceId
from azureml_sandbox.data.vaults import StoredSecret, Vaults
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import Cloud, ResourceType, Write
from azureml_sandbox.model.shapes import NUMBER

TIMES = ("exp", "nbf")


class VaultSecret(ResourceType):
    """A secret: the vault's own data, written through ARM. A DELETE isn't part of ARM's interface to it."""

    type = "Microsoft.KeyVault/vaults/secrets"
    state = None
    shapes: ClassVar = {
        **{f"properties.attributes.{name}": NUMBER for name in TIMES},
        "properties.attributes.enabled": bool,
        "properties.contentType": str,
    }

    def virtual(self, azure: Cloud, target: ResourceId) -> Body | None:
        """Return what the vault holds under the name."""
        found = azure.part(Vaults).versions(target.names[0], target.name)
        return _render(azure, target.parent or "", found[-1]) if found and azure.exists(target.parent or "") else None

    def listing(self, azure: Cloud, scope: str, _filter: str) -> list[Body]:
        """Return all that the vault holds."""
        vault = azure.get(scope)
        return [_render(azure, vault["id"], secret) for secret in azure.part(Vaults).current(vault["name"])]

    def check(self, write: Write) -> None:
        """Refuse a new secret without a value, and a value that is no text."""
        value = write.properties.get("value")
        if value is None and write.created:
            raise bad_request("A new secret needs 'properties.value'.", "BadParameter")
        if value is not None and not isinstance(value, str):
            raise bad_request("'properties.value' must be a text.", "BadParameter")

    def after(self, write: Write, resource: Body) -> None:
        """Make a new version, or change the last one's attributes; the vault keeps it, not ARM."""
        azure, (vault, name) = write.azure, write.id.names
        value = write.properties.get("value")
        tags = write.body.get("tags") or {}
        metadata = {"content_type": write.properties.get("contentType"), "tags": tags, **_state(write)}
        vaults = azure.part(Vaults)
        if value is None:
            secret = vaults.change(vault, replace(vaults.get(vault, name), **metadata))
        else:
            secret = vaults.set(vault, name, value, **metadata)
        azure.forget(resource)
        resource.clear()
        resource.update(_render(azure, write.id.parent or "", secret))


def _state(write: Write) -> dict[str, Any]:
    attributes = dig(write.properties, "attributes") or {}
    times = {name: int(attributes[name]) for name in TIMES if attributes.get(name) is not None}
    return {"enabled": attributes.get("enabled", True), "times": times}


def _render(azure: Cloud, vault_id: str, secret: StoredSecret) -> Body:
    vault = azure.get(vault_id)
    address = f"{vault['properties']['vaultUri']}secrets/{secret.name}"
    properties = {
        "attributes": {"enabled": secret.enabled, **secret.times},
        "contentType": secret.content_type,
        "secretUri": address,
        "secretUriWithVersion": f"{address}/{secret.version}",
    }
    return {
        "id": f"{vault['id']}/secrets/{secret.name}",
        "name": secret.name,
        "type": VaultSecret.type,
        "location": vault["location"],
        "tags": dict(secret.tags),
        "properties": {name: value for name, value in properties.items() if value is not None},
    }
