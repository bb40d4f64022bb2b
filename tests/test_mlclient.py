"""azure-ai-ml's MLClient against a real server (`make clients`); what is tried is in mlclient_operations.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("azure.ai.ml", reason="no azure-ai-ml")

import mlclient_computes
import mlclient_workspaces
from azure.ai.ml import entities as ml
from clients import Kit, put
from mlclient import GROUP, REGION, WORKSPACE, client, credential, pointed
from served import serving

MODULES = (mlclient_workspaces, mlclient_computes)


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    with serving(tmp_path_factory.mktemp("served"), "--memory") as served, pointed(served):
        made = Kit(served, None, credential(served))
        put(made, f"/subscriptions/{served.environment['AZURE_SUBSCRIPTION_ID']}/resourceGroups/{GROUP}", {"location": REGION})
        made.client = client(made)
        made.client.workspaces.begin_create(ml.Workspace(name=WORKSPACE, location=REGION)).result()
        yield made


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_client_does_what_the_page_says(module: object, kit: Kit) -> None:
    module.SUITE.play(kit)  # type: ignore[attr-defined]
