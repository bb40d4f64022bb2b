"""Azure ML's registries: what workspaces share, with storage and images of their own in each region.

Fields are those of ``az ml registry create --file``
(https://learn.microsoft.com/azure/machine-learning/how-to-manage-registries).
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from azureml_arm.regions import canonical_region
from azureml_infra.entities.base import LOCAL, Arm, Entity, Model, NoEffect, is_output, refusal
from azureml_infra.entities.body import Resolver
from azureml_infra.entities.fields import LOWER, Region
from azureml_infra.entities.reverse import Place, at, words_of
from azureml_infra.entities.tags import Tags
from azureml_infra.entities.words import Switch, name_rule

_STORAGE = "systemCreatedStorageAccount"
_IMAGES = "systemCreatedAcrAccount"


def _no_own(given: Any) -> Any:
    """Raise for an account of one's own, which the API had in previews only."""
    if isinstance(given, str | list):
        what = "the GA API makes a registry's accounts itself and takes none that exists"
        raise refusal(what, "a mapping, or nothing")
    return given


class RegistryStorage(Model):
    """The storage account that Azure makes for a registry in a region."""

    storage_account_hns: Annotated[bool, Arm(f"{_STORAGE}.storageAccountHnsEnabled")] = False
    """Whether it has a hierarchical namespace."""
    storage_account_type: Annotated[
        Literal[
            "standard_lrs",
            "standard_grs",
            "standard_ragrs",
            "standard_zrs",
            "standard_gzrs",
            "standard_ragzrs",
            "premium_lrs",
            "premium_zrs",
        ],
        LOWER,
        Arm(f"{_STORAGE}.storageAccountType"),
    ] = "standard_lrs"
    """How it is replicated."""
    replication_count: Annotated[int, Field(ge=1), LOCAL] = 1
    """How many such accounts are made."""


class RegistryImages(Model):
    """The container registry that Azure makes for a registry."""

    acr_account_sku: Annotated[Literal["premium"], LOWER, Arm(f"{_IMAGES}.acrAccountSku", str.capitalize)] = "premium"
    """Its tier: there is one."""


class RegistryRegion(Model):
    """A region that a registry's assets are kept in."""

    location: Annotated[Region, Arm("location")]
    """The region."""
    storage_config: Annotated[RegistryStorage, BeforeValidator(_no_own), LOCAL] = RegistryStorage.model_construct()
    """The storage account in it."""


class Publisher(Model):
    """Whose intellectual property a registry's assets are."""

    publisher: Annotated[str, Arm("intellectualPropertyPublisher")]
    """The publisher's name."""


class RegistryArgs(Entity):
    """Assets that workspaces of any region share: components, environments, models, data."""

    family: ClassVar[str] = "registries"
    kind: ClassVar[str] = "Azure ML registry"
    read_only: ClassVar[tuple[str, ...]] = (
        "discovery_url",
        "identity",
        "kind",
        "managed_resource_group",
        "mlflow_registry_uri",
        "sku",
    )
    arm_constants: ClassVar[dict[str, Any]] = {"identity.type": "SystemAssigned"}

    name: Annotated[str, LOCAL, name_rule("ml_registry")]
    """Unique in the world."""
    description: Annotated[str | None, LOCAL, NoEffect("Azure has no place for it")] = None
    """Taken without effect: Azure has no place for it."""
    location: Annotated[Region | None, Arm("location", immutable=True)] = None
    """Azure region, which can't change; the platform's if left out."""
    tags: Annotated[Tags | None, Arm("tags")] = None
    """Names and values for billing and search."""
    public_network_access: Annotated[Switch | None, Arm("properties.publicNetworkAccess")] = None
    """Whether it can be reached from the internet; it can if left out."""
    replication_locations: Annotated[list[RegistryRegion], Field(min_length=1), LOCAL] = Field(default_factory=list)
    """The regions that assets are kept in, its own among them; its own alone if left out. More can be added later."""
    container_registry: Annotated[RegistryImages, BeforeValidator(_no_own), LOCAL] = RegistryImages.model_construct()
    """The container registry for images, the same in all regions."""
    intellectual_property: Annotated[Publisher | None, Arm("properties")] = None
    """Whose intellectual property the assets are."""

    def place(self, location: Any) -> Self:
        """Return the registry with a region of its own, and that among those that assets are kept in."""
        location = self.location or location
        regions = self.replication_locations or [RegistryRegion(location=location)]
        return self.model_copy(update={"location": location, "replication_locations": regions})

    @model_validator(mode="after")
    def _is_in_its_own_region(self) -> Self:
        regions = [_plain(one.location) for one in self.replication_locations]
        if self.location is None or not regions or any(map(is_output, [self.location, *regions])):
            return self
        twice = next((one for at, one in enumerate(regions) if one in regions[:at]), None)
        if twice or _plain(self.location) not in regions:
            what = f'"{twice}" is listed twice' if twice else f'its own region "{self.location}" is not in the list'
            raise refusal(what, "each region once, its own too", "replication_locations")
        return self

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Add each region with its accounts, which the API lists."""
        # Not at the top: the module that walks models imports none of them.
        from azureml_infra.entities.body import body as body_of

        images = [body_of(self.container_registry, resolver)]
        properties = body.setdefault("properties", {})
        properties["regionDetails"] = [
            {
                "location": region.location,
                "acrDetails": deepcopy(images),
                "storageAccountDetails": [body_of(region.storage_config, resolver)]
                * region.storage_config.replication_count,
            }
            for region in self.replication_locations
        ]

    @classmethod
    def restore(cls, found: dict[str, Any], body: Mapping[str, Any], place: Place) -> None:
        """Read the regions with their storage accounts."""
        regions = []
        for one in at(body, "properties.regionDetails") or ():
            accounts = one.get("storageAccountDetails") or []
            storage = words_of(RegistryStorage, accounts[0], place) if accounts else {}
            storage |= {"replication_count": len(accounts)} if len(accounts) > 1 else {}
            regions.append({"location": one["location"]} | ({"storage_config": storage} if storage else {}))
        found |= {"replication_locations": regions} if regions else {}


def _plain(region: Any) -> Any:
    return region if is_output(region) else canonical_region(region)
