"""The cases of tests/policies/rules/built/<rule id>.yml as planned resources, run through `Evaluator`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from azureml_arm.types import by_token
from azureml_policies import requests as arm_requests
from azureml_policies.baseline.past import Old, Past
from azureml_policies.config import PackConfig
from azureml_policies.evaluation import Evaluator
from azureml_policies.requests.native import find_type
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.request import Defaults, Token
from azureml_policies.requests.unknown import UNKNOWN
from azureml_policies.rule import Level, Rule, RuleViolation
from azureml_policies.run import Run, Sources
from kit.paths import TESTS

FOLDER = TESTS / "policies" / "rules" / "built"
SUBSCRIPTION = "5a4d0b0c-0000-4000-8000-000000000001"
DEFAULTS = Defaults(SUBSCRIPTION, "westeurope")
COMMON = {"resourceGroupName": "rg", "workspaceName": "mlw", "endpointName": "diabetes", "location": "westeurope"}
KEYS = {
    "why", "resource", "name", "inputs", "resources", "baseline", "stack", "settings", "says", "undecided", "remediated"
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One case of a fixture file: what is planned, and what the rule is to say of it."""

    rule: Rule
    passes: bool
    given: Mapping[str, Any]
    shared: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.rule.id}-{'passes' if self.passes else 'fails'}-{self.given['why']}"

    @property
    def stack(self) -> str:
        """Return the stack's name."""
        return str(self.given.get("stack", "test"))

    @property
    def undecided(self) -> bool:
        """Return whether the rule can't decide before the update."""
        return bool(self.given.get("undecided"))

    @property
    def settings(self) -> Mapping[str, Any]:
        """Return the rule's settings: those of its file, and over them those of the case."""
        return {**self.shared, **self.given.get("settings", {})}

    @property
    def planned(self) -> list[Planned]:
        """Return what the case plans: one resource, or a stack of them."""
        given = self.given.get("resources") or [self.given]
        return [self.one(item, item.get("inputs") or {}) for item in given]

    @property
    def remediated(self) -> Mapping[str, Any] | None:
        """Return the inputs that a remediation is to give; None where there is none."""
        return self.one(self.given, self.given["remediated"]).inputs if "remediated" in self.given else None

    @property
    def said(self) -> list[tuple[str, str]]:
        """Return the violations: the resource's name ("" for the stack) and the whole message."""
        says = self.given.get("says", [])
        if isinstance(says, Mapping):
            return sorted((name, text) for name, texts in says.items() for text in _many(texts))
        name = "" if "resources" in self.given else self.planned[0].name
        return sorted((name, text) for text in _many(says))

    def one(self, item: Mapping[str, Any], inputs: Mapping[str, Any]) -> Planned:
        """Return a planned resource, with what every resource has filled in."""
        type_, values = str(item["resource"]), replace_unknown(inputs)
        found = find_type(Token.parse(type_)) or by_token(type_)
        own = found.name_argument if found else ""
        name = str(item.get("name") or values.get(own) or "example")
        names = {word: COMMON[word] for word in (*(found.path_names if found else ()), "location") if word in COMMON}
        filled = {**names, **({own: name} if own else {}), **values}
        return Planned(f"urn:pulumi:{self.stack}::ml::{type_}::{name}", type_, name, filled)

    def run(self, *, preview: bool = True, level: Level | None = None) -> Run:
        """Return a run of the case's stack; guards ask neither who it is nor what they may."""
        config = PackConfig(levels={self.rule.id: level or active(self.rule)}, settings={self.rule.id: self.settings})
        sources = Sources(never, never, self._past)
        return Run(config, sources, DEFAULTS, preview=preview, stack=self.stack)

    def _past(self) -> Past:
        before = [self.one(item, item.get("inputs") or {}) for item in self.given.get("baseline") or ()]
        return Past([Old(item) for item in before], lambda planned: arm_requests.writes(planned, DEFAULTS), "the state")

    def violations(self, *, preview: bool = True) -> list[RuleViolation]:
        """Return what the rule finds, resource by resource and over the stack."""
        planned = self.planned
        guardrails = Evaluator([self.rule], self.run(preview=preview))
        return [*(one for item in planned for one in guardrails.resource(item)), *guardrails.stack(planned)]


def active(rule: Rule) -> Level:
    """Return a rule's own level; one that is off until a config says otherwise is tried as advice."""
    return Level.ADVISORY if rule.level is Level.DISABLED else rule.level


def cases(rule: Rule) -> Iterator[Case]:
    """Yield the cases of a rule's fixture file; none where there is no file."""
    path = FOLDER / f"{rule.id}.yml"
    content = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) if path.exists() else {}
    for section in ("passes", "fails"):
        for given in content.get(section) or ():
            assert set(given) <= KEYS, f"{path.name}: {set(given) - KEYS}"
            yield Case(rule, section == "passes", given, content.get("settings") or {})


def replace_unknown(value: Any) -> Any:
    """Return the value with `${unknown}` for what isn't known until the update."""
    if isinstance(value, str):
        return value.replace("${unknown}", UNKNOWN)
    if isinstance(value, Mapping):
        return {key: replace_unknown(item) for key, item in value.items()}
    return [replace_unknown(item) for item in value] if isinstance(value, list) else value


def findings(violations: Sequence[RuleViolation]) -> list[tuple[str, str]]:
    """Return which resource violates, and the message."""
    return sorted((one.urn.rpartition("::")[2], one.message) for one in violations)


def _many(texts: Any) -> list[str]:
    return [texts] if isinstance(texts, str) else list(texts)


def never() -> NoReturn:
    """Return who asks, and what they may: nothing that a guard needs."""
    raise AssertionError("a guard asks who it is")
