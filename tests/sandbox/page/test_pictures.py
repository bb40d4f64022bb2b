"""The pictures of resources on the page."""

import re

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.http import Request
from azureml_sandbox.page import Recent, handle
from azureml_sandbox.page.pictures import OTHER, PICTURES, picture
from kit.clouds import WORKSPACE, compute, workspace


def test_each_row_has_the_picture_of_its_kind() -> None:
    azure = workspace(Azure())
    azure.put(f"{WORKSPACE}/computes/cpu", compute("AmlCompute", vmSize="Standard_DS3_v2"))
    shown = handle(azure, Request("GET", "https://localhost:8443/"), Recent()).body.decode()
    assert re.search(r'href="#picture-machine"></use></svg><a class="name" [^>]*>cpu</a>', shown)
    assert set(re.findall(r'href="#picture-(\w+)"', shown)) >= {"folder", "workspace", "data", "key", "chart"}
    assert set(re.findall(r'id="picture-(\w+)"', shown)) == {*PICTURES, OTHER}


@pytest.mark.parametrize(
    ("type_name", "name"),
    [
        ("Microsoft.Insights/components", "chart"),
        ("Microsoft.MachineLearningServices/workspaces/components/versions", "code"),
        ("Microsoft.Network/privateEndpoints", "network"),
        ("Microsoft.MachineLearningServices/workspaces/onlineEndpoints", "endpoint"),
        ("Microsoft.ContainerService/managedClusters/agentPools", "machine"),
        ("Microsoft.Unheard/of", OTHER),
    ],
)
def test_the_most_telling_word_of_a_type_decides(type_name: str, name: str) -> None:
    assert picture(type_name) == name
