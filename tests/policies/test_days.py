"""What people do on an ordinary day passes under the default pack: nothing of somebody else's, unchanged, denies it."""

import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from azureml_policies.azure import ArmReader
from azureml_policies.baseline.live import Live
from azureml_policies.baseline.model import Baseline
from azureml_policies.baseline.state import ExportedState
from azureml_policies.evaluation import Evaluator
from azureml_policies.rules.registry import RULES
from azureml_sandbox.pulumi.transport import intercept
from kit.exported import export_stack, planned_resources, writes
from kit.guarded import run
from kit.paths import TESTS
from kit.platforms import platform_of
from kit.scenarios import Scenario

RUNS: Mapping[str, list[dict[str, Any]]] = yaml.safe_load((TESTS / "policies" / "days.yml").read_text("utf-8"))
LEAST = {"carl": 20, "olga": 20, "dana": 10}


class Day(NamedTuple):
    """One run of somebody's day, with its changes to an example."""

    who: str
    example: str
    changes: list[Mapping[str, Any]]


DAYS = [
    pytest.param(Day(who, **given), id=f"{who}-{given['example']}-{number}")
    for who, runs in RUNS.items()
    for number, given in enumerate(runs)
]


class There(NamedTuple):
    """An example that is there."""

    scenario: Scenario
    past: Baseline


@cache
def there(example: str) -> There:
    scenario = Scenario(example)
    return There(scenario, ExportedState(export_stack(scenario.up()), writes, "state.json"))


def edit(folder: Path, given: Mapping[str, Any]) -> None:
    """Change an example's copy."""
    file = folder / given["file"]
    if "text" in given:
        assert not file.exists()
        file.write_text(given["text"], "utf-8")
    elif given.get("gone"):
        file.unlink()
    else:
        before = file.read_text("utf-8")
        old, new = given.get("replace", ("", ""))
        assert old in before
        file.write_text(before.replace(old, new, 1) + f"{given.get('add', '')}\n", "utf-8")


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    yield
    there.cache_clear()


def test_a_day_is_long_enough() -> None:
    changes = {who: sum(len(given["changes"]) for given in runs) for who, runs in RUNS.items()}
    assert {who: count for who, count in changes.items() if count < LEAST[who]} == {}


@pytest.mark.parametrize("day", DAYS)
def test_ordinary_changes_pass(day: Day, tmp_path: Path) -> None:
    """They are made in one run: a rule looks at each resource, and its message names it."""
    example = there(day.example)
    shutil.copytree(example.scenario.folder, tmp_path / "description")
    for given in day.changes:
        edit(tmp_path / "description", given)
    result = example.scenario.sandbox.preview(platform_of(tmp_path / "description"))
    changed = [max(1, len(one.changes)) for one in result.operations if one.op not in ("same", "read")]
    assert sum(changed) >= len(day.changes), "a change is none"
    plan = planned_resources(result)
    with intercept(example.scenario.azure):
        for past in (example.past, Live(ArmReader())):
            guardrails = Evaluator(RULES, run(day.who, past, stack="sandbox"))
            found = [one for item in plan for one in guardrails.resource(item)] + guardrails.stack(plan)
            assert [f"{past.source}: {one.rule.id}: {one.message}" for one in found if one.denies] == []
