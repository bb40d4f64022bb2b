"""Checks that many guards share: a switch that must be on or off, a value out of a list, a number within bounds."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from azureml_arm.actions import COMPUTE
from azureml_policies.az_ml import VALUES
from azureml_policies.config import texts
from azureml_policies.requests.write import Write
from azureml_policies.run import Run
from azureml_policies.text import bare, is_like, show_value, word


def must_be_switched(write: Write, path: str, *, must_be: bool, default: bool, why: str) -> Iterator[str]:
    """Yield a violation unless a switch has a value; `default` is what Azure takes where nothing is written."""
    if truth(write.read(path), default=default) != must_be:
        yield f"{write.name}: {word(path)} must be {str(must_be).lower()}: {why}"


def must_be_one_of(write: Write, path: str, wanted: Collection[str], default: str, why: str) -> Iterator[str]:
    """Yield a word that must be one of some, in any letter case; `default` is what Azure takes where none is
    set."""
    value = str(write.read(path, default))
    if value.lower() not in {item.lower() for item in wanted}:
        expected = " or ".join(in_az_ml(path, item) for item in wanted)
        yield f"{write.name}: {word(path)} is {show_value(path, in_az_ml(path, value))}, it must be {expected}: {why}"


def in_az_ml(path: str, value: str) -> str:
    """Return what az ml calls a value of a property: ``LowPriority`` -> ``low_priority``; the value itself without a
    word.
    """
    return VALUES.get(bare(path), {}).get(value.lower(), value)


def truth(value: Any, *, default: bool) -> bool:
    """Return a switch of ARM's as a boolean; some services have words for it."""
    if value is None:
        return default
    if isinstance(value, str):
        return value.strip().lower() in ("true", "enabled", "yes", "on")
    return bool(value)


def number(value: Any, default: float) -> float:
    """Return a count, also where a template has it as text; `default` where there is none."""
    try:
        found = float(value)
    except OverflowError:
        return math.inf
    except (TypeError, ValueError):
        return default
    return default if math.isnan(found) else found


def kind_of(write: Write) -> str:
    """Return a compute's kind in lower case (``amlcompute``, ``computeinstance``); empty for anything else."""
    return write.text_at("properties.computeType") if write.is_a(COMPUTE) else ""


def among(run: Run, patterns: Sequence[str]) -> bool:
    """Return whether the run's stack is one of those that patterns name, also where its name has the organization's in
    it.
    """
    return is_like(run.stack.rpartition("/")[2], patterns)


def setting(default: Sequence[str], what: str) -> Mapping[str, Any]:
    """Return the setting that holds the patterns."""
    return texts(f"Names of the stacks {what}, in any letter case, with `*` for any text.", default)
