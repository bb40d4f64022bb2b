"""An Azure Databricks workspace that is made for a compute, and what becomes of it."""

import time
from pathlib import Path
from typing import Any

import pulumi
import pytest

from azureml_infra import Compute, DatabricksCompute, DatabricksWorkspaceArgs
from azureml_sandbox.pulumi.stack import RunFailedError
from azureml_sandbox.services.databricks import Tokens
from kit.platforms import ML, changes, stack, workspace
from kit.scenarios import NETWORK, Copy

DATABRICKS = "Microsoft.Databricks/workspaces"
NAME = "dbw-lakehouse-dbx-dev"
VNET = f"{NETWORK}/providers/Microsoft.Network/virtualNetworks/vnet-data"
MANAGED = f"/subscriptions/5a4d0b0c-0000-4000-8000-000000000001/resourceGroups/rg-{NAME}"


def parameters(found: dict[str, Any]) -> dict[str, Any]:
    """Return a workspace's parameters by name."""
    return {name: one["value"] for name, one in found["properties"]["parameters"].items()}


def test_a_workspace_comes_up_in_a_network_and_goes_after_its_compute(tmp_path: Path) -> None:
    copy = Copy("databricks", tmp_path)
    done = changes(copy.up())
    assert done.index("create dbx-databricks") < done.index("create dbx")
    found = copy.all(DATABRICKS)[NAME]
    assert (found["sku"], found["tags"]["team"]) == ({"name": "premium"}, "data")
    given = parameters(found)
    assert (given["enableNoPublicIp"], given["customVirtualNetworkId"]) == (True, VNET)
    assert (given["customPublicSubnetName"], given["customPrivateSubnetName"]) == (
        "snet-dbx-hosts",
        "snet-dbx-containers",
    )
    assert copy.azure.get(MANAGED)["managedBy"] == found["id"]
    compute = copy.all(f"{ML}/computes")["dbx"]
    assert compute["properties"]["resourceId"] == found["id"]
    (token,) = copy.azure.part(Tokens).of(found["id"])
    assert token["comment"] == "Azure Machine Learning: dbx"
    given_token = copy.azure.secrets(compute["id"])["properties.properties.databricksAccessToken"]
    assert given_token.startswith("dapi")
    assert changes(copy.up()) == []
    copy.edit("dbx.yml", "sku: premium", "sku: trial")
    copy.edit("dbx.yml", "Spark for the data team", "Spark for all")
    assert sorted(changes(copy.up())) == ["update dbx", "update dbx-databricks"]
    copy.edit("dbx.yml", "  public_ip: false\n", "  public_ip: false\n  managed_resource_group: rg-lakehouse-data\n")
    assert sorted(changes(copy.up())) == ["replace dbx-databricks", "replace dbx-token", "update dbx"]
    assert not copy.azure.exists(MANAGED)
    gone = changes(copy.sandbox.destroy())
    assert gone.index("delete dbx") < gone.index("delete dbx-token") < gone.index("delete dbx-databricks")
    assert not copy.all(DATABRICKS)


def test_a_token_that_ends_soon_gives_way_to_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Copy("databricks", tmp_path).ready()
    workspace_id = copy.all(DATABRICKS)[NAME]["id"]
    (before,) = copy.azure.part(Tokens).of(workspace_id)
    now = time.time()
    monkeypatch.setattr("azureml_infra.dynamic.databricks.time.time", lambda: now + 61 * 24 * 3600)
    assert changes(copy.up()) == ["replace dbx-token", "update dbx"]
    (after,) = copy.azure.part(Tokens).of(workspace_id)
    assert after["token_id"] != before["token_id"]
    assert changes(copy.up()) == []


def test_a_workspace_that_is_given_is_asked_for_a_token_that_goes_with_its_compute(tmp_path: Path) -> None:
    copy = Copy("attached-computes", tmp_path)
    copy.edit("computes/bricks.yml", "access_token: ${{secrets.databricks_token}}", "token: {lifetime_days: 7}")
    copy.up()
    (given,) = copy.all(DATABRICKS).values()
    assert len(copy.azure.part(Tokens).of(given["id"])) == 1
    (copy.folder / "computes/bricks.yml").unlink()
    assert sorted(changes(copy.up())) == ["delete bricks", "delete bricks-token"]
    assert copy.azure.part(Tokens).of(given["id"]) == []


def test_a_subnet_of_anything_else_is_refused(tmp_path: Path) -> None:
    copy = Copy("databricks", tmp_path)
    place = f"{VNET}/subnets/snet-dbx-hosts"
    copy.azure.put(place, {"properties": {"delegations": []}})
    with pytest.raises(RunFailedError, match="not delegated"):
        copy.up()


def test_a_managed_group_that_is_there_is_refused(tmp_path: Path) -> None:
    copy = Copy("databricks", tmp_path)
    copy.azure.put(MANAGED, {"location": "westeurope"})
    with pytest.raises(RunFailedError, match="managed by property"):
        copy.up()


def test_a_program_makes_one_with_the_network_that_databricks_manages() -> None:
    sandbox = stack(disposable="true")

    def program() -> None:
        made = DatabricksCompute(
            name="dbx", create=DatabricksWorkspaceArgs(name="dbw-own"), access_token=pulumi.Output.secret("dapi")
        )
        pulumi.export("id", Compute("dbx", made, workspace=workspace()).id)

    sandbox.up(program)
    (found,) = sandbox.azure.resources(DATABRICKS)
    assert found["name"] == "dbw-own"
    assert parameters(found)["enableNoPublicIp"] is True
    assert "customVirtualNetworkId" not in parameters(found)
