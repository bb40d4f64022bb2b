"""Projects under policy packs."""

import sys
from pathlib import Path

import pytest

from kit.packs import DOORS, Project, write_project


@pytest.fixture(params=DOORS)
def project(tmp_path: Path, warm: Path, request: pytest.FixtureRequest) -> Project:
    """Return the program in a folder of its own, through each door."""
    environment = warm if request.param == "in-process" else Path(sys.prefix)  # the engine starts Python by itself
    return write_project(tmp_path, request.param, environment)


@pytest.fixture
def here(tmp_path: Path, warm: Path) -> Project:
    """Return the program through this process's door."""
    return write_project(tmp_path, "in-process", warm)
