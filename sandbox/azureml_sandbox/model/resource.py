"""The base of a resource type's model: what a type says of itself, where its behaviour hooks in, and what it may ask.

A type is one small class with declarations; only what Azure does beyond storing a body needs a method.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, TypeVar, cast

from azureml_arm import durations, tags
from azureml_arm.ids import ResourceId
from azureml_arm.names import NameRule
from azureml_arm.regions import canonical_region
from azureml_sandbox.model import regions, shapes
from azureml_sandbox.model.bodies import Body, dig, equal, etag_of, merge, plant
from azureml_sandbox.model.errors import ArmError, bad_request, change_refused, conflict, not_found, parent_not_found
from azureml_sandbox.model.events import Event, Events
from azureml_sandbox.model.identities import Identities
from azureml_sandbox.model.operations import LongRunning, Operations
from azureml_sandbox.model.records import Records
from azureml_sandbox.model.store import Store

_SHAPES: shapes.Shapes = {
    "properties": dict,
    "tags": dict,
    "identity.type": str,
    "identity.userAssignedIdentities": dict,
    "sku.name": str,
    "plan": dict,
    "location": str,
    "kind": str,
}
"""ARM's own members of a body, and what they are."""
READ_ONLY = frozenset({"id", "name", "etag", "type", "apiVersion", "systemData", "properties"})

Authoriser = Callable[[str, str, str], None]
"""Takes an object id, an action and the id that it is done to; raises ArmError."""
Part = TypeVar("Part")


class Cloud(Records):
    """The cloud as its types and services see it: its records, and what can be asked of it."""

    identities: Identities
    operations: Operations
    events: Events
    clock: Callable[[], float]
    """What time it is, in seconds since 1970: how long operations and faults last. Tests set their own."""
    authorise: Authoriser
    """Asked before one request makes another in its caller's name, as deployments do: who serves sets it."""

    def __init__(self, store: Store | None, subscription: str, tenant: str) -> None:
        super().__init__(store, subscription, tenant)
        self._parts: dict[object, object] = {}

    def part(self, kind: Callable[[Cloud], Part]) -> Part:
        """Return the one object of a class that belongs to this cloud: a service's data, or what it remembers."""
        if kind not in self._parts:
            self._parts[kind] = kind(self)
        return cast(Part, self._parts[kind])

    @abstractmethod
    def put(
        self, resource_id: str, body: Mapping[str, Any], api_version: str | None = None, caller: str | None = None
    ) -> Body:
        """Make or update a resource for a caller."""

    @abstractmethod
    def provide(self, resource_id: str, body: Mapping[str, Any], caller: str | None = None) -> Body:
        """Make or update a resource for a service."""

    @abstractmethod
    def get(self, resource_id: str) -> Body:
        """Return a resource as ARM does."""

    @abstractmethod
    def find(self, resource_id: str) -> Body | None:
        """Return a resource as ARM does; None where it isn't there."""

    def exists(self, resource_id: str) -> bool:
        """Return whether a resource is there."""
        return self.find(resource_id) is not None

    @abstractmethod
    def delete(self, resource_id: str, query: Mapping[str, str] | None = None) -> bool:
        """Delete a resource and all below it; return False when it isn't there."""

    @abstractmethod
    def action(self, resource_id: str, action: str, body: Any = None, caller: str | None = None) -> Any:
        """Return what a POST to ``{resource_id}/{action}`` answers."""

    @abstractmethod
    def list(self, scope_id: str, type: str | None = None, filter: str = "") -> list[Body]:  # noqa: A002 - ARM's words
        """Return every resource of a type at or below a scope, or those directly in it."""

    @abstractmethod
    def purge(self, resource_id: str) -> bool:
        """End the soft deletion of a resource."""

    @abstractmethod
    def kind(self, target: ResourceId) -> ResourceType:
        """Return the model of an id's type; raise ArmError where there is none."""

    @abstractmethod
    def is_missing(self, resource_id: str) -> bool:
        """Return whether an id names a modelled resource of this subscription that isn't there."""

    @abstractmethod
    def location_above(self, target: ResourceId) -> str:
        """Return the region of the nearest resource above that has one."""


