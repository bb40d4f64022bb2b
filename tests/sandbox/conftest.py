"""A cloud with what a workspace stands on; some folders and files have another one."""

import pytest

from azureml_sandbox.azure import Azure
from kit.clouds import foundation


@pytest.fixture
def azure() -> Azure:
    return foundation(Azure())
