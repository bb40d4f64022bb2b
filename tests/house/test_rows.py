"""One test of many rows fails with each row that fails, and says which."""

import inspect

import pytest

from kit.rows import each


def test_every_row_is_checked_and_each_that_fails_is_named() -> None:
    seen = []

    @each("number, word", [(1, "one"), (2, "two"), pytest.param(3, "three", id="last")])
    def check(number: int, word: str, fixture: str) -> None:
        seen.append((number, word, fixture))
        assert number == 1
        pytest.fail("never")

    with pytest.raises(ExceptionGroup, match="3 of 3 rows of check") as raised:
        check(fixture="given")
    assert seen == [(1, "one", "given"), (2, "two", "given"), (3, "three", "given")]
    assert [one.__notes__ for one in raised.value.exceptions] == [
        ["in the row 1-one"],
        ["in the row 2-two"],
        ["in the row last"],
    ]
    assert list(inspect.signature(check).parameters) == ["fixture"]


def test_tables_multiply() -> None:
    seen = []

    @each("first", "ab")
    @each("second", (number for number in (1, 2)), ids=lambda number: f"no-{number}")
    def check(first: str, second: int) -> None:
        seen.append(f"{first}{second}")
        assert (first, second) != ("b", 2)

    with pytest.raises(ExceptionGroup) as raised:
        check()
    assert seen == ["a1", "a2", "b1", "b2"]
    (row,) = raised.value.exceptions
    assert row.__notes__ == ["in the row b"]
    assert isinstance(row, ExceptionGroup)
    assert row.exceptions[0].__notes__ == ["in the row no-2"]


def test_a_table_without_rows_is_skipped() -> None:
    @each("number", list)
    def check(number: int) -> None:
        assert number

    with pytest.raises(pytest.skip.Exception, match="no number to check"):
        check()
