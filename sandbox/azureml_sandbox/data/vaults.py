"""What the key vaults hold: secrets with their versions, in the cloud's own store."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from azureml_sandbox.model import derived
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.resource import Body

if TYPE_CHECKING:
    from azureml_sandbox.azure import Azure

_SECRETS, _DELETED = "vault_secrets", "vault_deleted_secrets"


@dataclass(frozen=True)
class Secret:
    """One version of a secret."""

    name: str
    version: str
    value: str
    content_type: str | None = None
    enabled: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    """``exp`` and ``nbf``, in seconds since 1970, where they are set."""


class Vaults:
    """The data plane of every key vault in the cloud. Their names are unique, so they are the key."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def vault(self, name: str) -> Body:
        """The vault with a name; ArmError (VaultNotFound)."""
        key = self._azure.store.get("names", f"microsoft.keyvault/vaults//{name.lower()}")
        if key is None or not self._azure.exists(str(key)):
            raise ArmError(404, "VaultNotFound", f"The sandbox has no key vault named '{name}'.")
        return self._azure.get(str(key))

    def set(self, vault: str, name: str, value: str, **more: object) -> Secret:
        """A new version of a secret; ArmError (Conflict) where a deleted one has the name."""
        with self._azure.changing():
            if self._azure.store.get(_DELETED, self._key(vault, name)) is not None:
                text = f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused."
                raise ArmError(409, "Conflict", text)
            versions = self.versions(vault, name)
            version = derived.guid("secret", vault, name, str(len(versions) + 1)).replace("-", "")
            made = Secret(name, version, value, **more)  # type: ignore[arg-type]
            self._keep(vault, name, [*versions, made])
            return made

    def get(self, vault: str, name: str, version: str = "") -> Secret:
        """A secret in one version, the last one by default; ArmError (SecretNotFound)."""
        versions = self.versions(vault, name)
        found = [one for one in versions if version in ("", one.version)]
        if not found:
            shown = f"{name}/{version}" if version and versions else name
            text = f"A secret with (name/id) {shown} was not found in this key vault."
            raise ArmError(404, "SecretNotFound", text)
        return found[-1]

    def change(self, vault: str, secret: Secret) -> Secret:
        """Replace a version's attributes."""
        with self._azure.changing():
            self.get(vault, secret.name, secret.version)
            versions = self.versions(vault, secret.name)
            self._keep(vault, secret.name, [secret if one.version == secret.version else one for one in versions])
            return secret

    def versions(self, vault: str, name: str) -> list[Secret]:
        """Every version, the oldest first; none where there is no such secret."""
        return _read(self._azure.store.get(_SECRETS, self._key(vault, name)))

    def current(self, vault: str) -> list[Secret]:
        """The last version of each secret, by name."""
        return self._last(_SECRETS, vault)

    def delete(self, vault: str, name: str) -> Secret:
        """Delete a secret, which stays recoverable; ArmError (SecretNotFound)."""
        return self._move(vault, name, _SECRETS, _DELETED)

    def deleted(self, vault: str) -> list[Secret]:
        """The deleted secrets, by name."""
        return self._last(_DELETED, vault)

    def get_deleted(self, vault: str, name: str) -> Secret:
        """A deleted secret; ArmError (SecretNotFound)."""
        found = _read(self._azure.store.get(_DELETED, self._key(vault, name)))
        if not found:
            raise ArmError(404, "SecretNotFound", f"Deleted Secret not found: {name}")
        return found[-1]

    def recover(self, vault: str, name: str) -> Secret:
        """Undelete; ArmError (SecretNotFound)."""
        self.get_deleted(vault, name)
        return self._move(vault, name, _DELETED, _SECRETS)

    def purge(self, vault: str, name: str) -> None:
        """The end of a deleted secret; ArmError (SecretNotFound)."""
        with self._azure.changing():
            self.get_deleted(vault, name)
            self._azure.store.remove(_DELETED, self._key(vault, name))

    def drop(self, vault: str) -> None:
        """Forget everything in a vault, which is no more."""
        with self._azure.changing():
            for table in (_SECRETS, _DELETED):
                for key, _ in self._azure.store.scan(table, self._key(vault, "")):
                    self._azure.store.remove(table, key)

    def _move(self, vault: str, name: str, table: str, other: str) -> Secret:
        with self._azure.changing():
            found = self.get(vault, name) if table == _SECRETS else self.get_deleted(vault, name)
            key = self._key(vault, name)
            kept = self._azure.store.get(table, key)
            self._azure.store.remove(table, key)
            self._azure.store.set(other, key, kept or "")
            return found

    def _last(self, table: str, vault: str) -> list[Secret]:
        return [_read(value)[-1] for _, value in self._azure.store.scan(table, self._key(vault, ""))]

    def _keep(self, vault: str, name: str, versions: Sequence[Secret]) -> None:
        self._azure.store.set(_SECRETS, self._key(vault, name), json.dumps([asdict(one) for one in versions]))

    @staticmethod
    def _key(vault: str, name: str) -> str:
        return f"{vault}/{name}".lower()


def _read(found: object) -> list[Secret]:
    return [Secret(**one) for one in json.loads(str(found))] if found else []
