"""Programs of descriptions."""

from functools import partial
from pathlib import Path

import pytest

from kit.guardrail_platforms import Described, program_of


@pytest.fixture
def describe(tmp_path: Path) -> Described:
    """Return what writes a platform.yml and returns its program."""
    return partial(program_of, tmp_path)
