"""Addresses of Azure ML, short and long, in any letter case."""

from azureml_arm.compare.addresses import same_address
from kit.rows import each

WORKSPACE = "subscriptions/S/resourceGroups/G/{}workspaces/W"
ARM = "/" + WORKSPACE.format("providers/Microsoft.MachineLearningServices/")
LONG = "azureml://" + WORKSPACE.format("")
CURATED = "azureml://registries/azureml/environments/AzureML-minimal"

SAME: dict[str, tuple[str, str]] = {
    "letter case of resourcegroups": (f"{LONG}/datastores/d/paths/P/Q", f"{LONG.lower()}/datastores/d/paths/P/Q"),
    "a short path and a long one": ("azureml://datastores/d/paths/P/Q", f"{LONG}/datastores/D/paths/P/Q"),
    "a name and an id": ("azureml:cpu", f"{ARM}/computes/cpu"),
    "a name with version and an id": ("azureml:e:1", f"{ARM}/environments/e/versions/1"),
    "az ml's prefix": (f"azureml:{ARM}/environments/e/versions/1", f"{ARM}/environments/E/versions/1"),
    "a long address and an id": (f"{LONG}/models/m/versions/2", f"{ARM}/models/m/versions/2"),
    "a curated environment and its registry": ("azureml:AzureML-minimal:2", f"{CURATED}/versions/2"),
    "a label and the version that Azure found": ("azureml:AzureML-minimal@latest", f"{CURATED}/versions/33"),
    "encoded and not": (f"{LONG}/datastores/d/paths/a%20b", f"{LONG}/datastores/d/paths/a b"),
}
OTHER: dict[str, tuple[str, str]] = {
    "another version": ("azureml:e:1", f"{ARM}/environments/e/versions/2"),
    "no version": ("azureml:e", f"{ARM}/environments/e/versions/2"),
    "another name": ("azureml:e:1", f"{ARM}/environments/f/versions/1"),
    "another family": (f"{ARM}/environments/e/versions/1", f"{LONG}/models/e/versions/1"),
    "another workspace": (f"{LONG}/models/m/versions/2", f"{LONG[:-1]}V/models/m/versions/2"),
    "another group": (f"{LONG}/data/m/versions/2", f"{LONG.replace('/G/', '/H/')}/data/m/versions/2"),
    "letter case of a blob's path": ("azureml://datastores/d/paths/P", f"{LONG}/datastores/d/paths/p"),
    "another datastore": ("azureml://datastores/d/paths/P", f"{LONG}/datastores/e/paths/P"),
    "another label": ("azureml:e@latest", "azureml:e@stable"),
    "a registry of one's own": ("azureml:e:1", "azureml://registries/azureml/environments/e/versions/1"),
    "a curated name elsewhere": ("azureml:AzureML-minimal:2", f"{CURATED.replace('/azureml/', '/mine/')}/versions/2"),
    "a registry and a workspace": (f"{CURATED}/versions/2", f"{ARM}/environments/AzureML-minimal/versions/2"),
    "no addresses": ("a", "a"),
}


@each("name", SAME)
def test_addresses_of_one_thing_are_the_same(name: str) -> None:
    one, other = SAME[name]
    assert same_address(one, other)
    assert same_address(other, one)


@each("name", OTHER)
def test_addresses_of_two_things_are_not(name: str) -> None:
    one, other = OTHER[name]
    assert not same_address(one, other)
    assert not same_address(other, one)
