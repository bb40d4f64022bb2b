"""Azure ML registries: assets shared between workspaces, with storage and container registries of their own."""

from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_arm import ids
from azureml_arm.names import RULES, NameRule
from azureml_arm.regions import canonical_region
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.operations import LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Unique, Write, action
from azureml_sandbox.services.machinelearning.publishing import REGISTRIES
from azureml_sandbox.services.machinelearning.waiting import BY_LOCATION, PUT_REGISTRY

_STORAGE, _IMAGES = "systemCreatedStorageAccount", "systemCreatedAcrAccount"
_USERS = {"storageAccountDetails": "userCreatedStorageAccount", "acrDetails": "userCreatedAcrAccount"}


class Registry(ResourceType):
    """A registry. What Azure ML makes for it is in a resource group of its own."""

    type = REGISTRIES
    tracked = True
    system_data = True
    state = None
    created_status = 201
    name_rule: ClassVar[NameRule | None] = RULES["ml_registry"]
    unique = Unique("world", "RegistryAlreadyExists", "A registry named '{name}' already exists.")
    patchable = ("tags", "identity", "sku", "properties")
    shapes: ClassVar = {
        "properties.regionDetails[].location!": str,
        f"properties.regionDetails[].storageAccountDetails[].{_STORAGE}": dict,
        f"properties.regionDetails[].acrDetails[].{_IMAGES}": dict,
    }
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        **dict.fromkeys(("PUT", "DELETE"), PUT_REGISTRY),
        "removeregions": BY_LOCATION,
    }
    filled: ClassVar = {"publicNetworkAccess": "Enabled"}

    def check(self, write: Write) -> None:
        """Refuse a PUT that removes a region, which an action does."""
        given = [_region(one) for one in write.properties.get("regionDetails") or []]
        if given and write.location not in given:
            raise bad_request(f"regionDetails must have the registry's own region, {write.location}.", "UserError")
        gone = sorted({_region(one) for one in write.old_properties.get("regionDetails") or []} - set(given))
        if given and gone:
            raise bad_request(f"Regions are removed by the action removeRegions, not by a PUT: {', '.join(gone)}.")
        for path in _USERS.values():
            for one in _users(write.properties, path):
                if write.azure.is_missing(one):
                    raise bad_request(f"{path} refers to '{one}', which does not exist.", "LinkedResourceNotFound")

    def computed_properties(self, write: Write) -> Body:
        """Return where the registry answers, and what it stands on."""
        own_id, region = (write.old or {}).get("id") or write.id.text, write.location
        old = {_region(one): one for one in write.old_properties.get("regionDetails") or []}
        given = write.properties.get("regionDetails") or list(old.values()) or [{"location": region}]
        details = [old.get(_region(one)) or _details(own_id, one) for one in given]
        return {
            "discoveryUrl": f"https://{region}.api.azureml.ms/registrymanagement/v1.0/registries/{write.id.name}/discovery",
            "managedResourceGroup": {"resourceId": group_id(own_id)},
            "mlFlowRegistryUri": f"azureml://{region}.api.azureml.ms/mlflow/v1.0{own_id}",
            "regionDetails": details,
        }

    def finish(self, write: Write, resource: Body) -> Body:
        """Give the registry an identity."""
        resource.setdefault("identity", write.azure.identities.with_principals(write.id, {"type": "SystemAssigned"}))
        return resource

    def after(self, write: Write, resource: Body) -> None:
        """Make what Azure ML makes for a registry, where it isn't there yet."""
        wanted = [one for region in resource["properties"]["regionDetails"] for one in _parts(region)]
        if wanted and not write.azure.exists(group_id(resource["id"])):
            write.azure.provide(group_id(resource["id"]), {"location": resource["location"]})
        for target, body in wanted:
            if not write.azure.exists(target):
                write.azure.provide(target, body)

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Delete what Azure ML made for it."""
        if azure.exists(group_id(resource["id"])):
            azure.delete(group_id(resource["id"]))

    @action("removeRegions")
    def remove_regions(self, azure: Cloud, resource: Body, body: Any) -> Body:
        """Leave the regions that the body's `regionDetails` name, with what is in them."""
        named = {_region(one) for one in dig(body, "properties.regionDetails") or []}
        details = resource["properties"]["regionDetails"]
        there = {_region(one) for one in details}
        if resource["location"] in named or not named or named - there:
            regions = ", ".join(sorted(there - {resource["location"]})) or "none"
            raise bad_request(f"Regions of registry '{resource['name']}' that can be removed: {regions}.")
        for target, _ in [one for region in details if _region(region) in named for one in _parts(region)]:
            azure.delete(target)
        resource["properties"]["regionDetails"] = [one for one in details if _region(one) not in named]
        azure.update(resource)
        return resource


