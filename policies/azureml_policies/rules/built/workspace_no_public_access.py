"""workspace-no-public-access: the workspace isn't reached from anywhere."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import must_be_switched

_WHY = "whoever gets hold of a token can use it from anywhere"


def _check(write: Write, _settings: Settings) -> Found:
    if write.text_at("properties.publicNetworkAccess", "Enabled") != "disabled":
        yield f"{write.name}: public_network_access must be disabled: {_WHY}"
    opening = "properties.allowPublicAccessWhenBehindVnet"
    yield from must_be_switched(write, opening, must_be=False, default=False, why="it opens the workspace again")


RULE = Rule(
    id="workspace-no-public-access",
    title="Workspaces are reached over private links only.",
    severity=Severity.HIGH,
    remedy="set `public_network_access: disabled`, with a private endpoint for whoever works in the workspace",
    fix=(Line("workspace", "public_network_access", "disabled"),),
    level=Level.DISABLED,
    types=(WORKSPACE,),
    check=_check,
    family="workspace",
)
