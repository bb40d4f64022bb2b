"""workspace-identity-datastores: the workspace's own datastores are opened with identities."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.text import show_value

_WHY = "with the keys, whoever may read the datastore reads everything in the account"


def _check(write: Write, _settings: Settings) -> Found:
    mode = write.text_at("properties.systemDatastoresAuthMode")
    if write.text_at("kind") != "project" and mode != "identity":
        found = show_value("mode", mode or "access_key")
        yield f"{write.name}: system_datastores_auth_mode is {found}, it must be identity: {_WHY}"


RULE = Rule(
    id="workspace-identity-datastores",
    title="The workspace's own datastores are opened with identities, not with the storage account's keys.",
    severity=Severity.HIGH,
    remedy="leave `system_datastores_auth_mode` out, or set it to identity; a workspace has no other local auth",
    fix=(Line("workspace", "system_datastores_auth_mode", "identity", default="identity"),),
    level=Level.ADVISORY,
    types=(WORKSPACE,),
    check=_check,
    family="workspace",
)
