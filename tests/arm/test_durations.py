"""How long a duration is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_arm.durations import seconds
from kit.rows import each


@given(st.integers(0, 999), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.booleans())
def test_a_duration_is_the_sum_of_its_parts(days: int, hours: int, minutes: int, rest: int, lower: bool) -> None:
    text = f"P{days}DT{hours}H{minutes}M{rest}S"
    assert seconds(text.lower() if lower else text) == days * 86400 + hours * 3600 + minutes * 60 + rest


DATES = ["P2024T99", "P0000-00-01T00:00:00"]
"""isodate also reads dates after a P."""
ENDLESS = pytest.param(f"PT{'9' * 5000}S", id="more digits than Python reads")


@each(
    "text",
    [
        *["", "P", "PT", "P1DT", "15", "PT-5M", "P1M", "PT5", "T5M", "PT5M x", "PT\u0665M", None, 15, ["PT5M"]],
        *DATES,
        ENDLESS,
    ],
)
def test_what_is_no_duration(text: Any) -> None:
    assert seconds(text) is None


@given(st.text() | st.from_regex(r"PT?\d*[DHMS]?|P[\d-]+T[\d:]*", fullmatch=True))
def test_any_text_is_a_duration_or_not(text: str) -> None:
    found = seconds(text)
    assert found is None or found >= 0
