"""Tables whose rows are checked by one test: collecting, reporting and sending a test costs more than a cheap check."""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

Test = Callable[..., None]
Rows = Iterable[Any] | Callable[[], Iterable[Any]]
PARAM = type(pytest.param())
Ids = Sequence[Any] | Callable[[Any], Any] | type[str] | None


def each(names: str | Sequence[str], rows: Rows, ids: Ids = None) -> Callable[[Test], Test]:
    """Check every row in one test, which fails with each row that does, by its name.

    It is written as `pytest.mark.parametrize` is; rows that take time to find are a function, which is called when the
    test runs. What a row needs to have for itself (a folder, a patch) is a fixture, and so a reason for that one.
    """
    words = [word.strip() for word in names.split(",")] if isinstance(names, str) else list(names)
    given = rows if callable(rows) else list(rows)

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def check_all(*drawn: Any, **fixtures: Any) -> None:
            fixtures |= dict(zip((one.name for one in rest), drawn, strict=False))  # as Hypothesis gives them
            found = given() if callable(given) else given
            table = [_row(words, row, ids, number) for number, row in enumerate(found)]
            if not table:
                pytest.skip(f"no {names} to check")
            failed: list[Exception] = []
            for values, name in table:
                try:
                    test(**fixtures, **dict(zip(words, values, strict=True)))
                except (Exception, pytest.fail.Exception) as error:
                    failed.append(_name(error, name))
            if failed:
                raise ExceptionGroup(f"{len(failed)} of {len(table)} rows of {test.__name__}", failed)

        signature = inspect.signature(test)
        rest = [one for name, one in signature.parameters.items() if name not in words]
        assert len(rest) + len(words) == len(signature.parameters), (
            f"{test.__name__} has no argument for each of {names}"
        )
        check_all.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
        return check_all

    return decorate


def _row(words: list[str], row: Any, ids: Ids, number: int) -> tuple[tuple[Any, ...], str]:
    """Return a row's values and its name."""
    own = row if isinstance(row, PARAM) else None
    values = tuple(own.values if own else (row,) if len(words) == 1 else row)
    assert not (own and own.marks), f"row {number}: marks are for `pytest.mark.parametrize`"
    assert len(values) == len(words), f"row {number} has {len(values)} values for {words}"
    if own and own.id:
        return values, str(own.id)
    if callable(ids):
        return values, "-".join(str(ids(value)) for value in values)
    return values, str(ids[number]) if ids is not None else "-".join(map(str, values))


def _name(error: BaseException, name: str) -> Exception:
    """Return an error with the row that it is of."""
    named = error if isinstance(error, Exception) else AssertionError(str(error)).with_traceback(error.__traceback__)
    named.add_note(f"in the row {name[:200]}")
    return named
