"""The whole policy pack over a thousand planned resources: in this process, as the engine calls it, beside checkov."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from azureml_policies.commands.check import violations
from azureml_policies.evaluation import Evaluator
from azureml_policies.requests.planned import Planned
from azureml_policies.rules.registry import RULES
from azureml_policies.settings import parse
from benchmarks import checkov, rpc, teams

_REPEATS = 5


@dataclass(frozen=True)
class Case:
    """A preview: who asks, and whether all that is planned is there already."""

    name: str
    person: str
    there: bool


CASES = (
    Case("created", "olga", there=False),
    Case("unchanged", "olga", there=True),
    Case("denied", "rita", there=False),
)
"""An owner makes everything, an owner has everything already, and somebody who may nothing asks for everything."""


@dataclass(frozen=True)
class Timing:
    """Seconds over all resources, by case."""

    count: int
    judged: int
    """How often a rule looked at a resource."""
    own: dict[str, float]
    """In this process: from the planned resource to its violations."""
    trips: dict[str, rpc.Trips]
    """Through the pack's service."""

    @property
    def rules(self) -> int:
        """How many rules there are."""
        return len(RULES)

    @property
    def beyond(self) -> dict[str, float]:
        """What the pack takes beyond the engine's round trips."""
        return {name: trips.beyond for name, trips in self.trips.items()}

    @property
    def each(self) -> float:
        """Seconds of one rule looking at one resource, in the slowest case."""
        return max(self.own.values()) / self.judged


@dataclass(frozen=True)
class Compared:
    """checkov over the same resources: all its checks of ARM templates, and only those of Azure Machine Learning."""

    all: checkov.Timing
    machine_learning: checkov.Timing


def measure(count: int) -> Timing:
    """Time the rules in each case, in turns."""
    planned = teams.plan(count)
    with TemporaryDirectory() as folder:
        state = Path(folder) / "state.json"
        state.write_text(json.dumps(teams.exported(planned)), encoding="utf-8")
        past = {case.name: str(state) if case.there else "none" for case in CASES}
        runs = [{case.name: _judged(planned, case.person, past[case.name]) for case in CASES} for _ in range(_REPEATS)]
        own = {case.name: min(run[case.name] for run in runs) for case in CASES}
        trips = {case.name: rpc.measure(case.person, past[case.name], planned, _REPEATS) for case in CASES}
    return Timing(count, _looks(planned), own, trips)


def compare(count: int) -> Compared | None:
    """Time checkov; None where there is none."""
    program = checkov.command()
    if program is None:
        return None
    planned = teams.plan(count)
    return Compared(
        checkov.measure(program, planned, _REPEATS),
        checkov.measure(program, planned, _REPEATS, checkov.MACHINE_LEARNING),
    )


def _judged(planned: Sequence[Planned], person: str, past: str) -> float:
    """CPU seconds of a whole run; what is read once (rights, the state) counts too."""
    guardrails = _guardrails(person, past, len(planned))
    started = time.process_time()
    violations(guardrails, planned)
    return time.process_time() - started


def _guardrails(person: str, past: str, count: int) -> Evaluator:
    config = parse(teams.config(past, count), RULES)
    return Evaluator(RULES, teams.run(config, person))


def _looks(planned: Sequence[Planned]) -> int:
    run = _guardrails("olga", "none", len(planned)).run
    types = [write.type for item in planned for write in run.writes(item)]
    return sum(rule.looks_at(type_) for type_ in types for rule in RULES if rule.check or rule.check_run)
