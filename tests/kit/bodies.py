"""A request's body with one thing in it changed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each value that is no object, or an empty one."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    else:
        yield path


def value_at(body: Any, path: Sequence[str]) -> Any:
    """Return what is at a path."""
    for name in path:
        body = body[name]
    return body


def change(body: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """Return a body with another value at a path."""
    name, *below = path
    return {**body, name: change(body[name], below, value) if below else value}


def without(body: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """Return a body without what is at a path."""
    *above, last = path
    kept = {name: item for name, item in value_at(body, above).items() if name != last}
    return change(body, above, kept) if above else kept