@dataclass(frozen=True)
class Action:
    """The answer to a POST to ``{id}/{name}``: a method ``(kind, cloud, resource, body) -> result``."""

    name: str
    method: Callable[..., Any]
    before: bool
    """Whether the resource needn't be there yet; the method then gets what its id says."""
    asked: bool
    """Whether the method also gets the object id of who asks."""

    def answer(self, kind: ResourceType, cloud: Cloud, resource: Body, body: Any, caller: str) -> Any:
        """Return what the method does."""
        return self.method(kind, cloud, resource, body, *((caller,) if self.asked else ()))


def action(name: str, *, before: bool = False, asked: bool = False) -> Callable[[Callable[..., Any]], Action]:
    """Make an `Action` of a method."""
    return lambda method: Action(name.lower(), method, before, asked)


@dataclass(frozen=True)
class Unique:
    """A name that only one resource may have, in the world or in its region; `message` takes ``{name}``."""

    within: Literal["world", "region"]
    code: str
    message: str

    def refusal(self, name: str) -> ArmError:
        """Return the error for a name that is taken."""
        return conflict(self.message.format(name=name), self.code)


@dataclass
class Write:
    """A PUT on its way: the id, a private copy of the body, what was there before, and who asks."""

    azure: Cloud
    id: ResourceId
    body: Body
    old: Body | None
    caller: str
    api_version: str = ""
    """The version of the API that asks; none where a service does."""

    @property
    def created(self) -> bool:
        """Return whether this PUT makes the resource."""
        return self.old is None

    @property
    def properties(self) -> Body:
        """Return the body's `properties`, possibly empty."""
        return self.body.get("properties") or {}

    @property
    def old_properties(self) -> Body:
        """Return the properties that the resource had, possibly empty."""
        return (self.old or {}).get("properties") or {}

    @cached_property
    def parent(self) -> Body:
        """Return the parent resource."""
        return self.azure.get(self.id.parent or "")

    @cached_property
    def location(self) -> str:
        """Return the region, of the resource itself or of the nearest resource above that has one."""
        own = self.body.get("location") or (self.old or {}).get("location")
        return canonical_region(own) if own else self.azure.location_above(self.id)

    def must_exist(self, *paths: str) -> None:
        """Refuse a reference (a dotted path in the body to an ARM id) to a resource that isn't there."""
        for path in paths:
            target = dig(self.body, path)
            if isinstance(target, str) and self.azure.is_missing(target):
                raise bad_request(f"'{path}' refers to '{target}', which does not exist.", "LinkedResourceNotFound")


