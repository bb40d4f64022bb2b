"""Programs of descriptions."""

from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest

from azureml_infra import Platform, load
from kit.guardrail_platforms import HEAD


@pytest.fixture
def describe(tmp_path: Path) -> Callable[[str], Callable[[], None]]:
    """Return the program of a platform.yml."""

    def write(text: str) -> Callable[[], None]:
        (tmp_path / "platform.yml").write_text(HEAD + text)
        return lambda: Platform(load(tmp_path)).export(pulumi.export)

    return write
