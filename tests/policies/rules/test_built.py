"""The guards: every case of tests/guards/*.yml, and that no JSON makes a rule crash."""

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_policies import requests as arm_requests
from azureml_policies.baseline.model import Nothing
from azureml_policies.baseline.past import Old, Past
from azureml_policies.config import PackConfig
from azureml_policies.evaluation import Evaluator
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN, UnknownError
from azureml_policies.rule import Level, Rule
from azureml_policies.rules.registry import GUARDS
from azureml_policies.run import Run, Sources
from azureml_policies.settings import mismatches
from kit.exported import planned_resources
from kit.guard_cases import DEFAULTS, FOLDER, Case, active, cases, findings, never
from kit.rows import each
from kit.scenarios import Scenario, scenarios

CASES = [case for rule in GUARDS for case in cases(rule)]
DECIDED = [case for case in CASES if not case.undecided]
UNDECIDED = [case for case in CASES if case.undecided]
PASSES = [case for case in DECIDED if case.passes]
FAILS = [case for case in DECIDED if not case.passes]
REMEDIATING = [case for case in CASES if case.rule.remediate]


@each("case", PASSES, ids=str)
def test_what_passes(case: Case) -> None:
    assert findings(case.violations()) == []


@each("case", FAILS, ids=str)
def test_what_fails_and_what_is_said_of_it(case: Case) -> None:
    violations = case.violations()
    assert findings(violations) == case.said
    assert {one.level for one in violations} == {active(case.rule)}


OF_ONE = [case for case in FAILS if not case.rule.check_all]


@each("level", [Level.MANDATORY, Level.ADVISORY])
@each("case", OF_ONE, ids=str)
def test_what_was_so_before_denies_nobody(case: Case, level: Level) -> None:
    """Whoever adds a job isn't to answer for somebody else's cluster: the rule says so, and the run goes on."""
    changed = Evaluator([case.rule], case.run(level=level))
    assert {one.level for item in case.planned for one in changed.resource(item)} == {level}
    unchanged = case.run(level=level)
    unchanged.sources = replace(unchanged.sources, baseline=lambda: past(case.planned))
    found = [one for item in case.planned for one in Evaluator([case.rule], unchanged).resource(item)]
    assert {one.level for one in found} == {Level.ADVISORY}
    assert all(one.message.endswith(" (unchanged, so only a remark)") for one in found) is (level is Level.MANDATORY)


def past(planned: list[Planned]) -> Past:
    return Past([Old(item) for item in planned], lambda item: arm_requests.writes(item, DEFAULTS), "the state")


@each("case", UNDECIDED, ids=str)
def test_what_is_not_known_at_preview_is_denied_at_the_update(case: Case) -> None:
    (preview,), (update,) = case.violations(), case.violations(preview=False)
    assert "is not known until the update" in preview.message
    assert case.rule.decides or preview.level is Level.ADVISORY
    assert "is not known until the update, and without it this can't be allowed" in update.message
    assert update.level is active(case.rule)


@each("case", REMEDIATING, ids=str)
def test_what_is_remediated(case: Case) -> None:
    """A remediation is tried on every case: it gives what the case says, and changes nothing else."""
    guardrails = Evaluator([case.rule], case.run(level=Level.REMEDIATE))
    before = copy.deepcopy(case.planned)
    for item in before:
        remediated = [dict(inputs) for _, inputs in guardrails.remediate(item)]
        assert remediated == ([case.remediated] if case.remediated is not None else [])
        for inputs in remediated:
            assert guardrails.resource(replace(item, inputs=inputs)) == []
    assert before == case.planned


def test_every_guard_has_its_cases() -> None:
    having = {(case.rule.id, case.passes) for case in DECIDED}
    assert [rule.id for rule in GUARDS if not {(rule.id, True), (rule.id, False)} <= having] == []


def test_every_file_of_cases_has_its_guard() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yml")) == sorted(rule.id for rule in GUARDS)


def test_every_reason_is_said_once() -> None:
    assert [name for name, count in Counter(map(str, CASES)).items() if count > 1] == []


