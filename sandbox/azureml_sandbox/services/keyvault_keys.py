"""Keys of key vaults over ARM, which makes them and never reads or deletes them.

https://learn.microsoft.com/rest/api/keyvault/keys
"""

from typing import ClassVar

from azureml_arm.names import NameRule
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import ResourceType, Write

_KINDS = frozenset({"RSA", "RSA-HSM", "EC", "EC-HSM", "oct", "oct-HSM"})
_SIZES = frozenset({2048, 3072, 4096})
_OPERATIONS = ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"]


class VaultKey(ResourceType):
    """A key. A PUT of one that is there changes nothing but its attributes."""

    type = "Microsoft.KeyVault/vaults/keys"
    state = None
    immutable = ("properties.kty", "properties.keySize", "properties.curveName")
    shapes: ClassVar = {"properties.kty": str, "properties.keySize": int}
    name_rule = NameRule(r"[a-zA-Z0-9-]{1,127}", "1 to 127 letters, digits and dashes", "account", longest=127)

    def check(self, write: Write) -> None:
        """Refuse a kind or size that Azure doesn't have."""
        kind, size = write.properties.get("kty"), write.properties.get("keySize")
        if write.created and kind not in _KINDS:
            raise bad_request(f"'{kind}' is no key type: it is one of {', '.join(sorted(_KINDS))}.", "BadParameter")
        if str(kind).startswith("RSA") and size is not None and size not in _SIZES:
            raise bad_request(f"An RSA key has 2048, 3072 or 4096 bits, not {size}.", "BadParameter")

    def defaults(self, write: Write) -> Body:
        """Return what a key has when nothing is said."""
        size = {"keySize": 2048} if str(write.properties.get("kty")).startswith("RSA") else {}
        return {"keyOps": list(_OPERATIONS), "attributes": {"enabled": True, "exportable": False}, **size}

    def computed_properties(self, write: Write) -> Body:
        """Return where it is used."""
        address = f"{write.parent['properties']['vaultUri']}keys/{write.id.name}"
        version = derived.guid("key", write.id.text).replace("-", "")
        return {"keyUri": address, "keyUriWithVersion": f"{address}/{version}"}
