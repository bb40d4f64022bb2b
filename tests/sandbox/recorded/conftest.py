"""A workspace whose operations take time."""

import pytest

from azureml_sandbox.azure import Azure
from kit.clouds import workspace


@pytest.fixture
def azure() -> Azure:
    """Return a workspace, and operations that take a minute."""
    made = workspace(Azure())
    made.operations.seconds = 60
    return made