class ResourceType:
    """One ARM resource type. Subclasses declare; they override a method only where Azure does something."""

    type: ClassVar[str]
    name_rule: ClassVar[NameRule | None] = None
    name_code: ClassVar[str] = "InvalidResourceName"
    """ARM's error code for a name that breaks the rule."""
    unique: ClassVar[Unique | None] = None
    tracked: ClassVar[bool] = False
    """Whether a location is required and fixed."""
    immutable: ClassVar[tuple[str, ...]] = ()
    """Dotted paths whose values are fixed when the resource is made; a PUT that leaves one out keeps it."""
    secrets: ClassVar[tuple[str, ...]] = ()
    """Dotted paths that are accepted and never shown again (`Azure.secrets` has them)."""
    references: ClassVar[tuple[str, ...]] = ()
    """Dotted paths to ARM ids of resources that must exist."""
    patchable: ClassVar[tuple[str, ...]] = ("tags", "identity", "sku", "kind", "properties")
    """What a PATCH may hold."""
    shapes: ClassVar[shapes.Shapes] = {}
    """What the model reads of a body, and what that must be: `azureml_sandbox.model.shapes`."""
    spellings: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Dotted paths -> the values that the service knows, as it writes them: they are taken in any letter case."""
    state: ClassVar[str | None] = "Succeeded"
    """`properties.provisioningState` once done; None for types without one."""
    filled: ClassVar[Body] = {}
    """Properties that Azure fills in where the body says nothing."""
    discriminators: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """The same of values that `check` refuses in its own words where they aren't known."""
    system_data: ClassVar[bool] = False
    created_status: ClassVar[int] = 200
    """The HTTP status for a PUT that makes one; the official clients each accept their own."""
    updated_status: ClassVar[int] = 200
    """The HTTP status for a PUT that changes one."""
    located: ClassVar[bool] = False
    """Whether a 201 has the resource's own address in `Location`."""
    own_spelling: ClassVar[bool] = False
    """Whether an id keeps ``resourcegroups`` as its creator wrote it."""
    service_only: ClassVar[bool] = False
    """Whether only Azure's own services make one (`Azure.provide`), and nobody by a PUT."""
    makes_parent: ClassVar[bool] = False
    """Whether Azure makes a missing parent by itself."""
    soft_delete: ClassVar[bool] = False
    long_running: ClassVar[Mapping[str, LongRunning]] = {}
    """What takes time over http: a method (``PUT``), or an action in lower case -> how it is answered meanwhile."""
    delayed: ClassVar[tuple[str, ...]] = ()
    """Properties that have their old value until an update is done."""
    exclusive: ClassVar[bool] = False
    """Whether nothing below it can be changed while it is being updated."""
    busy_code: ClassVar[str] = "Conflict"
    """ARM's error code for a change while another one goes on."""
    returns_deleted: ClassVar[bool] = False
    """Whether a deletion answers what is gone."""
    forced: ClassVar[Body | None] = None
    """What a deletion with ``forceDelete`` answers, which is done at once; None where that makes no difference."""
    null_link: ClassVar[bool] = False
    """Whether a list's last page says `nextLink: null`."""
    etag: ClassVar[bool] = False
    """Whether the service has an etag and takes conditions on it."""
    page_size: ClassVar[int] = 1000
    """How many one page of a list holds."""
    top_is_all: ClassVar[bool] = False
    """Whether a list of ``$top`` resources ends there, and not its first page only."""
    page_parameter: ClassVar[str] = ""
    """The query's parameter in lower case that says so."""
    page_token: ClassVar[str] = "$skiptoken"  # noqa: S105 - a parameter's name
    """The query's parameter by which the next page is asked for."""
    tag_limits: ClassVar[tags.TagLimits] = tags.RESOURCE
    spans: ClassVar[tuple[str, ...]] = ()
    """Dotted paths to durations in ISO 8601."""
    actions: ClassVar[Mapping[str, Action]]
    """The POST actions in lower case: the members made by `action`."""

    def __init_subclass__(cls) -> None:
        """Collect the actions, inherited ones too."""
        members = [getattr(cls, name) for name in dir(cls)]
        cls.actions = {member.name: member for member in members if isinstance(member, Action)}

    def place(self, target: ResourceId, _body: Mapping[str, Any]) -> ResourceId:
        """Return the id of what a PUT makes: the one asked for, unless the service chooses the name itself."""
        return target

    def check(self, write: Write) -> None:
        """Refuse what Azure refuses; raise ArmError."""

    def defaults(self, _write: Write) -> Body:
        """Return what Azure fills in: `filled`, unless it depends on the request."""
        return copy.deepcopy(self.filled)

    def computed_properties(self, _write: Write) -> Body:
        """Return properties that Azure decides, whatever the body says."""
        return {}

    def finish(self, _write: Write, resource: Body) -> Body:
        """Return the whole resource as it is stored."""
        return resource

    def failure(self, _resource: Body) -> ArmError | None:
        """Return why the creation of a resource failed that is kept, such as a deployment with a refused resource."""
        return None

    def after(self, write: Write, resource: Body) -> None:
        """Make what Azure makes by itself once the resource is stored."""

    def virtual(self, _azure: Cloud, _target: ResourceId) -> Body | None:
        """Return a resource that is there without anybody having made it."""
        return None

    def delete_virtual(self, _azure: Cloud, _target: ResourceId) -> bool:
        """Delete what is there without being stored; False where it can't be deleted or isn't there."""
        return False

    def not_found(self, target: ResourceId) -> ArmError:
        """Return the refusal of one that isn't there."""
        return not_found(target)

    def not_parent(self, target: ResourceId, child: ResourceId) -> ArmError:
        """Return the refusal of what would be below one that isn't there."""
        return parent_not_found(child, "/".join((target.type, *target.names)))

    def unchangeable(self, _target: ResourceId, path: str, old: Any, new: Any) -> ArmError:
        """Return the refusal of another value for what is `immutable`."""
        return change_refused(path, old, new)

    def progress(self, _resource: Body, *, done: bool) -> Body:  # noqa: ARG002
        """Return what a poll tells of an operation on a resource beside its status, where a poll does."""
        return {}

    def listing(self, _azure: Cloud, _scope: str, _filter: str) -> list[Body] | None:
        """Return what a list at a scope holds, for types whose lists are more than what is below; takes ``$filter``."""
        return None

    def query_list(self, azure: Cloud, scope: str, query: Mapping[str, str]) -> list[Body]:
        """Return what a request for a list gets; `query` has the service's own parameters, names in lower case."""
        return azure.list(scope, self.type, query.get("$filter", ""))

    def check_delete(self, azure: Cloud, resource: Body) -> None:
        """Refuse a deletion; not asked when a parent goes."""

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Delete what goes with the resource, beyond what is below it."""

    def happen(self, azure: Cloud, resource: Body, event: Event) -> None:
        """Do what an event does to a resource: one that the type itself has added to `Azure.events`."""

    def recreate(self, _write: Write, _gone: Body) -> None:
        """Handle a PUT where a soft-deleted resource has the id; raise ArmError unless it may go on."""

    def uniqueness(self, write: Write) -> tuple[str, Unique] | None:
        """Return the key under which the name is claimed, and the rule."""
        if self.unique is None:
            return None
        where = "" if self.unique.within == "world" else write.location
        return f"{self.type}/{where}/{write.id.name}".lower(), self.unique

    # -- what a PUT does, in order -------------------------------------------------------------------------------

    def verify(self, write: Write) -> None:
        """Run every check of a PUT."""
        shapes.check(write.body, {**_SHAPES, **dict.fromkeys(self.references, str), **self.shapes})
        self._check_name(write)
        self._check_location(write)
        for path, known in self.spellings.items():
            _spell(write, path, known)
        for path, known in {**_IDENTITIES, **self.discriminators}.items():
            _spell(write, path, known, others=True)
        self._check_tags(write)
        for path in self.spans:
            _check_span(write, path)
        for path in self.immutable:
            _check_unchanged(write, path)
        write.must_exist(*self.references)
        self.check(write)

    def build(self, write: Write) -> Body:
        """Return the resource as ARM returns it, from the body, the defaults and what Azure computes."""
        resource: Body = {"id": write.id.text, "name": write.id.name, "type": self.type}
        if write.old is not None:
            resource |= {"id": write.old["id"], "name": write.old["name"]}
            for path in self.immutable:
                _keep(write, path)
        if self.tracked:
            resource |= {"location": write.location, "tags": {}}
        resource |= {key: value for key, value in write.body.items() if key not in READ_ONLY and value is not None}
        if self.tracked:
            resource["location"] = write.location
        resource["properties"] = self._properties(write)
        if "identity" in resource:
            resource["identity"] = self._identity(write, resource["identity"])
        if self.system_data:
            resource["systemData"] = _system_data(write)
        resource = self.finish(write, resource)
        return {**resource, "etag": etag_of(resource)} if self.etag else resource

    def _identity(self, write: Write, identity: Body) -> Body:
        given = identity.get("userAssignedIdentities") or {}
        if not given and "userassigned" in str(identity.get("type")).lower():
            text = f"The identity ids must not be null or empty for '{identity['type']}' identity type."
            raise bad_request(text, "MissingIdentityIds")
        missing = next((one for one in given if write.azure.is_missing(one)), None)
        if missing is not None and "userassigned" in str(identity.get("type")).lower():
            raise ArmError(404, "FailedIdentityOperation", f"Resource '{missing}' was not found.")
        return write.azure.identities.with_principals(write.id, identity)

    def _properties(self, write: Write) -> Body:
        state = {"provisioningState": self.state} if self.state else {}
        filled = merge(merge({}, self.defaults(write)), write.properties)
        return merge(filled, {**self.computed_properties(write), **state})

    def naming(self, _write: Write) -> NameRule | None:
        """Return the rule for the name."""
        return self.name_rule

    def _check_name(self, write: Write) -> None:
        rule = self.naming(write) if write.created else None
        if rule is not None and not rule.allows(write.id.name):
            raise bad_request(f"'{write.id.name}' is not a valid name: expected {rule.sentence}.", self.name_code)

    def _check_tags(self, write: Write) -> None:
        fault = tags.fault(write.body.get("tags") or {}, self.tag_limits)
        if fault is not None:
            raise bad_request(fault[1], fault[0])

    def _check_location(self, write: Write) -> None:
        if not self.tracked:
            return
        given, old = write.body.get("location"), (write.old or {}).get("location")
        if not given and not old:
            raise bad_request("The location property is required for this definition.", "LocationRequired")
        refused = regions.refusal(str(given), self.type) if given else None
        if refused is not None:
            raise refused
        if given and old and canonical_region(given) != old:
            raise ArmError(
                409,
                "InvalidResourceLocation",
                f"The resource '{write.id.name}' already exists in location '{old}'. A resource with the same name "
                f"cannot be created in location '{given}'. Please select a new resource name.",
            )


def check_shape(body: Mapping[str, Any]) -> None:
    """Refuse a body whose members aren't what ARM takes, whoever sent it."""
    shapes.check(body, _SHAPES)
    if any(not isinstance(value, str) and value is not None for value in (body.get("tags") or {}).values()):
        raise bad_request("The request content was invalid: the values of 'tags' are texts.", "InvalidRequestContent")


