"""Rules that are one switch of one ARM type: the check and the remediation follow from one declaration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml_arm.types import by_type
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.remediation import with_argument
from azureml_policies.rules.checks.words import must_be_switched, truth

_NOTHING = Covers()


def switch(
    rule_id: str,
    type_name: str,
    path: str,
    *,
    must_be: bool,
    azure_default: bool,
    why: str,
    title: str,
    severity: Severity,
    remedy: str,
    family: str,
    level: Level = Level.MANDATORY,
    remediable: bool = False,
    covers: Covers = _NOTHING,
) -> Rule:
    """Return the rule that a boolean property of an ARM type must have a value.

    `azure_default` is what Azure takes where nothing is written, and `why` the reason in the message. A `remediable`
    rule sets the azure-native argument that the property is lifted from.
    """

    def check(write: Write, _settings: Settings) -> Found:
        return must_be_switched(write, path, must_be=must_be, default=azure_default, why=why)

    def remediate(planned: Planned, _settings: Settings) -> Mapping[str, Any] | None:
        return with_argument(planned, type_name, _argument(type_name, path), value=must_be, right=is_right)

    def is_right(value: Any) -> bool:
        return truth(value, default=azure_default) == must_be

    return Rule(
        id=rule_id,
        title=title,
        severity=severity,
        remedy=remedy,
        level=level,
        types=(type_name,),
        check=check,
        remediate=remediate if remediable else None,
        covers=covers,
        family=family,
    )


def _argument(type_name: str, path: str) -> str:
    """Return azure-native's name of a property that stands directly below `properties`."""
    declared = by_type(type_name)
    body = {"properties": {path.removeprefix("properties."): True}}
    return next(iter(declared.arguments(body))) if declared else path
