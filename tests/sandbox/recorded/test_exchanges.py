"""Every exchange with the real service that was recorded, replayed against the model: equal, allowed, or known.

The recordings are beside the checkout, in ../shared/azure-recorded, and not in it.
"""

from pathlib import Path

import pytest

from kit.recorded import FOLDER, exchanges
from kit.recorded_before import NOT_REPLAYED as CUT
from kit.recorded_https import serving
from kit.recorded_tables import (
    DIFFERENT,
    EQUAL,
    NOT_REPLAYED,
    PAGE,
    STATES,
    Row,
    allowed_rows,
    open_differences,
    page,
    recordings,
    replay,
    verdicts,
)
from kit.rows import each

NO_PLANES = {"errors-endpoints-access-4"}
"""What only a host of ARM's own can answer: a path that begins as no plane's does."""
OWN_ADDRESSES = ("discoveryUrl", "connectivityEndpoints.dev")
"""Where a server's answers have its own address, for which nothing stands in the recordings."""

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no ../shared/azure-recorded")


@each("exchange", [one.id for one in exchanges()])
def test_is_answered_as_azure_did(exchange: str) -> None:
    """A difference is one that the tables have; one that is gone from the model is to go from the tables, too."""
    expected, _ = open_differences().get(exchange, (frozenset(), ""))
    assert verdicts()[exchange].differences == expected


def test_the_server_answers_the_same(tmp_path: Path) -> None:
    """Over https, with a token that is verified; one host has all planes, so that some addresses are others."""
    with serving(tmp_path) as server:
        found = [one for recording in recordings() for one in replay(*recording, cloud=server.cloud)]
    more = {one.exchange.id: one.differences ^ verdicts()[one.exchange.id].differences for one in found}
    others = {exchange for exchange, left in more.items() if any(not one.endswith(OWN_ADDRESSES) for one in left)}
    assert others == NO_PLANES
    assert len(found) == len(verdicts())


@each("row", allowed_rows(), ids=lambda row: f"{row.what}-{row.where.partition(' ')[0]}")
def test_a_line_allows_what_differs_and_no_more(row: Row) -> None:
    """A line that allows more would hide what comes."""
    found = {
        (verdict.exchange.id, where)
        for verdict in verdicts().values()
        for used, where in verdict.allowed
        if used == row
    }
    assert row.reason
    assert sorted(row.extent - found) == []


def test_what_is_not_replayed_has_a_reason() -> None:
    """And what has one isn't replayed."""
    assert {one for one, found in verdicts().items() if found.state == NOT_REPLAYED} == set(CUT)


def test_every_open_line_is_needed() -> None:
    """An exchange that is no longer open leaves the table."""
    assert [one for one in open_differences() if verdicts()[one].state != DIFFERENT] == []
    assert all(reason for _, reason in open_differences().values())


def test_the_page_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/recorded.md is what `python -m kit.recorded_tables` writes."""
    found = list(verdicts().values())
    with capsys.disabled():
        counts = {state: sum(one.state == state for one in found) for state in STATES}
        print(f"\nrecorded exchanges: {counts}")  # noqa: T201 - the count is what one wants to see
    assert PAGE.read_text("utf-8") == page(found)
    assert counts[EQUAL] > 0
