"""Drift is a patch of the description's files, and accepting it makes them say what Azure has, comments and all."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from azureml_arm import ids
from azureml_infra import load
from azureml_infra.commands.verbs.accept import Acceptance
from azureml_infra.commands.verbs.drift import Drift
from azureml_infra.commands.verbs.exporting import Export
from azureml_infra.commands.verbs.target import Target
from azureml_sandbox.pulumi.transport import intercept
from kit.platforms import ML
from kit.scenarios import Scenario
from kit.verbs import SIGNED, Run

BY_HAND = {
    "location": "westeurope",
    "properties": {
        "computeType": "AmlCompute",
        "properties": {
            "vmSize": "Standard_DS3_v2",
            "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 2},
            "remoteLoginPortPublicAccess": "NotSpecified",
        },
    },
}
CLUSTER = """\
# The cluster of\u2028# everybody.
name: aml-cluster
type: amlcompute

size: STANDARD_DS3_v2  # four cores
max_instances: 5 # not more
"""


@pytest.mark.parametrize("name", ["datastores", "batch", "network", "connections", "schedules", "databricks"])
def test_what_was_just_made_has_not_drifted(name: str) -> None:
    scenario = Scenario(name).ready()
    (workspace,) = (one for one in scenario.azure.resources(ML) if not one["properties"].get("hubResourceId"))
    found = ids.parse(workspace["id"])
    with intercept(scenario.azure):
        target = Target(str(found.subscription), str(found.resource_group), found.name)
        accepted = Acceptance(Drift(load(scenario.folder, stack="dev"), Export(target)))
        assert (list(accepted.patch()), accepted.notes) == ([], [])


def test_drift_is_a_patch_that_can_be_accepted(run: Run, project: Path, azure: Any) -> None:
    clean = run("export", "--diff")
    assert (clean.code, clean.out, clean.err) == (0, "", "")
    workspace = run("workspace", "show").data["id"]
    scale = {"maxNodeCount": 9, "nodeIdleTimeBeforeScaleDown": "PT10M"}
    azure.patch(f"{workspace}/computes/aml-cluster", {"properties": {"properties": {"scaleSettings": scale}}})
    azure.patch(workspace, {"properties": {"description": "Ours"}})
    azure.put(f"{workspace}/computes/by-hand", BY_HAND)
    azure.put(f"{workspace}/datastores/signed", {"properties": SIGNED})
    azure.delete(f"{workspace}/datastores/landing")
    (project / "platform" / "computes" / "aml-cluster.yml").write_text(CLUSTER, "utf-8-sig")
    told = run("export", "--diff")
    assert told.code == 2
    assert "+max_instances: 9 # not more\n" in told.out
    assert told.err == "a credential is wanted: pulumi config set --secret SIGNED_SAS_TOKEN\n"
    part = run("export", "--accept", "workspace")
    assert (part.code, part.out) == (0, "platform/platform.yml\n")
    assert "  description: Ours\n" in (project / "platform" / "platform.yml").read_text("utf-8")
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    patch = run("export", "--diff").out
    accepted = run("export", "--accept")
    assert accepted.code == 0, accepted.err
    assert accepted.out.split() == [
        f"platform/{name}"
        for name in (
            "computes/aml-cluster.yml",
            "computes/by-hand.yml",
            "datastores/landing.yml",
            "datastores/signed.yml",
        )
    ]
    assert (project / "platform" / "computes" / "aml-cluster.yml").read_text("utf-8") == "\ufeff" + CLUSTER.replace(
        "max_instances: 5", "max_instances: 9"
    ) + "idle_time_before_scale_down: 600\n"
    assert not (project / "platform" / "datastores" / "landing.yml").exists()
    assert run("export", "--diff").code == 0
    subprocess.run(["git", "apply", "-R", "-"], cwd=project, check=True, input=patch.encode())
    assert run("export", "--diff").out == patch


def test_what_no_change_of_the_files_says_is_told(run: Run, azure: Any) -> None:
    azure.patch(run("workspace", "show").data["id"], {"properties": {"v1LegacyMode": True}})
    told = run("export", "--diff")
    assert told.code == 2
    place = "platform.yml:10:3: no change here makes v1LegacyMode what Azure has"
    assert f"{place}: True in Azure, None by the description\n" in told.err


def test_what_leaves_no_valid_description_is_not_written(run: Run, project: Path, azure: Any) -> None:
    azure.delete(f"{run('workspace', 'show').data['id']}/onlineEndpoints/quickstart-diabetes")
    before = {path: path.read_bytes() for path in (project / "platform").rglob("*.yml")}
    refused = run("export", "--accept", "online_endpoints/quickstart-diabetes")
    assert (refused.code, refused.out) == (1, "")
    assert "endpoint/blue.yml:3:16: " in refused.err
    assert before == {path: path.read_bytes() for path in (project / "platform").rglob("*.yml")}
    below = [f"online_deployments/quickstart-diabetes/{name}" for name in ("blue", "green")]
    assert run("export", "--accept", "online_endpoints/quickstart-diabetes", *below).code == 0
    assert "endpoint/" not in (project / "platform" / "platform.yml").read_text("utf-8")


def test_what_a_stack_overrides_is_accepted_in_its_file(run: Run, project: Path, azure: Any) -> None:
    scale = {"properties": {"properties": {"scaleSettings": {"maxNodeCount": 7}}}}
    azure.patch(f"{run('workspace', 'show').data['id']}/computes/aml-cluster", scale)
    stack = project / "Pulumi.dev.yaml"
    own = "  azureml-infra:overrides:\n    computes:\n      aml-cluster: {max_instances: 2}  # dev\n"
    before = stack.read_text("utf-8").replace("description: platform", "description: ./platform/")
    stack.write_text(before + own, "utf-8")
    assert run("export", "--accept", "computes/aml-cluster").out.split() == [
        "Pulumi.dev.yaml",
        "platform/computes/aml-cluster.yml",
    ]
    assert "aml-cluster: {max_instances: 7}  # dev\n" in stack.read_text("utf-8")
