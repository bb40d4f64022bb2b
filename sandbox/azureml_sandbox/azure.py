"""The model of Azure Resource Manager: what is in one subscription, and what a request does to it.

Knows nothing of who asks or how: Pulumi's doors, HTTP and tests call the same methods, and each refusal is an ArmError
with ARM's status and code.
"""

from __future__ import annotations

import copy
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_arm.types import by_type
from azureml_sandbox.data.blobs import SHARES, Blobs
from azureml_sandbox.model import errors
from azureml_sandbox.model.clock import Clock
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.events import Events
from azureml_sandbox.model.identities import CALLER, Identities
from azureml_sandbox.model.operations import Operations
from azureml_sandbox.model.resource import Body, ResourceType, Write, normalised, patched, pluck
from azureml_sandbox.model.store import MemoryStore, Store
from azureml_sandbox.services import NAMESPACES, TYPES
from azureml_sandbox.services.authorization import locks
from azureml_sandbox.services.authorization.policy.enforcement import enforce

__all__ = ["SUBSCRIPTION", "TENANT", "Azure", "Observer", "PutRequest", "parse"]


@dataclass(frozen=True)
class PutRequest:
    """A PUT as it came in: what observers see."""

    id: str
    type: str
    api_version: str | None
    body: Mapping[str, Any]


_GROUPED = re.compile(r"^/subscriptions/([^/]+)/resourcegroups/", re.IGNORECASE)

_TYPES = "types"
"""The table that says which resources there are of a type."""
Observer = Callable[[PutRequest], None]
Authoriser = Callable[[str, str, str], None]
"""Takes an object id, an action and the id that it is done to; raises ArmError."""
Bodies = list[Body]


