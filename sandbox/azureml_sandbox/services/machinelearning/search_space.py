"""The values that a sweep gives its trials: the same in every run, and each combination once where all are tried.

The distributions are those of
https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters#define-the-search-space.
"""

import hashlib
import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

Spaces = Mapping[str, Any]
"""Name -> ``["choice", [[1, 2]]]``, ``["uniform", [0, 1]]``, … as ARM has them."""


def count_combinations(spaces: Spaces, sampling: Any) -> int | None:
    """Return how many trials there can be; None where nothing but the sweep's limits says so."""
    return math.prod(len(_choices(space)) for space in spaces.values()) if _is_grid(sampling) else None


def draw(spaces: Spaces, sampling: Any, number: int, seed: str) -> dict[str, Any]:
    """Return the values of a trial, by its number from 0."""
    if not _is_grid(sampling):
        return {name: _draw(space, f"{seed}/{name}") for name, space in spaces.items()}
    found: dict[str, Any] = {}
    for name, space in spaces.items():
        choices = _choices(space)
        number, at = divmod(number, len(choices))
        found[name] = choices[at]
    return found


def _is_grid(sampling: Any) -> bool:
    return isinstance(sampling, Mapping) and str(sampling.get("samplingAlgorithmType")).lower() == "grid"


def _choices(space: Any) -> list[Any]:
    """Return the values of a choice; a space of another kind has one that is drawn."""
    kind, given = _parts(space)
    values = given[0] if kind == "choice" and given and isinstance(given[0], list) else []
    return values or [_draw(space, "")]


def _parts(space: Any) -> tuple[str, list[Any]]:
    kind, given = space[:2] if isinstance(space, list) and len(space) > 1 else ("choice", [[space]])
    return str(kind).lower(), given if isinstance(given, list) else [given]


def _draw(space: Any, seed: str) -> Any:
    kind, given = _parts(space)
    share = (int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") + 0.5) / 2**64
    if kind == "choice":
        values = given[0] if given and isinstance(given[0], list) else given
        return values[int(share * len(values))] if values else None
    numbers = [float(one) for one in given if isinstance(one, int | float)]
    if kind == "randint":
        return int(share * (numbers[0] if numbers else 1))
    first, second, step = (*numbers, 0.0, 1.0, 1.0)[:3] if len(numbers) > 1 else (0.0, 1.0, 1.0)
    plain = kind.removeprefix("q")
    if plain.endswith("normal"):
        value = NormalDist(first, abs(second) or 1.0).inv_cdf(share)
    else:
        value = first + share * (second - first)
    value = math.exp(min(value, 700)) if plain.startswith("log") else value
    return round(value / step) * step if kind.startswith("q") and step else value
