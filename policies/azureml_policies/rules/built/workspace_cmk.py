"""workspace-cmk: data at rest is encrypted with a key of one's own."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity

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
    fix=(Line("workspace", "customer_managed_key", {"key_vault": "ID", "key_uri": "URI"}, chosen=True),),
    level=Level.DISABLED,
    types=(WORKSPACE,),
    check=_check,
    family="workspace",
)