@each("rule", GUARDS, ids=lambda rule: rule.id)
def test_settings_say_what_they_are_and_hold_their_own_defaults(rule: Rule) -> None:
    for name, schema in rule.settings.items():
        assert schema["description"], name
        assert mismatches(schema["default"], schema) == []


FEW = 5
AS_FOUND = {
    "adopted-workspace": [
        "cpu: ssh_public_access_enabled is NotSpecified, it must be false: ssh opens a port to the internet"
    ]
}
"""What is denied in an example all the same: its cluster is as somebody made it in the portal."""


@pytest.mark.parametrize("name", scenarios())
def test_no_example_is_denied_and_advice_is_scarce(name: str) -> None:
    scenario = Scenario(name)
    plan = planned_resources(scenario.up())
    run = Run(PackConfig(), Sources(never, never, Nothing), DEFAULTS, preview=False, stack="sandbox")
    guardrails = Evaluator(GUARDS, run)
    violations = [one for item in plan for one in guardrails.resource(item)] + guardrails.stack(plan)
    assert [one.message for one in violations if one.denies] == AS_FOUND.get(name, [])
    assert len(violations) <= FEW


ODD: list[Any] = [
    *(None, True, False, 0, -1, 5, 1.5, 10**30, float("nan"), float("inf"), "", "x", "\0", "é"),
    *([], {}, [[]], [{}], [None]),
    *("5", "PT15M", "Enabled", "true", UNKNOWN, f"/subscriptions/{UNKNOWN}/x", "Standard_DS3_v2", {"": None}),
]


def _any_json(chance: Random, depth: int = 2) -> Any:
    """Return anything that JSON can hold: drawn by chance, as Hypothesis takes far longer for it than a rule does."""
    kind = chance.choice(("odd", "odd", "text", "list", "object") if depth else ("odd", "text"))
    if kind == "odd":
        return chance.choice(ODD)
    if kind == "text":
        return _any_text(chance)
    inner = [_any_json(chance, depth - 1) for _ in range(chance.randint(0, 3))]
    return inner if kind == "list" else {_any_text(chance): item for item in inner}


def _any_text(chance: Random) -> str:
    return "".join(
        chr(chance.choice((chance.randint(0, 0x7F), chance.randint(0, 0xD7FF)))) for _ in range(chance.randint(0, 8))
    )


def _places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield (*at, key)
            yield from _places(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield (*at, index)
            yield from _places(item, (*at, index))


def _with(value: Any, at: tuple[str | int, ...], new: Any) -> Any:
    if not at:
        return new
    changed = copy.copy(value)
    changed[at[0]] = _with(changed[at[0]], at[1:], new)
    return changed


def spoil(case: Case, chance: Random) -> list[Planned]:
    """Return a case's plan with some of its values replaced by any JSON."""
    plan = []
    for item in case.planned:
        inputs: Any = item.inputs
        for _ in range(chance.randint(0, 3)):
            places = sorted(_places(inputs), key=str)
            inputs = _with(inputs, chance.choice(places), _any_json(chance)) if places else inputs
        plan.append(replace(item, inputs=inputs))
    return plan


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40)
@each("rule", GUARDS, ids=lambda rule: rule.id)
def test_no_json_makes_a_rule_crash(rule: Rule, seed: int) -> None:
    chance = Random(seed)
    case = chance.choice([case for case in CASES if case.rule is rule])
    plan = spoil(case, chance)
    guardrails = Evaluator([rule], case.run())
    violations = [one for item in plan for one in guardrails.resource(item)] + guardrails.stack(plan)
    assert [one.message for one in violations if "the rule itself failed" in one.message] == []
    for item in plan:
        _mend(rule, item, case)


def _mend(rule: Rule, item: Planned, case: Case) -> None:
    """Mending what isn't known may give up; it never fails otherwise."""
    try:
        remediated = rule.remediate(item, {**rule.defaults, **case.settings}) if rule.remediate else None
    except UnknownError:
        return
    assert remediated is None or isinstance(remediated, Mapping)
