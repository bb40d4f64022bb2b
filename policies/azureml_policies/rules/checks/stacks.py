"""Rules that hold in some stacks only, chosen by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from azureml_policies.config import texts
from azureml_policies.run import Run


def among(run: Run, patterns: Sequence[str]) -> bool:
    """Return whether the run's stack is one of those that patterns name, also where its name has the organization's in
    it.
    """
    name = run.stack.rpartition("/")[2].lower()
    return any(fnmatchcase(name, pattern.lower()) for pattern in patterns)


def setting(default: Sequence[str], what: str) -> Mapping[str, Any]:
    """Return the setting that holds the patterns."""
    return texts(f"Names of the stacks {what}, in any letter case, with `*` for any text.", default)
