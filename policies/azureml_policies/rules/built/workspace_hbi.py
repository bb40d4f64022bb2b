"""workspace-hbi: a workspace of confidential data says so."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import truth

_WHY = "without it Microsoft's diagnostics may hold what is in the data"


def _check(write: Write, _settings: Settings) -> Found:
    if write.text_at("kind") != "project" and not truth(write.read("properties.hbiWorkspace"), default=False):
        yield f"{write.name}: hbi_workspace must be true: {_WHY}"


RULE = Rule(
    id="workspace-hbi",
    title="Workspaces are marked as of high business impact.",
    severity=Severity.LOW,
    remedy="set `hbi_workspace: true`; on a workspace that is there already it makes another one",
    level=Level.DISABLED,
    types=(WORKSPACE,),
    check=_check,
    family="workspace",
)
