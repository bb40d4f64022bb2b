"""A workspace, in a cloud whose time stands still or goes on."""

import pytest

from azureml_sandbox.azure import Azure
from kit.clouds import workspace
from kit.timed import Timed


@pytest.fixture
def azure() -> Azure:
    return workspace(Azure())


@pytest.fixture
def timed() -> Timed:
    return Timed()