class Azure:
    """One subscription in one tenant. Ids are compared without regard to case and keep the case they were given."""

    default_observers: ClassVar[list[Observer]] = []
    """Called with every PUT to any instance; a test suite hangs its checks of request bodies here."""

    def __init__(self, store: Store | None = None, subscription: str = SUBSCRIPTION, tenant: str = TENANT) -> None:
        self.store = store or MemoryStore()
        self.subscription = subscription
        self.tenant = tenant
        self.observers: list[Observer] = []
        self.identities = Identities(self)
        self.blobs = Blobs(self)
        self.files = Blobs(self, SHARES)
        self.operations = Operations(self)
        self.events = Events(self)
        self.clock: Callable[[], float] = Clock(self)
        """What time it is, in seconds since 1970: how long operations and faults last. Tests set their own."""
        self.authorise: Authoriser = _nobody_is_refused
        """Asked before one request makes another in its caller's name, as deployments do: who serves sets it."""
        self._lock = threading.RLock()
        if self.store.get(_TYPES, "") is None:
            self._index()

    # -- requests ------------------------------------------------------------------------------------------------

    def put(
        self,
        resource_id: str,
        body: Mapping[str, Any],
        api_version: str | None = None,
        caller: str | None = None,
    ) -> Body:
        """Make or update a resource and return it as ARM does.

        `body` is ARM's REST body, `api_version` defaults to that of azureml_arm.types, and `caller` is the object id
        of who asks. Nothing is kept of a PUT that is refused, by what Azure checks or by a policy.
        """
        target = parse(resource_id)
        if self.kind(target).service_only:
            raise ArmError(405, "MethodNotAllowed", f"{target.type}: only Azure's own services make these.")
        request = PutRequest(target.text, target.type, api_version or _api_version(target), body)
        for observer in (*self.default_observers, *self.observers):
            observer(request)
        with self.changing():
            locks.refuse_change(self, target)
            enforce(self, target, body)
            made = self.provide(resource_id, body, caller)
        failure = self.kind(target).failure(made)
        if failure is not None:
            raise failure
        return made

    def provide(self, resource_id: str, body: Mapping[str, Any], caller: str | None = None) -> Body:
        """What `put` does, for what a service makes by itself: nobody sent this body, so no observer sees it."""
        with self.changing():
            return self._write(parse(resource_id), copy.deepcopy(dict(body)), caller or CALLER)

    def patch(self, resource_id: str, body: Mapping[str, Any], caller: str | None = None) -> Body:
        """Change some properties of a resource: objects merge, null removes, `tags` are replaced whole."""
        target = parse(resource_id)
        kind = self.kind(target)
        refused = sorted(set(body) - set(kind.patchable))
        if refused:
            takes = ", ".join(kind.patchable)
            raise errors.bad_request(f"A PATCH of {kind.type} takes {takes}; not {', '.join(refused)}.")
        with self.changing():
            changed = patched(self.get(resource_id), copy.deepcopy(dict(body)))
            locks.refuse_change(self, target)
            enforce(self, target, changed)
            return self._write(target, changed, caller or CALLER)

    def get(self, resource_id: str) -> Body:
        """A resource as ARM returns it."""
        target = parse(resource_id)
        with self._lock:
            found = self._load(target, self.kind(target))
            if found is None:
                self._check_above(target)
                raise self.missing(target)
            return found

    def exists(self, resource_id: str) -> bool:
        """Whether a resource is there."""
        target = parse(resource_id)
        with self._lock:
            return self._load(target, self.kind(target)) is not None

    def delete(self, resource_id: str, query: Mapping[str, str] | None = None) -> bool:
        """Delete a resource and all below it; False when it isn't there. `query` holds the request's parameters.

        Types with soft delete stay recoverable and keep their name; ``{"forceToPurge": "true"}`` is the end of it.
        """
        target = parse(resource_id)
        kind = self.kind(target)
        purge = str((query or {}).get("forceToPurge", "")).lower() == "true"
        with self.changing():
            resource = self._stored(target.text)
            if resource is None:
                return kind.delete_virtual(self, target) or (purge and self.purge(target.text))
            locks.refuse_deletion(self, target)
            kind.check_delete(self, resource)
            self._delete_below(target.text)
            self._remove(resource, purge=purge)
            return True

    def action(self, resource_id: str, action: str, body: Any = None, caller: str | None = None) -> Any:
        """What a POST to ``{resource_id}/{action}`` answers, such as ``listKeys``."""
        target = parse(resource_id)
        kind = self.kind(target)
        method = kind.actions.get(action.lower())
        if method is None:
            raise ArmError(
                404,
                "InvalidResourceType",
                f"{kind.type} has no action '{action}' in the sandbox; it has: {', '.join(kind.actions) or 'none'}. "
                f"Add it to {type(kind).__name__} in {type(kind).__module__}.",
            )
        with self.changing():
            resource = self._load(target, kind) if getattr(method, "before", False) else self.get(resource_id)
            if resource is None:
                self._check_above_all(target)
                resource = {"id": target.text, "name": target.name, "type": kind.type, "properties": {}}
            asked = (caller or CALLER,) if getattr(method, "asked", False) else ()
            return method(kind, self, resource, body or {}, *asked)

    def list(self, scope_id: str, type: str | None = None, filter: str = "") -> Bodies:  # noqa: A002 - ARM's words
        """Every resource of a type at or below a scope, or, without a type, those directly in the scope.

        Lists of Microsoft.Authorization also hold what is above, take ARM's ``$filter``, and know the scope "", the
        tenant.
        """
        with self._lock:
            kind = TYPES.get((type or "").lower())
            scope = self.get(scope_id)["id"] if scope_id else ""
            own = kind.listing(self, scope, filter) if kind else None
            if own is not None:
                return own
            if filter:
                raise errors.bad_request(f"The sandbox doesn't filter lists of {type}.", "UnsupportedQuery")
            if type is not None:
                return self._of_type(type, scope)
            below = self._below(scope)
        return [found for found in below if ids.same(parse(found["id"]).parent, scope)]

    def resources(self, type: str | None = None) -> Bodies:  # noqa: A002 - ARM's word
        """Everything there is, or all of a type, in the order of ids: for assertions."""
        with self._lock:
            return self._below("") if type is None else self._of_type(type, "")

    def purge(self, resource_id: str) -> bool:
        """End the soft deletion of a resource, which frees its name; False when there is none."""
        with self.changing():
            gone = self.deleted(resource_id)
            if gone is None:
                return False
            self.store.remove("deleted", resource_id.lower())
            self._release(gone)
            return True

    def deleted(self, resource_id: str) -> Body | None:
        """A soft-deleted resource as it was, or None."""
        gone = self.store.get("deleted", resource_id.lower())
        return None if gone is None else json.loads(gone)

    def secrets(self, resource_id: str) -> dict[str, Any]:
        """What a resource was given and doesn't show: dotted path -> value. For services and assertions."""
        found = self.store.get("secrets", resource_id.lower())
        return json.loads(found) if found else {}

    def hide(self, resource_id: str, path: str, value: Any) -> None:
        """Replace one of a resource's `secrets`: how a service makes new ones."""
        self.store.set("secrets", resource_id.lower(), json.dumps({**self.secrets(resource_id), path: value}))

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    # -- for services --------------------------------------------------------------------------------------------

    def kind(self, target: ResourceId) -> ResourceType:
        """The model of an id's type; ArmError where there is none."""
        kind = TYPES.get(target.type.lower())
        if kind is None:
            known = target.type.partition("/")[0].lower() in NAMESPACES
            raise errors.not_modelled(target.type, namespace_known=known)
        return kind

    def is_missing(self, resource_id: str) -> bool:
        """Whether an id names a modelled resource of this subscription that isn't there."""
        if not ids.is_id(resource_id):
            return False
        target = ids.parse(resource_id)
        kind = TYPES.get(target.type.lower())
        ours = (target.subscription or "").lower() == self.subscription.lower()
        return ours and kind is not None and self._load(target, kind) is None

    def missing(self, target: ResourceId) -> ArmError:
        """The refusal of a resource that isn't there."""
        if target.type == ids.RESOURCE_GROUP:
            return errors.group_not_found(target.name)
        kind = TYPES.get(target.type.lower())
        return kind.not_found(target) if kind else errors.not_found(target)

    def below(self, resource_id: str) -> Bodies:
        """Everything below a resource, a group or a subscription, in the order of ids."""
        with self._lock:
            return self._below(resource_id)

    def location_above(self, target: ResourceId) -> str:
        """The region of the nearest resource above that has one."""
        above = target.parent
        while above:
            found = self._stored(above)
            if found and found.get("location"):
                return normalised(found["location"])
            above = parse(above).parent
        return ""

    def update(self, resource: Body) -> None:
        """Store a resource as it is, past all checks: how a service changes its own resources."""
        self.store.set("resources", resource["id"].lower(), json.dumps(resource))
        self.store.set(_TYPES, _type_key(resource["type"], resource["id"]), "")

    def forget(self, resource: Body) -> None:
        """Have a resource no more, past all checks: how a service gives up what it has stored itself."""
        self.store.remove("resources", resource["id"].lower())
        self.store.remove(_TYPES, _type_key(resource["type"], resource["id"]))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Nobody changes anything meanwhile."""
        with self._lock:
            yield

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One request at a time, and all of its effects or none."""
        with self._lock, self.store.transaction():
            yield

    @contextmanager
    def attempting(self) -> Iterator[None]:
        """A part of a change: when it raises, nothing of it is left, and the change may go on."""
        with self._lock, self.store.attempt():
            yield

    # -- how -----------------------------------------------------------------------------------------------------

    def _write(self, target: ResourceId, body: Body, caller: str) -> Body:
        kind = self.kind(target)
        old = self._load(target, kind)
        write = Write(self, target, body, old, caller)
        if old is None:
            self._check_parent(target, kind)
            gone = self.deleted(target.text)
            if gone is not None:
                kind.recreate(write, gone)
        kind.verify(write)
        self._claim(kind, write)
        self._hide(kind, write)
        resource = kind.build(write)
        self.update(resource)
        kind.after(write, resource)
        return self._stored(target.text) or resource

    def _check_parent(self, target: ResourceId, kind: ResourceType) -> None:
        parent = target.parent
        if parent and kind.makes_parent and not self.exists(parent):
            self.provide(parent, {"properties": {}})
        self._check_above(target)

    def _check_group(self, target: ResourceId) -> None:
        subscription, group = target.subscription, target.resource_group
        if subscription is None:
            return
        if subscription.lower() != self.subscription.lower():
            raise errors.subscription_not_found(subscription)
        inside = group is not None and target.type != ids.RESOURCE_GROUP
        if inside and self._stored(ids.resource_group_id(subscription, group or "")) is None:
            raise errors.group_not_found(group or "")

    def _check_above(self, target: ResourceId) -> None:
        self._check_group(target)
        parent = target.parent
        if parent is None or target.type in (ids.RESOURCE_GROUP, ids.SUBSCRIPTION):
            return
        above = parse(parent)
        if above.type.lower().endswith("/locations"):
            return  # a region: there without being anybody's resource
        if self._load(above, self.kind(above)) is None:
            if self.kind(target).makes_parent and self.exists(above.parent or ""):
                raise self.missing(target)
            raise errors.parent_not_found(target, "/".join((above.type, *above.names)))

    def _check_above_all(self, target: ResourceId) -> None:
        """The nearest parent that isn't made by itself must be there."""
        while self.kind(target).makes_parent:
            target = parse(target.parent or "")
        self._check_above(target)

    def _claim(self, kind: ResourceType, write: Write) -> None:
        claim = kind.uniqueness(write)
        if claim is None:
            return
        key, rule = claim
        holder = self.store.get("names", key)
        if holder is None:
            self.store.set("names", key, write.id.text.lower())
            self.store.set("claims", write.id.text.lower(), key)
        elif holder != write.id.text.lower():
            raise rule.refusal(write.id.name)

    def _release(self, resource: Body) -> None:
        key = resource["id"].lower()
        claim = self.store.get("claims", key)
        if claim is not None:
            self.store.remove("names", str(claim))
            self.store.remove("claims", key)

    def _hide(self, kind: ResourceType, write: Write) -> None:
        hidden = {path: value for path in kind.secrets if (value := pluck(write.body, path)) is not None}
        if hidden:
            self.store.set("secrets", write.id.text.lower(), json.dumps(hidden))

    def _stored(self, resource_id: str) -> Body | None:
        found = self.store.get("resources", resource_id.lower())
        return None if found is None else json.loads(found)

    def _load(self, target: ResourceId, kind: ResourceType) -> Body | None:
        return self._stored(target.text) or kind.virtual(self, target)

    def _below(self, resource_id: str) -> Bodies:
        return [json.loads(value) for _, value in self.store.scan("resources", resource_id.lower() + "/")]

    def _of_type(self, type_name: str, scope: str) -> Bodies:
        """All of a type below a scope, found by the types' index: other types cost nothing."""
        found = self.store.scan(_TYPES, _type_key(type_name, scope.rstrip("/") + "/"))
        return [json.loads(self.store.get("resources", key.partition(" ")[2]) or "{}") for key, _ in found]

    def _index(self) -> None:
        """Make the index of a store that was written before there was one."""
        with self.changing():
            for resource in self._below(""):
                self.store.set(_TYPES, _type_key(resource["type"], resource["id"]), "")
            self.store.set(_TYPES, "", "made")

    def _delete_below(self, resource_id: str) -> None:
        for resource in reversed(self._below(resource_id)):
            self._remove(resource, purge=False)

    def _remove(self, resource: Body, *, purge: bool) -> None:
        key = resource["id"].lower()
        kind = TYPES[resource["type"].lower()]
        self.forget(resource)
        self.store.remove("secrets", key)
        if kind.soft_delete and not purge:
            self.store.set("deleted", key, json.dumps(resource))
        else:
            self._release(resource)
        kind.deleted(self, resource)


def _nobody_is_refused(_caller: str, _action: str, _scope: str) -> None:
    """The rule of a model that nobody guards."""


@lru_cache(maxsize=4096)
def parse(resource_id: str) -> ResourceId:
    """Read an id, with ARM's own words in it as ARM spells them; what isn't one is ARM's InvalidResourceId."""
    try:
        return ids.parse(_GROUPED.sub(r"/subscriptions/\1/resourceGroups/", resource_id, count=1))
    except ValueError as error:
        raise errors.bad_request(str(error), "InvalidResourceId") from None


def _type_key(type_name: str, resource_id: str) -> str:
    return f"{type_name} {resource_id}".lower()


def _api_version(target: ResourceId) -> str | None:
    declared = by_type(target.type)
    return declared.api_version if declared else None
