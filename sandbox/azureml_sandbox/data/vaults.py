"""What the key vaults hold: secrets with their versions, in the cloud's own store."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.records import Records
from azureml_sandbox.model.tables import VAULT_DELETED_SECRETS, VAULT_SECRETS


@dataclass(frozen=True)
class StoredSecret:
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

    def __init__(self, records: Records) -> None:
        self._records = records

    def vault(self, name: str) -> Body:
        """Return the vault with a name; ArmError (VaultNotFound)."""
        found = self._records.find_named("Microsoft.KeyVault/vaults", name)
        if found is None:
            raise ArmError(404, "VaultNotFound", f"The sandbox has no key vault named '{name}'.")
        return found

    def set(self, vault: str, name: str, value: str, **more: object) -> StoredSecret:
        """Return a new version of a secret; ArmError (Conflict) where a deleted one has the name."""
        with self._records.changing():
            if self._records.store.get(VAULT_DELETED_SECRETS, self._key(vault, name)) is not None:
                text = f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused."
                raise ArmError(409, "Conflict", text)
            versions = self.versions(vault, name)
            version = derived.guid("secret", vault, name, str(len(versions) + 1)).replace("-", "")
            made = StoredSecret(name, version, value, **more)  # type: ignore[arg-type]
            self._keep(vault, name, [*versions, made])
            return made

    def get(self, vault: str, name: str, version: str = "") -> StoredSecret:
        """Return a secret in one version, the last one by default; ArmError (SecretNotFound)."""
        versions = self.versions(vault, name)
        found = [one for one in versions if version in ("", one.version)]
        if not found:
            shown = f"{name}/{version}" if version and versions else name
            text = f"A secret with (name/id) {shown} was not found in this key vault."
            raise ArmError(404, "SecretNotFound", text)
        return found[-1]

    def change(self, vault: str, secret: StoredSecret) -> StoredSecret:
        """Replace a version's attributes."""
        with self._records.changing():
            self.get(vault, secret.name, secret.version)
            versions = self.versions(vault, secret.name)
            self._keep(vault, secret.name, [secret if one.version == secret.version else one for one in versions])
            return secret

    def versions(self, vault: str, name: str) -> list[StoredSecret]:
        """Return every version, the oldest first; none where there is no such secret."""
        return _read(self._records.store.get(VAULT_SECRETS, self._key(vault, name)))

    def current(self, vault: str) -> list[StoredSecret]:
        """Return the last version of each secret, by name."""
        return self._last(VAULT_SECRETS, vault)

    def delete(self, vault: str, name: str) -> StoredSecret:
        """Delete a secret, which stays recoverable; ArmError (SecretNotFound)."""
        return self._move(vault, name, VAULT_SECRETS, VAULT_DELETED_SECRETS)

    def deleted_secrets(self, vault: str) -> list[StoredSecret]:
        """Return the deleted secrets, by name."""
        return self._last(VAULT_DELETED_SECRETS, vault)

    def get_deleted(self, vault: str, name: str) -> StoredSecret:
        """Return a deleted secret; ArmError (SecretNotFound)."""
        found = _read(self._records.store.get(VAULT_DELETED_SECRETS, self._key(vault, name)))
        if not found:
            raise ArmError(404, "SecretNotFound", f"Deleted Secret not found: {name}")
        return found[-1]

    def recover(self, vault: str, name: str) -> StoredSecret:
        """Undelete; ArmError (SecretNotFound)."""
        self.get_deleted(vault, name)
        return self._move(vault, name, VAULT_DELETED_SECRETS, VAULT_SECRETS)

    def purge(self, vault: str, name: str) -> None:
        """Purge a deleted secret; ArmError (SecretNotFound)."""
        with self._records.changing():
            self.get_deleted(vault, name)
            self._records.store.remove(VAULT_DELETED_SECRETS, self._key(vault, name))

    def drop(self, vault: str) -> None:
        """Remove everything in a vault that is deleted."""
        with self._records.changing():
            for table in (VAULT_SECRETS, VAULT_DELETED_SECRETS):
                for key, _ in self._records.store.scan(table, self._key(vault, "")):
                    self._records.store.remove(table, key)

    def _move(self, vault: str, name: str, table: str, other: str) -> StoredSecret:
        with self._records.changing():
            found = self.get(vault, name) if table == VAULT_SECRETS else self.get_deleted(vault, name)
            key = self._key(vault, name)
            kept = self._records.store.get(table, key)
            self._records.store.remove(table, key)
            self._records.store.set(other, key, kept or "")
            return found

    def _last(self, table: str, vault: str) -> list[StoredSecret]:
        return [_read(value)[-1] for _, value in self._records.store.scan(table, self._key(vault, ""))]

    def _keep(self, vault: str, name: str, versions: Sequence[StoredSecret]) -> None:
        self._records.store.set(VAULT_SECRETS, self._key(vault, name), json.dumps([asdict(one) for one in versions]))

    @staticmethod
    def _key(vault: str, name: str) -> str:
        return f"{vault}/{name}".lower()


def _read(found: object) -> list[StoredSecret]:
    return [StoredSecret(**one) for one in json.loads(str(found))] if found else []
