"""Circles among what needs each other: steps, and entities."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any


def circles(graph: Mapping[Any, list[Any]]) -> Iterator[list[Any]]:
    """Yield a cycle of a graph, from what needs to what is needed, with the first node again at the end."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield list(reversed(error.args[1]))