def _check_span(write: Write, path: str) -> None:
    given = dig(write.body, path)
    if given is not None and durations.seconds(given) is None:
        raise bad_request(
            f"'{path}' is '{given}': expected a duration in ISO 8601, such as PT30M.", "InvalidRequestContent"
        )


_IDENTITIES = {
    "identity.type": (
        "None", "SystemAssigned", "UserAssigned", "SystemAssigned,UserAssigned", "SystemAssigned, UserAssigned",
    )
}  # fmt: skip
"""How every service writes the types of identities."""


def _spell(write: Write, path: str, known: tuple[str, ...], *, others: bool = False) -> None:
    """Write a value as the service does; refuse one that it doesn't know, unless others are left to others. What older
    states have counts as it is.
    """
    for body in filter(None, (write.body, write.old)):
        given = dig(body, path)
        if not isinstance(given, str):
            continue
        found = next((one for one in known if one.lower() == given.lower()), None)
        if found is None and body is write.body and not others:
            raise bad_request(f"'{given}' is no value of '{path}': expected {', '.join(known)}.")
        plant(body, path, found or given)


def _check_unchanged(write: Write, path: str) -> None:
    old, new = dig(write.old or {}, path), dig(write.body, path)
    if old is not None and new is not None and not equal(old, new):
        raise write.azure.kind(write.id).unchangeable(write.id, path, old, new)


def _keep(write: Write, path: str) -> None:
    old = dig(write.old or {}, path)
    if old is not None:
        plant(write.body, path, old)


def _system_data(write: Write) -> Body:
    old = (write.old or {}).get("systemData") or {}
    moment = write.azure.events.moment()
    author = {"createdBy": write.caller, "createdByType": "Application", "createdAt": moment}
    return {
        **author,
        **old,
        "lastModifiedBy": write.caller,
        "lastModifiedByType": "Application",
        "lastModifiedAt": moment,
    }
