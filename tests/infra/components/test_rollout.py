"""Traffic that moves in steps, and goes back by itself where a deployment does badly."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from azureml_infra import OnlineEndpoint
from azureml_infra.dynamic import rollout
from azureml_infra.entities.endpoint import ManagedOnlineEndpoint
from azureml_sandbox import RunFailedError, Sandbox
from azureml_sandbox.services.machinelearning import metrics
from infra.components.test_endpoint import ENDPOINT, deployment, prepare
from kit.platforms import beside, changes, live, up_once
from kit.rows import each

BLUE, GREEN = {"blue": 100}, {"green": 100}
STEPS = [10, 50, 100]


def program(traffic: Mapping[str, int], **more: Any) -> Callable[[], None]:
    def run() -> None:
        made = prepare()
        given = {"name": "scorer", "traffic": traffic, "rollout": {"steps": STEPS, **more}}
        endpoint = ManagedOnlineEndpoint.model_validate(given)
        OnlineEndpoint("scorer", endpoint, [deployment("blue"), deployment("green")], workspace=made)

    return run


class Holds:
    """Stands for the time that a step is held: notes the traffic then, and answers requests to green."""

    def __init__(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sandbox, self.seen, self.seconds = sandbox, list[dict[str, int]](), list[float]()
        self.answers: dict[int, tuple[str, float]] = {}
        monkeypatch.setattr("azureml_infra.dynamic.rollout.time.sleep", self)

    def __call__(self, seconds: float) -> None:
        found = live(self.sandbox, ENDPOINT)
        self.seconds.append(seconds)
        self.seen.append(dict(found["properties"]["traffic"]))
        if len(self.seen) in self.answers:
            status, took = self.answers[len(self.seen)]
            green = f"{found['id']}/deployments/green"
            metrics.record(self.sandbox.azure, green, "2xx", took, 80)
            metrics.record(self.sandbox.azure, green, status, took, 20)


def all_to_blue() -> None:
    program(BLUE)()


@pytest.fixture
def sandbox() -> Sandbox:
    return up_once(all_to_blue, beside)


@pytest.fixture
def holds(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Holds:
    return Holds(sandbox, monkeypatch)


def traffic(sandbox: Sandbox) -> dict[str, int]:
    return {name: share for name, share in live(sandbox, ENDPOINT)["properties"]["traffic"].items() if share}


def test_a_change_goes_in_steps_and_the_way_back_at_once(sandbox: Sandbox, holds: Holds) -> None:
    holds.answers = {1: ("4xx", 10.0)}
    assert changes(sandbox.up(program(GREEN))) == ["update scorer-traffic"]
    assert holds.seen == [{"blue": 90, "green": 10}, {"blue": 50, "green": 50}, GREEN]
    assert holds.seconds == [600.0, 600.0, 600.0]
    assert traffic(sandbox) == GREEN
    assert changes(sandbox.up(program(GREEN))) == []
    sandbox.up(program(BLUE))
    assert (traffic(sandbox), len(holds.seen)) == (BLUE, 3)
    sandbox.up(program(GREEN, hold_minutes=1))
    assert (traffic(sandbox), len(holds.seen), holds.seconds[-1]) == (GREEN, 6, 60.0)


@pytest.mark.parametrize(
    ("answers", "limits", "says"),
    [
        (("5xx", 10.0), {}, "stopped at 50%: green answers 20% of its requests by 5xx, more than 5%"),
        (("2xx", 900.0), {"latency_ms": 400}, "stopped at 50%: green takes 900 ms for 95% of its requests"),
    ],
)
def test_where_a_deployment_does_badly_all_goes_back(
    sandbox: Sandbox, holds: Holds, answers: tuple[str, float], limits: dict[str, Any], says: str
) -> None:
    holds.answers = {2: answers}
    with pytest.raises(RunFailedError, match=says):
        sandbox.up(program(GREEN, **limits))
    assert (traffic(sandbox), len(holds.seen)) == (BLUE, 2)
    assert changes(sandbox.up(program(BLUE))) == []


def test_limits_that_hold_stop_nothing(sandbox: Sandbox, holds: Holds) -> None:
    holds.answers = {1: ("5xx", 300.0)}
    sandbox.up(program(GREEN, failed_percent=20, latency_ms=400))
    assert traffic(sandbox) == GREEN


def test_an_interrupted_rollout_leaves_the_old_traffic(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_seconds: float) -> None:
        raise OSError("the network is gone")

    monkeypatch.setattr("azureml_infra.dynamic.rollout.time.sleep", fail)
    with pytest.raises(RunFailedError, match="the network is gone"):
        sandbox.up(program(GREEN))
    assert traffic(sandbox) == BLUE


@each("percent", range(101))
def test_a_mix_always_adds_up(percent: int) -> None:
    before, after = {"a": 34, "b": 33, "c": 33}, {"b": 51, "d": 49}
    shares = rollout.mix(before, after, percent)
    assert sum(shares.values()) == 100
    assert all(
        min(before.get(one, 0), after.get(one, 0)) <= share <= max(before.get(one, 0), after.get(one, 0))
        for one, share in shares.items()
    )
