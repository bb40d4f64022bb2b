"""What a rule is: one declaration with its check and its level."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from azureml_policies.fixes import GRANT, Fix
from azureml_policies.levels import Level, Severity
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write
from azureml_policies.run import Run
from azureml_policies.text import is_like

__all__ = [
    "Check",
    "CheckAll",
    "CheckRun",
    "Finding",
    "Found",
    "Level",
    "Plan",
    "Remediation",
    "Rule",
    "Settings",
    "Severity",
    "RuleViolation",
]


@dataclass(frozen=True)
class Finding:
    """What a rule found: one violation's text, and the resource it is about where that isn't the one looked at."""

    message: str
    urn: str = ""
    level: Level | None = None
    """Where it isn't the rule's own."""


@dataclass(frozen=True)
class Plan:
    """Everything that a run plans: the resources, and the ARM writes that they stand for."""

    planned: Sequence[Planned]
    writes: Sequence[Write]


Settings = Mapping[str, Any]
Found = Iterable[str | Finding]
Check = Callable[[Write, Settings], Found]
"""Looks at one ARM write. It reads the body by `Write.read`, and whatever it reads may turn out to be unknown."""
CheckRun = Callable[[Write, Run, Settings], Found]
"""The same for a rule that needs to know who asks, or what was there before."""
CheckAll = Callable[[Plan, Run, Settings], Found]
"""Looks at the whole plan at once."""
Remediation = Callable[[Planned, Settings], Mapping[str, Any] | None]
"""The planned inputs as they should be, or None where nothing needs a remediation."""


@dataclass(frozen=True)
class Rule:
    """One rule. Its `id` is its name in Pulumi's output, in the config and in the docs.

    `types` are the ARM types that `check` is called for, with ``*`` for any text. `decides` says that an unknown value,
    or a failure to find out, denies at preview already: so it is for whatever guards who may do what. Other rules say
    at preview that they decide at the update. `lowest` is the weakest level that a config may set.
    """

    id: str
    title: str
    """One sentence that says what holds when the rule is kept."""
    severity: Severity
    remedy: str
    """What whoever meets a violation can do, in the words of the description."""
    fix: tuple[Fix, ...] = ()
    """The lines or the command that satisfy it; each of them where it concerns several places."""
    level: Level = Level.MANDATORY
    types: tuple[str, ...] = ()
    check: Check | None = None
    check_run: CheckRun | None = None
    check_all: CheckAll | None = None
    remediate: Remediation | None = None
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The properties that a config may set: JSON Schemas with a `default` and a `description`."""
    decides: bool = False
    lowest: Level = Level.DISABLED
    family: str = ""
    """The heading in the docs."""

    def looks_at(self, type_name: str) -> bool:
        """Return whether `check` is to be called for a write of a type."""
        return not self.types or covers(self.types, type_name)

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """Return what satisfies it: where it is about rights, a role."""
        return self.fix or ((GRANT,) if self.family == "permissions" else ())

    @property
    def defaults(self) -> dict[str, Any]:
        """Return the settings where a config says nothing."""
        return {name: schema["default"] for name, schema in self.settings.items() if "default" in schema}


@cache
def covers(types: tuple[str, ...], type_name: str) -> bool:
    """Return whether ARM types, in which ``*`` stands for any text, hold one, in any letter case."""
    return is_like(type_name, types)


@dataclass(frozen=True)
class RuleViolation:
    """A rule that isn't kept."""

    rule: Rule
    message: str
    level: Level
    urn: str
    decided: bool = False
    """Whether the rule has found it, rather than been kept from deciding."""

    @property
    def text(self) -> str:
        """Return the message with what satisfies the rule. Messages about rights have it in themselves: a role."""
        fixes = " or ".join(map(str, self.rule.fix)) if self.decided else ""
        return f"{self.message}; to fix it: {fixes}" if fixes else self.message

    @property
    def denies(self) -> bool:
        """Return whether the run must not go on."""
        return self.level in (Level.MANDATORY, Level.REMEDIATE)
