"""azure-ai-ml's MLClient against a real server (`make clients`); what is tried is in mlclient_operations.json."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("azure.ai.ml", reason="no azure-ai-ml")

from kit.clients import Kit, Suite
from kit.mlclient import assets as mlclient_assets
from kit.mlclient import batch as mlclient_batch
from kit.mlclient import computes as mlclient_computes
from kit.mlclient import datastores as mlclient_datastores
from kit.mlclient import features as mlclient_features
from kit.mlclient import jobs as mlclient_jobs
from kit.mlclient import online as mlclient_online
from kit.mlclient import registries as mlclient_registries
from kit.mlclient import workspaces as mlclient_workspaces
from kit.mlclient.client import GROUPS, PACKAGE, starting
from kit.mlclient.listed import read_listed
from kit.served import serving

MODULES = (
    mlclient_workspaces,
    mlclient_computes,
    mlclient_datastores,
    mlclient_assets,
    mlclient_online,
    mlclient_batch,
    mlclient_jobs,
    mlclient_registries,
    mlclient_features,
)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    with serving(tmp_path, "--memory") as served, starting(served) as made:
        yield made


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_client_does_what_the_page_says(module: object, kit: Kit) -> None:
    module.SUITE.play(kit)  # type: ignore[attr-defined]


def _operations() -> dict[str, object]:
    suites = [module.SUITE for module in MODULES]
    tried = {operation for suite in suites for operation in suite.tried_operations()}
    names = sorted(Suite(PACKAGE, GROUPS).all_operations())
    groups = {
        group: {one.partition(".")[2]: one in tried for one in names if one.startswith(f"{group}.")} for group in GROUPS
    }
    return {"groups": groups, "refused": {name: why for suite in suites for name, why in suite.refused.items()}}


def test_what_is_tried_is_listed() -> None:
    assert {key: value for key, value in read_listed().items() if key != "examples"} == _operations()


if __name__ == "__main__":
    sys.stdout.write(json.dumps({**read_listed(), **_operations()}, indent=1) + "\n")
