"""`azureml-sandbox run --as NAME`: that person's rights hold in every process, on every door."""

import contextlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from azureml_arm.sandbox import PEOPLE
from kit import warm
from kit.engine_projects import Project, cli, project
from kit.paths import ROOT
from kit.platforms import SUBSCRIPTION
from kit.served import serving

PROGRAM = """
import pulumi
from pulumi_azure_native import authorization, resources

pulumi.export("who", authorization.get_client_config_output().object_id)
resources.ResourceGroup("rg", resource_group_name="rg-rehearsal", location="westeurope")
"""
POLICIES = ("--policy-pack", "policies", "--policy-pack-config", "policies/sandbox.json")
GROUP = "Microsoft.Resources/resourceGroups"


@pytest.fixture(params=["in-process", pytest.param("engine", marks=cli), pytest.param("pulumi", marks=cli)])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield what runs the program: `azureml-sandbox` on either of its doors, or the pulumi CLI itself."""
    with serving(tmp_path) if request.param == "in-process" else contextlib.nullcontext():
        yield request.param


def _line(door: str, command: str, *options: str) -> list[str]:
    if door == "pulumi":
        how = {"up": ("--yes", "--skip-preview"), "destroy": ("--yes", "--skip-preview")}.get(command, ())
        return ["pulumi", command, "--stack", "sandbox", "--non-interactive", *how, *options]
    python = warm.python() if door == "in-process" else sys.executable
    return [python, "-m", "azureml_sandbox", command, "--door", door, *options]


def _as(made: Project, name: str, *line: str, is_allowed: bool) -> str:
    """Run a command as somebody; it ends well only where they may do all of it."""
    named = ("--as", name) if name else ()
    with made.start("run", *named, "--", *line) as running:
        printed, _ = running.communicate(timeout=180)
    assert (running.returncode == 0) is is_allowed, printed
    return printed


def test_nobody_makes_what_they_may_not(tmp_path: Path, door: str) -> None:
    made = project(tmp_path, PROGRAM)
    refused = " ".join(_as(made, "dana", *_line(door, "up"), is_allowed=False).split())
    assert (
        "does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourceGroups/write'"
        in refused
    )
    assert "dana@sandbox.example" in refused
    assert made.live(GROUP) == []
    assert PEOPLE["olga"].object_id in _as(made, "olga", *_line(door, "up"), is_allowed=True)
    assert "AuthorizationFailed" in _as(made, "dana", *_line(door, "destroy"), is_allowed=False)
    assert len(made.live(GROUP)) == 1


def test_a_functions_keys_are_for_those_who_may_list_them(tmp_path: Path, door: str) -> None:
    program = """
import pulumi
from pulumi_azure_native import storage

keys = storage.list_storage_account_keys_output(account_name="stkeys", resource_group_name="rg-keys")
pulumi.export("count", keys.keys.apply(len))
"""
    made = project(tmp_path, program)
    with made.azure() as azure:
        group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-keys"
        azure.put(group, {"location": "westeurope"})
        account = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
        azure.put(f"{group}/providers/Microsoft.Storage/storageAccounts/stkeys", account)
    printed = _as(made, "rita", *_line(door, "up"), is_allowed=False).replace("\n", " ")
    assert "Microsoft.Storage/storageAccounts/listKeys/action" in printed


def test_the_pack_judges_who_rehearses(tmp_path: Path, door: str) -> None:
    """The same change, by nobody else's word than `--as`."""
    program = """
from pulumi_azure_native import machinelearningservices as ml

scale = {"minNodeCount": 0, "maxNodeCount": 2, "nodeIdleTimeBeforeScaleDown": "PT2M"}
body = {"vmSize": "STANDARD_DS3_V2", "scaleSettings": scale, "remoteLoginPortPublicAccess": "Disabled"}
ml.Compute(
    "cpu",
    resource_group_name="rg",
    workspace_name="ws",
    compute_name="cpu",
    location="westeurope",
    properties={"computeType": "AmlCompute", "disableLocalAuth": True, "properties": body},
)
"""
    made = project(tmp_path, program)
    shutil.copytree(ROOT / "policies", tmp_path / "policies", ignore=shutil.ignore_patterns("azureml_policies"))
    warm.link(tmp_path, warm.environment() if door == "in-process" else Path(sys.prefix))
    denied = _as(made, "dana", *_line(door, "preview", *POLICIES), is_allowed=False)
    assert "compute-admins-only" in denied
    assert "you (dana@sandbox.example) have AzureML Data Scientist" in denied
    _as(made, "carl", *_line(door, "preview", *POLICIES), is_allowed=True)
