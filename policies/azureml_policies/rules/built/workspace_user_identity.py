"""workspace-user-identity: the workspace acts as an identity that one can prepare."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity

_WHY = "its roles can be given and reviewed before there is a workspace"


def _check(write: Write, _settings: Settings) -> Found:
    primary = write.read("properties.primaryUserAssignedIdentity")
    own = write.read("identity.userAssignedIdentities")
    if "userassigned" not in write.text_at("identity.type") or not own or not primary:
        yield f"{write.name}: identity must be user_assigned, with primary_user_assigned_identity: {_WHY}"


RULE = Rule(
    id="workspace-user-identity",
    title="Workspaces have a user-assigned identity.",
    severity=Severity.LOW,
    remedy="set `identity: {type: user_assigned, user_assigned_identities: […]}` and `primary_user_assigned_identity`",
    fix=(
        Line(
            "workspace",
            "identity",
            {"type": "user_assigned", "user_assigned_identities": ["ID"]},
            chosen=True,
        ),
        Line("workspace", "primary_user_assigned_identity", "ID", chosen=True),
    ),
    level=Level.DISABLED,
    types=(WORKSPACE,),
    check=_check,
    family="workspace",
)
