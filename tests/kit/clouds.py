"""Clouds for tests: what a workspace needs, in bodies that Azure takes."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from azureml_sandbox.azure import SUBSCRIPTION, Azure
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.store import MemoryStore

REGION = "westeurope"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-acme"
PROVIDERS = f"{GROUP}/providers"
STORAGE = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/stacme"
VAULT = f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv-acme"
INSIGHTS = f"{PROVIDERS}/Microsoft.Insights/components/appi-acme"
REGISTRY = f"{PROVIDERS}/Microsoft.ContainerRegistry/registries/cracme"
WORKSPACE = f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/mlw-acme"
CLUSTER = f"{PROVIDERS}/Microsoft.ContainerService/managedClusters/aks-acme"

Body = dict[str, Any]

BODIES: dict[str, Body] = {
    GROUP: {"location": REGION},
    STORAGE: {
        "location": REGION,
        "sku": {"name": "Standard_LRS"},
        "kind": "StorageV2",
        "properties": {"allowSharedKeyAccess": False},
    },
    VAULT: {
        "location": REGION,
        "properties": {
            "tenantId": Azure().tenant,
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": True,
        },
    },
    INSIGHTS: {"location": REGION, "kind": "web", "properties": {"Application_Type": "web"}},
    REGISTRY: {"location": REGION, "sku": {"name": "Basic"}},
    WORKSPACE: {
        "location": REGION,
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "storageAccount": STORAGE,
            "keyVault": VAULT,
            "applicationInsights": INSIGHTS,
            "systemDatastoresAuthMode": "Identity",
        },
    },
}
FOUNDATION = (GROUP, STORAGE, VAULT, INSIGHTS)


def body(resource_id: str, **properties: Any) -> Body:
    """Return the body of one of the above, with other properties."""
    found = BODIES[resource_id]
    return {**found, "properties": {**found.get("properties", {}), **properties}} if properties else found


def foundation(azure: Azure) -> Azure:
    """Make what a workspace stands on, and return the cloud."""
    return _make(azure, FOUNDATION)


def workspace(azure: Azure) -> Azure:
    """Make a workspace and what it stands on, and return the cloud."""
    return _make(azure, (*FOUNDATION, WORKSPACE))


class Rows:
    """What is in a cloud that lives in memory, to be put into another one."""

    def __init__(self, azure: Azure) -> None:
        store = _in_memory(azure)
        self._values = {table: dict(rows) for table, rows in store._values.items()}
        self._keys = {table: list(keys) for table, keys in store._keys.items()}

    def put_into(self, azure: Azure) -> None:
        """Replace what is in a cloud by copies."""
        store = _in_memory(azure)
        store._values = defaultdict(dict, {table: dict(rows) for table, rows in self._values.items()})
        store._keys = defaultdict(list, {table: list(keys) for table, keys in self._keys.items()})
        store._changes += 1


def _in_memory(azure: Azure) -> MemoryStore:
    assert isinstance(azure.store, MemoryStore)
    return azure.store


_EMPTY = Azure().store.version()
_MADE: dict[tuple[str, ...], Rows] = {}
"""What a process has made in an empty cloud, and copies from then on."""


def _make(azure: Azure, resource_ids: tuple[str, ...]) -> Azure:
    store = azure.store
    whose = (azure.subscription, azure.tenant, azure.events.moment(), str(azure.operations.seconds))
    is_plain = isinstance(store, MemoryStore) and store.version() == _EMPTY and not azure.observers
    made = _MADE.get(whose + resource_ids) if is_plain else None
    if made is not None:
        made.put_into(azure)
        return azure
    for resource_id in resource_ids:
        azure.put(resource_id, BODIES[resource_id])
    if is_plain:
        _MADE[whose + resource_ids] = Rows(azure)
    return azure


def compute(kind: str, resource_id: str | None = None, **settings: Any) -> Body:
    """Return a compute's body."""
    attached = {"resourceId": resource_id} if resource_id else {}
    return {"location": REGION, "properties": {"computeType": kind, "properties": settings, **attached}}


@contextmanager
def refused(code: str, status: int | None = None, *, says: str = "") -> Iterator[pytest.ExceptionInfo[ArmError]]:
    """Assert that the block is refused with ARM's code and, where they are given, the HTTP status and the words."""
    with pytest.raises(ArmError) as refusal:
        yield refusal
    assert refusal.value.code == code
    assert status is None or refusal.value.status == status
    assert says in refusal.value.message
