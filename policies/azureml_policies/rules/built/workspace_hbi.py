"""workspace-hbi: a workspace of confidential data says so."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches


def _is_no_project(write: Write) -> bool:
    return write.text_at("kind") != "project"


RULE = switches(
    "workspace-hbi",
    Switch(WORKSPACE, "properties.hbiWorkspace", must_be=True, default=False),
    why="without it Microsoft's diagnostics may hold what is in the data",
    title="Workspaces are marked as of high business impact.",
    severity=Severity.LOW,
    remedy="set `hbi_workspace: true`; on a workspace that is there already it makes another one",
    fix=(Line("workspace", "hbi_workspace", value=True),),
    level=Level.DISABLED,
    when=_is_no_project,
    family="workspace",
)
