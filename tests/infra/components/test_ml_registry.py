"""Azure ML's registries: made in a region or several, changed in place where Azure does, and what azure-ai-ml sends."""

from collections.abc import Callable

import pytest

from azureml_infra import Registry
from azureml_infra.entities.registries import RegistryArgs
from azureml_sandbox import RunFailedError
from kit.platforms import SUBSCRIPTION, changes, stack, stack_of, workspace

REGISTRIES = "Microsoft.MachineLearningServices/registries"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ml-dev"
Described = Callable[[str], Callable[[], None]]


def registry(**more: object) -> str:
    return f"registries:\n- { ({'name': 'shared'} | more) }\n"


def test_it_is_in_its_own_region_alone_unless_it_says_more(describe: Described) -> None:
    sandbox = stack_of(describe("tags: {team: ml}\n" + registry(tags={"owner": "us"})))
    (made,) = sandbox.azure.resources(REGISTRIES)
    (region,) = made["properties"]["regionDetails"]
    assert (made["location"], region["location"]) == ("westeurope", "westeurope")
    assert made["tags"] == {"team": "ml", "owner": "us"}
    assert region["storageAccountDetails"][0]["systemCreatedStorageAccount"]["storageAccountType"] == "standard_lrs"


def test_its_body_is_the_one_of_az_ml() -> None:
    """As recorded of azure-ai-ml (azure-sdk-assets, registry/e2etests/test_registry.py, test_registry_operations.json),
    but for `managedResourceGroupTags`, which the GA API lacks."""
    sent: list[object] = []

    def program() -> None:
        args = RegistryArgs.model_validate(
            {
                "name": "registry1",
                "location": "WestCentralUS",
                "tags": {"one": "two", "three": "five"},
                "replication_locations": [{"location": "WestCentralUS"}],
            }
        )
        made = Registry("registry1", args, workspace=workspace())
        made.resource.region_details.apply(sent.append)
        made.id.apply(sent.append)

    sandbox = stack_of(program)
    (inputs,) = [one.inputs for one in sandbox.state.resources() if one.type.endswith(":Registry")]
    assert inputs["regionDetails"] == [
        {
            "location": "WestCentralUS",
            "acrDetails": [{"systemCreatedAcrAccount": {"acrAccountSku": "Premium"}}],
            "storageAccountDetails": [
                {
                    "systemCreatedStorageAccount": {
                        "storageAccountHnsEnabled": False,
                        "storageAccountType": "standard_lrs",
                    }
                }
            ],
        }
    ]
    assert inputs["identity"] == {"type": "SystemAssigned"}
    assert f"{GROUP}/providers/{REGISTRIES}/registry1" in sent


def test_a_region_is_added_in_place_and_its_own_one_makes_another(describe: Described) -> None:
    sandbox = stack(disposable="true")
    one, two = ([{"location": name} for name in names] for names in (["westeurope"], ["westeurope", "northeurope"]))
    sandbox.up(describe(registry(location="westeurope", replication_locations=one)))
    more = describe(registry(location="westeurope", replication_locations=two, public_network_access="disabled"))
    assert changes(sandbox.up(more)) == ["update shared"]
    assert changes(sandbox.up(more)) == []
    (made,) = sandbox.azure.resources(REGISTRIES)
    assert [region["location"] for region in made["properties"]["regionDetails"]] == ["westeurope", "northeurope"]
    assert made["properties"]["publicNetworkAccess"] == "Disabled"
    moved = describe(registry(location="northeurope", replication_locations=[*reversed(two)]))
    assert changes(sandbox.preview(moved)) == ["replace shared"]


def test_it_is_protected_as_the_workspace_is(describe: Described) -> None:
    sandbox = stack_of(describe(registry()))
    with pytest.raises(RunFailedError, match="Registry::shared"):
        sandbox.destroy()


def test_a_region_that_leaves_the_list_is_refused_with_its_place(describe: Described) -> None:
    sandbox = stack()
    two = [{"location": "westeurope"}, {"location": "northeurope"}]
    sandbox.up(describe(registry(replication_locations=two)))
    with pytest.raises(RunFailedError) as refusal:
        sandbox.preview(describe(registry(replication_locations=two[:1])))
    said = str(refusal.value)
    assert "platform.yml:" in said
    assert "the registry shared has assets in northeurope, too, and a region that leaves the list stays" in said
