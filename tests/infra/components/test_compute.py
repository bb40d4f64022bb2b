"""Computes on the sandbox's cloud: what changes in place, what makes a new one, and what Azure ignores."""

from collections.abc import Callable
from typing import Any

import pytest

from azureml_infra import AmlCompute, Compute, ComputeInstance
from azureml_sandbox import Result, Sandbox
from kit.platforms import ML, beside, changes, existing_workspace, live

COMPUTE = f"{ML}/computes"
Program = Callable[[], Any]


def program(compute: Any) -> Program:
    return lambda: Compute(compute.name, compute, workspace=existing_workspace())


def cluster(**more: Any) -> Program:
    return program(AmlCompute.model_validate({"name": "cpu", "size": "Standard_DS3_v2", **more}))


def instance(**more: Any) -> Program:
    return program(ComputeInstance.model_validate({"name": "dana-dev", "size": "Standard_DS3_v2", **more}))


def settings(sandbox: Sandbox) -> dict[str, Any]:
    return dict(live(sandbox, COMPUTE)["properties"]["properties"])


def warnings(result: Result) -> list[str]:
    return [one.message for one in result.diagnostics if one.severity == "warning"]


def test_scaling_a_cluster_is_an_update_that_shows_both_values() -> None:
    sandbox = beside(cluster(max_instances=5))
    result = sandbox.up(cluster(max_instances=8))
    assert changes(result) == ["update cpu"]
    (operation,) = result.of("update")
    shown = {change.path: (change.old, change.new) for change in operation.changes}
    assert shown == {"properties.properties.scaleSettings.maxNodeCount": (5, 8)}
    assert settings(sandbox)["scaleSettings"]["maxNodeCount"] == 8


@pytest.mark.parametrize("change", [{"size": "Standard_E4s_v3"}, {"tier": "low_priority"}])
def test_what_azure_can_not_change_makes_a_new_cluster(change: dict[str, str]) -> None:
    sandbox = beside(cluster(grants=True))
    done = changes(sandbox.up(cluster(grants=True, **change)))
    assert sorted(done) == ["replace cpu", "replace cpu-can-blobs", "replace cpu-can-files"]  # another identity's, now
    assert len(sandbox.azure.resources(COMPUTE)) == 1
    assert changes(sandbox.up(cluster(grants=True, **change))) == []


def test_another_spelling_of_a_size_is_no_change() -> None:
    sandbox = beside(cluster(size="STANDARD_DS3_v2"))
    assert changes(sandbox.up(cluster(size="standard_ds3_V2"))) == []


def test_idle_machines_cost_nothing_by_default() -> None:
    sandbox = beside(cluster())
    assert settings(sandbox)["scaleSettings"]["minNodeCount"] == 0
    other = beside(instance())
    assert settings(other)["idleTimeBeforeShutdown"] == "PT60M"


def test_what_azure_ignores_on_an_instance_is_a_warning_that_says_so() -> None:
    sandbox = beside()
    assert warnings(sandbox.up(instance(idle_time_before_shutdown_minutes=60))) == []
    result = sandbox.up(instance(idle_time_before_shutdown_minutes=30))
    (warning,) = warnings(result)
    assert warning.startswith("idle_time_before_shutdown_minutes of compute instance dana-dev differs")
    assert "az ml compute update" in warning
    assert settings(sandbox)["idleTimeBeforeShutdown"] == "PT60M"


def test_a_preview_warns_as_well() -> None:
    sandbox = beside(instance())
    assert len(warnings(sandbox.preview(instance(idle_time_before_shutdown_minutes=30)))) == 1


@pytest.mark.parametrize("gone", [{"tags": {"team": "a"}}, {"description": "Dana's."}], ids=["tags", "description"])
def test_what_leaves_an_instance_is_a_warning_too(gone: dict[str, Any]) -> None:
    sandbox = beside(instance(**gone))
    (warning,) = warnings(sandbox.preview(instance()))
    assert warning.startswith(f"{next(iter(gone))} of compute instance dana-dev differs")


def test_another_size_makes_a_new_instance() -> None:
    sandbox = beside(instance())
    assert changes(sandbox.up(instance(size="Standard_E4s_v3")))[0] == "replace dana-dev"
    assert settings(sandbox)["vmSize"] == "STANDARD_E4S_V3"


def test_a_compute_goes_when_it_leaves() -> None:
    sandbox = beside(cluster(grants=True))
    assert sorted(changes(sandbox.up(existing_workspace))) == [
        "delete cpu",
        "delete cpu-can-blobs",
        "delete cpu-can-files",
    ]
    assert sandbox.azure.resources(COMPUTE) == []
