"""compute-instance-personal: what runs on an instance is open to its user alone."""

from __future__ import annotations

from azureml_arm.actions import COMPUTE
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import kind_of, must_be_one_of

_PATH = "properties.properties.applicationSharingPolicy"


def _check(write: Write, _settings: Settings) -> Found:
    if kind_of(write) == "computeinstance":
        why = "what its user runs there is open to everyone in the workspace"
        yield from must_be_one_of(write, _PATH, ("Personal",), "Shared", why)


RULE = Rule(
    id="compute-instance-personal",
    title="Applications on an instance are open to its user alone.",
    severity=Severity.LOW,
    remedy="set applicationSharingPolicy to Personal; az ml has no word for it, and says Shared",
    level=Level.DISABLED,
    types=(COMPUTE,),
    check=_check,
    family="compute",
)
