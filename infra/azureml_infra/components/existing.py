"""What a program expects in Azure: the resources whose ids it names, asked for before anything is made."""

import asyncio
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime.sync_await import _sync_await  # how `pulumi.runtime.invoke` waits, here for several at once

from azureml_arm import ids
from azureml_arm.functions import BY_TYPE
from azureml_arm.types import by_type
from azureml_infra.components.azure import Destination
from azureml_infra.components.live import Presence, presence
from azureml_infra.entities.arguments import ArgumentError
from azureml_infra.entities.base import Model
from azureml_infra.entities.body import Location, leaves

KINDS = {
    "microsoft.cognitiveservices/accounts": "Azure AI services account",
    "microsoft.compute/virtualmachines": "virtual machine",
    "microsoft.containerregistry/registries": "container registry",
    "microsoft.containerservice/managedclusters": "Kubernetes cluster",
    "microsoft.databricks/workspaces": "Databricks workspace",
    "microsoft.documentdb/databaseaccounts": "Cosmos DB account",
    "microsoft.insights/components": "Application Insights resource",
    "microsoft.keyvault/vaults": "key vault",
    "microsoft.keyvault/vaults/keys": "key",
    "microsoft.kubernetes/connectedclusters": "Arc-enabled Kubernetes cluster",
    "microsoft.machinelearningservices/workspaces": "workspace",
    "microsoft.machinelearningservices/workspaces/computes": "compute",
    "microsoft.managedidentity/userassignedidentities": "identity",
    "microsoft.network/virtualnetworks/subnets": "subnet",
    "microsoft.operationalinsights/workspaces": "Log Analytics workspace",
    "microsoft.resources/resourcegroups": "resource group",
    "microsoft.search/searchservices": "search service",
    "microsoft.storage/storageaccounts": "storage account",
    "microsoft.synapse/workspaces": "Synapse workspace",
    "microsoft.synapse/workspaces/bigdatapools": "Synapse Spark pool",
}
"""What is asked for, and what people call it."""

_KEY = re.compile(r"/keys/([A-Za-z0-9-]+)(?:/|$)")
UNREADABLE = "whoever runs this may not read the {}, so nothing says that it exists"
EXPECTED = "expected the id of one that exists, or an Output of what this program makes"


@dataclass(frozen=True)
class Expected:
    """A resource that has to be there, and where a model names it."""

    id: str
    location: Location

    @property
    def label(self) -> str:
        """Return what messages call it: its kind and id, or a group's name."""
        parsed = ids.parse(self.id)
        return f"{KINDS[parsed.type.lower()]} {parsed.name if parsed.type == ids.RESOURCE_GROUP else self.id}"

    @property
    def place(self) -> tuple[str, str]:
        """Return its resource group, and the name of what it is or is in, in lower case."""
        parsed = ids.parse(self.id)
        return (parsed.resource_group or "").lower(), next(iter(parsed.names), parsed.name).lower()


def expected_by(model: Model) -> Iterator[Expected]:
    """Yield what a model names by its id, written as text; an Output's value isn't known before the run."""
    for leaf in leaves(model):
        text = leaf.value.removeprefix("azureml:") if isinstance(leaf.value, str) else ""
        if text.startswith("/") and ids.is_id(text) and ids.parse(text).type.lower() in KINDS:
            yield Expected(text, leaf.location)
    key = getattr(model, "customer_managed_key", None)
    if key is not None and isinstance(key.key_vault, str) and isinstance(key.key_uri, str):
        name = _KEY.search(key.key_uri)
        if name is not None:
            yield Expected(f"{key.key_vault}/keys/{name[1]}", ("customer_managed_key", "key_uri"))


def subnets_of(model: Model, group_id: str) -> Iterator[Expected]:
    """Yield the subnets that something names: in a network of the platform's resource group, or in one given by id."""
    made = getattr(getattr(model, "create", None), "vnet", None)
    if made is not None and isinstance(made.id, str):
        for word in ("public_subnet", "private_subnet"):
            yield Expected(f"{made.id}/subnets/{getattr(made, word)}", ("create", "vnet", word))
    for named, location in _named_subnets(model):
        if isinstance(named, str) and not ids.is_id(named):
            network, subnet = named.split("/", 1)
            below = f"virtualNetworks/{network}/subnets/{subnet}"
            yield Expected(f"{group_id}/providers/Microsoft.Network/{below}", location)


def _named_subnets(model: Model) -> Iterator[tuple[Any, tuple[str, ...]]]:
    network = getattr(model, "network_settings", None)
    if network is not None and network.vnet_name and isinstance(network.subnet, str) and not ids.is_id(network.subnet):
        yield f"{network.vnet_name}/{network.subnet}", ("network_settings", "subnet")
    yield getattr(model, "subnet", None), ("subnet",)
    yield getattr(getattr(model, "create", None), "network", None), ("create", "network")


def look_up(wanted: Collection[Expected], azure: Destination) -> dict[Expected, Presence]:
    """Return whether Azure has what is wanted: asked once for each id, and for all at the same time."""
    asked = {one.id.lower(): one.id for one in wanted}
    answers = dict(zip(asked, _sync_await(_ask(list(asked.values()), azure)), strict=True)) if asked else {}
    return {one: answers[one.id.lower()] for one in wanted}


def refuse_missing(azure: Destination, *models: Model | None) -> None:
    """Raise ArgumentError where Azure lacks what a workspace's models name; warn where it may not be asked."""
    wanted = [one for model in models if model is not None for one in expected_by(model)]
    lacking = []
    for one, answer in look_up(wanted, azure).items():
        where = f"Workspace: {'.'.join(map(str, one.location))}: "
        if answer is Presence.ABSENT:
            lacking.append(f"{where}the {one.label} can't be found in Azure; {EXPECTED}")
        elif answer is Presence.FORBIDDEN:
            pulumi.log.warn(f"{where}{UNREADABLE.format(one.label)}")
    if lacking:
        raise ArgumentError("\n".join(lacking))


async def _ask(wanted: list[str], azure: Destination) -> list[Presence]:
    subscription = azure.subscription.lower()
    return await asyncio.gather(*(_look(one, subscription) for one in wanted))


async def _look(resource_id: str, subscription: str) -> Presence:
    """Ask for one; azure-native asks in the program's own subscription only."""
    parsed = ids.parse(resource_id)
    if (parsed.subscription or "").lower() != subscription:
        return Presence.UNKNOWN
    arm = by_type(parsed.type)
    if arm is None:
        function = BY_TYPE[parsed.type.lower()]
        return await presence(function.token, function.arguments(resource_id))
    module, _, name = arm.token.removeprefix("azure-native:").partition(":")
    return await presence(f"{module}:get{name}", arm.names(resource_id))
