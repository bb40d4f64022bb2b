"""Rules that are switches and choices of ARM types: the check and the remediation follow from one declaration."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azureml_arm.types import by_type
from azureml_policies.fixes import Fix, Kept, flow
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.remediation import with_argument
from azureml_policies.rules.checks.words import must_be_one_of, must_be_switched, truth


@dataclass(frozen=True)
class Switch:
    """A property of an ARM type that must be on or off, or one of some words.

    `default` is what Azure takes where nothing is written. `why` is a reason of its own, beside the rule's.
    """

    type: str
    path: str
    must_be: bool | tuple[str, ...]
    default: bool | str
    why: str = ""

    @property
    def argument(self) -> str:
        """Return azure-native's argument as it must be: ``minimumTlsVersion: TLS1_2``."""
        argument = _argument(self.type, self.path)
        return f"{self.path if argument == 'properties' else argument}: {flow(self._wanted)}"

    @property
    def _wanted(self) -> bool | str:
        return self.must_be if isinstance(self.must_be, bool) else self.must_be[0]

    def check(self, write: Write, why: str) -> Found:
        """Yield a violation unless the property is as it must be."""
        why = self.why or why
        if isinstance(self.must_be, bool):
            yield from must_be_switched(write, self.path, must_be=self.must_be, default=bool(self.default), why=why)
        else:
            yield from must_be_one_of(write, self.path, self.must_be, str(self.default), why)

    def remediate(self, planned: Planned) -> Mapping[str, Any] | None:
        """Return the inputs with azure-native's argument of the property as it must be; None where it is already."""
        argument = _argument(self.type, self.path)
        return with_argument(planned, self.type, argument, value=self._wanted, right=self._is_right)

    def _is_right(self, value: Any) -> bool:
        if isinstance(self.must_be, bool):
            return truth(value, default=bool(self.default)) == self.must_be
        given = self.default if value is None else value
        return str(given).lower() in {word.lower() for word in self.must_be}


def switches(
    rule_id: str,
    *declared: Switch,
    why: str,
    title: str,
    severity: Severity,
    remedy: str,
    family: str,
    fix: tuple[Fix, ...] = (),
    level: Level = Level.MANDATORY,
    when: Callable[[Write], bool] | None = None,
    remediable: bool = False,
) -> Rule:
    """Return the rule that these switches are as they must be.

    `why` is the reason in the message. A rule with `when` holds for some resources of its types only; a `remediable`
    one sets azure-native's arguments, so it has no `when`.
    """
    if when and remediable:
        raise ValueError(f"{rule_id}: a remediation sees no ARM write that `when` could look at")

    def check(write: Write, _settings: Settings) -> Found:
        if when is None or when(write):
            for one in declared:
                if write.is_a(one.type):
                    yield from one.check(write, why)

    def remediate(planned: Planned, _settings: Settings) -> Mapping[str, Any] | None:
        inputs: Mapping[str, Any] | None = None
        for one in declared:
            inputs = one.remediate(planned if inputs is None else dataclasses.replace(planned, inputs=inputs)) or inputs
        return inputs

    return Rule(
        id=rule_id,
        title=title,
        severity=severity,
        remedy=remedy,
        fix=fix or tuple(dict.fromkeys(Kept(one.argument) for one in declared)),
        level=level,
        types=tuple(dict.fromkeys(one.type for one in declared)),
        check=check,
        remediate=remediate if remediable else None,
        family=family,
    )


def _argument(type_name: str, path: str) -> str:
    """Return azure-native's name of a property that stands directly below `properties`."""
    declared = by_type(type_name)
    body = {"properties": {path.removeprefix("properties."): True}}
    return next(iter(declared.arguments(body))) if declared else path
