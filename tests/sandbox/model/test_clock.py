"""The sandbox's time, and what happens in it."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_sandbox.__main__ import main
from azureml_sandbox.azure import Azure
from azureml_sandbox.model import clock, durations
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.services.machinelearning.runs import run_details
from kit.clouds import GROUP, REGION
from kit.timed import Timed


def test_the_clock_moves_for_everybody_who_has_the_store_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "state.db"
    azure = Azure(SqliteStore(database))
    before = azure.clock()
    assert abs(before - time.time()) < 60
    assert main(["clock", "--database", str(database), "advance", "1d12h"]) == 0
    assert "(1d 12h ahead of this machine)" in capsys.readouterr().out
    assert azure.clock() - before >= 1.5 * 86_400
    assert main(["clock", "--database", str(database), "to", "2999-01-01T00:00"]) == 0
    assert capsys.readouterr().out.startswith("2999-01-01 00:00:00 UTC")
    azure.close()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["advance", "soon"], "'soon' is no span of time: expected 90s, 5m"),
        (["to", "later"], "'later' is no time: expected 2026-12-24T18:00"),
        (["to", "2001-01-01"], "2001-01-01 is past: time goes forward only"),
    ],
)
def test_time_goes_forward_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], message: str
) -> None:
    database = tmp_path / "state.db"
    assert main(["clock", "--database", str(database), *command]) == 1
    assert message in capsys.readouterr().err
    azure = Azure(SqliteStore(database))
    assert clock.offset(azure) == 0
    azure.close()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT120S", 120), ("pt1h30m", 5400), ("P1DT1S", 86_401), ("1d12h", 129_600), ("0.5h", 1800), ("2w", 1_209_600)],
)
def test_spans_are_read_in_both_ways(text: str, seconds: float) -> None:
    assert durations.seconds(text) == seconds


@given(st.text(max_size=12))
def test_what_is_no_span_is_none(text: str) -> None:
    found = durations.seconds(text)
    assert found is None or (0 <= found <= durations.LONGEST and any(character.isdigit() for character in text))


def test_events_happen_in_order_each_at_its_own_time() -> None:
    timed = Timed()
    cluster = timed.cluster(most=1)
    first = timed.submit("first", computeId=cluster, tags={"sandbox.duration": "2h"})
    second = timed.submit("second", computeId=cluster, tags={"sandbox.duration": "1h"})
    begin = timed.now
    timed.wait(days=1)
    one, other = (run_details(timed.azure, timed.azure.get(job)) for job in (first, second))
    assert one.started is not None
    assert other.started is not None
    assert (one.started - begin, other.started - one.started) == (1.5, 7200)
    assert other.ended == other.started + 3600.25


def test_events_survive_the_process(tmp_path: Path) -> None:
    store = tmp_path / "state.db"
    azure = Azure(SqliteStore(store))
    azure.operations.seconds = 1
    azure.put(GROUP, {"location": REGION})
    azure.events.add(60, GROUP, "nothing")
    azure.close()
    again = Azure(SqliteStore(store))
    again.operations.seconds = 1
    again.settle()
    assert len(again.store.scan("events")) == 1
    clock.advance(again, 61)
    again.settle()
    assert again.store.scan("events") == []
    again.close()


def test_nothing_happens_later_where_nothing_takes_time() -> None:
    azure = Azure()
    azure.put(GROUP, {"location": REGION})
    azure.events.add(0, GROUP, "nothing")
    assert azure.store.scan("events") == []
