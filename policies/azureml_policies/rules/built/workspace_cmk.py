"""workspace-cmk: data at rest is encrypted with a key of one's own."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity

_PARTS = ("keyVaultArmId", "keyIdentifier")


def _check(write: Write, _settings: Settings) -> Found:
    if write.text_at("kind") == "project":
        return
    if write.text_at("properties.encryption.status", "Disabled") != "enabled":
        yield f"{write.name}: customer_managed_key is needed: its data is encrypted with Microsoft's key"
    elif not all(write.read(f"properties.encryption.keyVaultProperties.{part}") for part in _PARTS):
        yield f"{write.name}: customer_managed_key needs key_vault and key_uri: without both there is no key"


RULE = Rule(
    id="workspace-cmk",
    title="Workspaces are encrypted with a key of one's own.",
    severity=Severity.MEDIUM,
    remedy="set `customer_managed_key: {key_vault: …, key_uri: …}`; a workspace that is there is replaced",
    level=Level.DISABLED,
    types=(WORKSPACE,),
    check=_check,
    covers=Covers(
        azure_policy=(
            (
                "Azure Machine Learning workspaces should be encrypted with a customer-managed key "
                "(ba769a63-b8cc-4b2d-abf6-ac33c7204be8)"
            ),
            (
                "Azure Machine Learning workspaces should be encrypted with the use of a customer-managed key "
                "(7f40cee6-e933-4d0f-a782-b96615e0f4a6)"
            ),
        ),
    ),
    family="workspace",
)
