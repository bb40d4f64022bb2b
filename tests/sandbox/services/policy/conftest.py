"""A cloud where computes have a few sizes."""

import pytest

from azureml_sandbox.azure import Azure
from kit.azure_policies import SIZES, assign, define
from kit.clouds import workspace


@pytest.fixture
def azure() -> Azure:
    """Return a workspace, in a subscription where computes have a few sizes."""
    cloud = workspace(Azure())
    define(cloud)
    assign(cloud, parameters=SIZES)
    return cloud