def group_id(registry_id: str) -> str:
    """Return the resource group that Azure ML keeps for a registry."""
    own = ids.parse(registry_id)
    name = f"azureml-rg-{own.name}_{derived.guid('registry group', registry_id)}"
    return ids.resource_group_id(own.subscription or "", name)


def _details(registry_id: str, given: Body) -> Body:
    """Return one region, with the names of what Azure ML makes where the user brings nothing."""
    region = _region(given)
    storage = given.get("storageAccountDetails") or [{_STORAGE: {}}]
    registries = given.get("acrDetails") or [{_IMAGES: {}}]
    return {
        "location": region,
        "storageAccountDetails": [_storage(registry_id, region, n, one) for n, one in enumerate(storage)],
        "acrDetails": [_images(registry_id, region, n, one) for n, one in enumerate(registries)],
    }


def _storage(registry_id: str, region: str, number: int, given: Body) -> Body:
    wanted = given.get(_STORAGE)
    if wanted is None:
        return given
    name = derived.guid("registry storage", registry_id, region, str(number)).replace("-", "")[:11]
    made = {
        "allowBlobPublicAccess": False,
        "storageAccountHnsEnabled": False,
        "storageAccountType": "Standard_LRS",
        **{key: value for key, value in wanted.items() if value is not None},
        "storageAccountName": name,
    }
    target = f"{group_id(registry_id)}/providers/Microsoft.Storage/storageAccounts/{name}"
    return {_STORAGE: {**made, "armResourceId": {"resourceId": target}}}


def _images(registry_id: str, region: str, number: int, given: Body) -> Body:
    wanted = given.get(_IMAGES)
    if wanted is None:
        return given
    name = derived.guid("registry images", registry_id, region, str(number)).replace("-", "")[:11]
    sku = wanted.get("acrAccountSku") or "Premium"
    target = f"{group_id(registry_id)}/providers/Microsoft.ContainerRegistry/registries/{name}"
    return {_IMAGES: {"acrAccountName": name, "acrAccountSku": sku, "armResourceId": {"resourceId": target}}}


def _parts(region: Body) -> list[tuple[str, Body]]:
    """Return what Azure ML makes for a region: ids and bodies."""
    location, found = region["location"], []
    for one in region.get("storageAccountDetails") or []:
        if _STORAGE in one:
            made = one[_STORAGE]
            sku = {"name": _sku(str(made["storageAccountType"]))}
            properties = {"isHnsEnabled": bool(made["storageAccountHnsEnabled"]), "allowBlobPublicAccess": False}
            body = {"location": location, "kind": "StorageV2", "sku": sku, "properties": properties}
            found.append((made["armResourceId"]["resourceId"], body))
    for one in region.get("acrDetails") or []:
        if _IMAGES in one:
            made = one[_IMAGES]
            body = {"location": location, "sku": {"name": made["acrAccountSku"]}, "properties": {}}
            found.append((made["armResourceId"]["resourceId"], body))
    return found


def _sku(name: str) -> str:
    """Return ``standard_lrs`` as storage spells it."""
    tier, _, kind = name.partition("_")
    return f"{tier.capitalize()}_{kind.upper()}"


def _users(properties: Body, kind: str) -> list[str]:
    plural = next(name for name, one in _USERS.items() if one == kind)
    regions = properties.get("regionDetails") or []
    found = [dig(one, f"{kind}.armResourceId.resourceId") for region in regions for one in region.get(plural) or []]
    return [one for one in found if one]


def _region(details: Body) -> str:
    return canonical_region(str(details.get("location") or ""))
