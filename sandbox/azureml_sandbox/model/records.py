"""What a cloud holds: bodies by id and what belongs to them, in the tables of one store.

Knows no type and no rule of Azure's: whoever changes something here answers for it.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_sandbox.model import errors, tables
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.store import MemoryStore, Store

_GROUPED = re.compile(r"^/subscriptions/([^/]+)/resourcegroups/", re.IGNORECASE)


class Records:
    """The records of one subscription in one tenant. Ids are compared in lower case and keep the case they came in."""

    def __init__(self, store: Store | None = None, subscription: str = SUBSCRIPTION, tenant: str = TENANT) -> None:
        self.store = store or MemoryStore()
        self.subscription = subscription
        self.tenant = tenant
        self._lock = threading.RLock()
        if self.store.get(tables.TYPES, "") is None:
            self._index()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    # -- one at a time -------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep everybody from changing anything meanwhile."""
        with self._lock:
            yield

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let one request at a time change something, with all of its effects or none."""
        with self._lock, self.store.transaction():
            yield

    @contextmanager
    def attempting(self) -> Iterator[None]:
        """Undo this part of a change when it raises; the change may go on."""
        with self._lock, self.store.attempt():
            yield

    # -- bodies --------------------------------------------------------------------------------------------------

    def load(self, resource_id: str) -> Body | None:
        """Return a resource's body as it is stored, or None."""
        found = self.store.get(tables.RESOURCES, resource_id.lower())
        return None if found is None else json.loads(found)

    def update(self, resource: Body) -> None:
        """Store a resource without any checks: how a service changes its own resources."""
        self.store.set(tables.RESOURCES, resource["id"].lower(), json.dumps(resource))
        key = _type_key(resource["type"], resource["id"])
        if self.store.get(tables.TYPES, key) is None:
            self.store.set(tables.TYPES, key, "")

    def forget(self, resource: Body) -> None:
        """Remove a stored resource without any checks: how a service gives up what it has stored itself."""
        self.store.remove(tables.RESOURCES, resource["id"].lower())
        self.store.remove(tables.TYPES, _type_key(resource["type"], resource["id"]))

    def below(self, resource_id: str) -> list[Body]:
        """Return everything below a resource, a group or a subscription, in the order of ids."""
        with self._lock:
            return [json.loads(value) for _, value in self.store.scan(tables.RESOURCES, resource_id.lower() + "/")]

    def of_type(self, type_name: str, scope: str = "") -> list[Body]:
        """Return all of a type below a scope, found by the types' index: other types cost nothing."""
        with self._lock:
            found = self.store.scan(tables.TYPES, _type_key(type_name, scope.rstrip("/") + "/"))
            return [json.loads(self.store.get(tables.RESOURCES, key.partition(" ")[2]) or "{}") for key, _ in found]

    def resources(self, type: str | None = None) -> list[Body]:  # noqa: A002 - ARM's word
        """Return everything there is, or all of a type, in the order of ids."""
        return self.below("") if type is None else self.of_type(type)

    # -- secrets -------------------------------------------------------------------------------------------------

    def secrets(self, resource_id: str) -> dict[str, Any]:
        """Return what a resource was given and doesn't show: dotted path -> value."""
        found = self.store.get(tables.SECRETS, resource_id.lower())
        return json.loads(found) if found else {}

    def hide(self, resource_id: str, path: str, value: Any) -> None:
        """Replace one of a resource's `secrets`: how a service makes new ones."""
        self.set_secrets(resource_id, {**self.secrets(resource_id), path: value})

    def set_secrets(self, resource_id: str, secrets: dict[str, Any]) -> None:
        """Replace all of a resource's `secrets`."""
        self.store.set(tables.SECRETS, resource_id.lower(), json.dumps(secrets))

    def forget_secrets(self, resource_id: str) -> None:
        """Remove all of a resource's `secrets`."""
        self.store.remove(tables.SECRETS, resource_id.lower())

    # -- soft deletion -------------------------------------------------------------------------------------------

    def get_deleted(self, resource_id: str) -> Body | None:
        """Return a soft-deleted resource as it was, or None."""
        gone = self.store.get(tables.DELETED, resource_id.lower())
        return None if gone is None else json.loads(gone)

    def all_deleted(self) -> list[Body]:
        """Return every soft-deleted resource, in the order of ids."""
        return [json.loads(value) for _, value in self.store.scan(tables.DELETED)]

    def keep_deleted(self, resource: Body) -> None:
        """Keep a resource as a soft-deleted one."""
        self.store.set(tables.DELETED, resource["id"].lower(), json.dumps(resource))

    def forget_deleted(self, resource_id: str) -> None:
        """Remove a soft-deleted resource; its name stays claimed."""
        self.store.remove(tables.DELETED, resource_id.lower())

    # -- names ---------------------------------------------------------------------------------------------------

    def holder(self, name: str) -> str | None:
        """Return the id, in lower case, of the resource that has claimed a name (`tables.NAMES`)."""
        found = self.store.get(tables.NAMES, name.lower())
        return None if found is None else str(found)

    def find_named(self, type_name: str, name: str) -> Body | None:
        """Return the resource of a type that has a name in the world."""
        holder = self.holder(f"{type_name}//{name}")
        return None if holder is None else self.load(holder)

    def claim(self, name: str, resource_id: str) -> None:
        """Reserve a name for a resource."""
        self.store.set(tables.NAMES, name, resource_id.lower())
        self.store.set(tables.CLAIMS, resource_id.lower(), name)

    def release(self, resource_id: str) -> None:
        """Free the name that a resource has claimed."""
        key = resource_id.lower()
        claim = self.store.get(tables.CLAIMS, key)
        if claim is not None:
            self.store.remove(tables.NAMES, str(claim))
            self.store.remove(tables.CLAIMS, key)

    # -- numbers -------------------------------------------------------------------------------------------------

    def count(self, table: str) -> int:
        """Return how far a table has counted."""
        return int(self.store.get(table, "") or 0)

    def next_number(self, table: str) -> int:
        """Count one further in a table and return the number."""
        number = self.count(table) + 1
        self.store.set(table, "", str(number))
        return number

    def _index(self) -> None:
        """Make the index of a store that was written before there was one."""
        with self.changing():
            for resource in self.below(""):
                self.store.set(tables.TYPES, _type_key(resource["type"], resource["id"]), "")
            self.store.set(tables.TYPES, "", "made")


@lru_cache(maxsize=4096)
def parse(resource_id: str) -> ResourceId:
    """Read an id, with ARM's own words in it as ARM spells them; raise ARM's InvalidResourceId for what isn't one."""
    try:
        return ids.parse(_GROUPED.sub(r"/subscriptions/\1/resourceGroups/", resource_id, count=1))
    except ValueError as error:
        raise errors.bad_request(str(error), "InvalidResourceId") from None


def _type_key(type_name: str, resource_id: str) -> str:
    return f"{type_name} {resource_id}".lower()
