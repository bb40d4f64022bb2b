"""What Azure ML refuses of a workspace's own encryption key.

https://learn.microsoft.com/azure/machine-learning/how-to-setup-customer-managed-keys
"""

from azureml_arm import addresses, ids
from azureml_sandbox.model.bodies import dig
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import Write

_AT = "properties.encryption"


def check(write: Write) -> None:
    """Refuse a key that isn't the vault's, and a vault whose keys can be lost for good."""
    vault, key = (dig(write.body, f"{_AT}.keyVaultProperties.{name}") for name in ("keyVaultArmId", "keyIdentifier"))
    if str(dig(write.body, f"{_AT}.status")).lower() != "enabled" or not write.created:
        return
    if not isinstance(vault, str) or not ids.is_id(vault) or not isinstance(key, str):
        raise bad_request("Encryption needs keyVaultProperties.keyVaultArmId and keyIdentifier.", "ValidationError")
    write.must_exist(f"{_AT}.keyVaultProperties.keyVaultArmId")
    fault = addresses.key_fault(key, vault)
    if fault is not None:
        raise bad_request(f"keyIdentifier '{key}' {fault[0]}: expected {fault[1]}.", "ValidationError")
    found = write.azure.load(vault)  # None in another subscription
    if found is not None and not found["properties"].get("enablePurgeProtection"):
        raise bad_request(
            f"The key vault '{vault}' needs soft delete and purge protection for customer-managed keys.",
            "ValidationError",
        )
