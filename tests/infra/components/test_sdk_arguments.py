"""Every argument that the components pass is one that azure-native's SDK declares."""

import pytest

from azureml_sandbox.pulumi.engine.values import plain
from kit.scenarios import Scenario, scenarios
from kit.sdk_arguments import problems


@pytest.mark.parametrize("name", scenarios())
def test_a_scenario_passes_only_what_the_sdk_declares(name: str) -> None:
    registered = Scenario(name).up().registered.values()
    native = [goal for goal in registered if goal.type.startswith("azure-native:")]
    found = {goal.name: problems(goal.type, plain(goal.inputs)) for goal in native}
    assert native
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_what_the_sdk_does_not_declare_is_found() -> None:
    given = {
        "resourceGroupName": "rg",
        "workspaceName": "ml",
        "colour": "blue",
        "properties": {
            "computeType": "AmlCompute",
            "properties": {"vmSise": "x", "vmPriority": "LowPriority", "scaleSettings": ["2"]},
        },
    }
    assert problems("azure-native:machinelearningservices:Compute", given) == [
        "colour: not an argument of ComputeArgs",
        "properties.properties.vmSise: not an argument of AmlComputePropertiesArgs",
        "properties.properties.scaleSettings: list where ScaleSettingsArgs is declared",
    ]
