"""compute-instance-personal: what runs on an instance is open to its user alone."""

from __future__ import annotations

from azureml_arm.actions import COMPUTE
from azureml_policies.fixes import NoWord
from azureml_policies.requests.write import Write
from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches
from azureml_policies.rules.checks.words import kind_of


def _is_instance(write: Write) -> bool:
    return kind_of(write) == "computeinstance"


RULE = switches(
    "compute-instance-personal",
    Switch(COMPUTE, "properties.properties.applicationSharingPolicy", must_be=("Personal",), default="Shared"),
    why="what its user runs there is open to everyone in the workspace",
    title="Applications on an instance are open to its user alone.",
    severity=Severity.LOW,
    remedy="set applicationSharingPolicy to Personal; az ml has no word for it, and says Shared",
    fix=(NoWord("applicationSharingPolicy: Personal"),),
    level=Level.DISABLED,
    when=_is_instance,
    family="compute",
)
