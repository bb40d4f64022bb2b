"""The base of a resource type's model: what a type says of itself, and where its behaviour hooks in.

A type is one small class with declarations; only what Azure does beyond storing a body needs a method.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_arm.names import NameRule
from azureml_sandbox.model import derived, regions, shapes
from azureml_sandbox.model.errors import ArmError, bad_request, change_refused, name_taken, not_found
from azureml_sandbox.model.operations import LongRunning

if TYPE_CHECKING:
    from azureml_sandbox.azure import Azure
    from azureml_sandbox.model.events import Event

Body = dict[str, Any]
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


Action = Callable[..., Any]
"""A method of a type: ``(azure, resource, body) -> result``."""


def action(name: str, *, before: bool = False, asked: bool = False) -> Callable[[Action], Action]:
    """Mark a method as the answer to a POST to ``{id}/{name}``.

    `before`: the resource needn't be there yet; the method then gets what its id tells. `asked`: the method also gets
    the object id of who asks.
    """

    def mark(method: Action) -> Action:
        method.arm_action = name.lower()  # type: ignore[attr-defined]
        method.before = before  # type: ignore[attr-defined]
        method.asked = asked  # type: ignore[attr-defined]
        return method

    return mark


@dataclass(frozen=True)
class Unique:
    """A name that only one resource may have, in the world or in its region; `message` takes ``{name}``."""

    within: Literal["world", "region"]
    code: str
    message: str

    def refusal(self, name: str) -> ArmError:
        """The error for a name that is taken."""
        return name_taken(self.code, self.message.format(name=name))


@dataclass
class Write:
    """A PUT on its way: the id, a private copy of the body, what was there before, and who asks."""

    azure: Azure
    id: ResourceId
    body: Body
    old: Body | None
    caller: str

    @property
    def created(self) -> bool:
        """Whether this PUT makes the resource."""
        return self.old is None

    @property
    def properties(self) -> Body:
        """The body's `properties`, possibly empty."""
        return self.body.get("properties") or {}

    @property
    def old_properties(self) -> Body:
        """The properties that the resource had, possibly empty."""
        return (self.old or {}).get("properties") or {}

    @cached_property
    def parent(self) -> Body:
        """The parent resource."""
        return self.azure.get(self.id.parent or "")

    @cached_property
    def location(self) -> str:
        """The region, of the resource itself or of the nearest resource above that has one."""
        own = self.body.get("location") or (self.old or {}).get("location")
        return normalised(own) if own else self.azure.location_above(self.id)

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
    state: ClassVar[str | None] = "Succeeded"
    """`properties.provisioningState` once done; None for types without one."""
    system_data: ClassVar[bool] = False
    created_status: ClassVar[int] = 200
    """The HTTP status for a PUT that makes one; the official clients each accept their own."""
    updated_status: ClassVar[int] = 200
    """The HTTP status for a PUT that changes one."""
    located: ClassVar[bool] = False
    """Whether a 201 tells the resource's own address in `Location`."""
    service_only: ClassVar[bool] = False
    """Whether only Azure's own services make one (`Azure.provide`), and nobody by a PUT."""
    makes_parent: ClassVar[bool] = False
    """Whether Azure makes a missing parent by itself."""
    soft_delete: ClassVar[bool] = False
    long_running: ClassVar[Mapping[str, LongRunning]] = {}
    """What takes time over http: a method (``PUT``), or an action in lower case -> how it is answered meanwhile."""
    exclusive: ClassVar[bool] = False
    """Whether nothing below it can be changed while it is being updated."""
    busy_code: ClassVar[str] = "Conflict"
    """ARM's error code for a change while another one goes on."""
    tells_deleted: ClassVar[bool] = False
    """Whether a deletion answers what is gone."""
    null_link: ClassVar[bool] = False
    """Whether a list's last page says `nextLink: null`."""
    etag: ClassVar[bool] = False
    """Whether the service tells an etag and takes conditions on it."""
    page_size: ClassVar[int] = 1000
    """How many one page of a list holds."""
    page_token: ClassVar[str] = "$skiptoken"  # noqa: S105 - a parameter's name
    """The query's parameter by which the next page is asked for."""
    actions: ClassVar[Mapping[str, Action]]
    """The POST actions in lower case: the methods marked with `action`."""

    def __init_subclass__(cls) -> None:
        """Collect the actions, inherited ones too."""
        marked = {name: getattr(cls, name) for name in dir(cls) if name != "actions"}
        cls.actions = {value.arm_action: value for value in marked.values() if hasattr(value, "arm_action")}

    def check(self, write: Write) -> None:
        """Refuse what Azure refuses; raise ArmError."""

    def defaults(self, _write: Write) -> Body:
        """Properties that Azure fills in where the body says nothing."""
        return {}

    def computed(self, _write: Write) -> Body:
        """Properties that Azure decides, whatever the body says."""
        return {}

    def built(self, _write: Write, resource: Body) -> Body:
        """The last word on the whole resource before it is stored."""
        return resource

    def failure(self, _resource: Body) -> ArmError | None:
        """Why a resource that is kept has come to nothing, such as a deployment with a resource that is refused."""
        return None

    def after(self, write: Write, resource: Body) -> None:
        """What Azure makes by itself once the resource is stored."""

    def virtual(self, _azure: Azure, _target: ResourceId) -> Body | None:
        """A resource that is there without anybody having made it."""
        return None

    def delete_virtual(self, _azure: Azure, _target: ResourceId) -> bool:
        """Delete what is there without being stored; False where it can't be deleted or isn't there."""
        return False

    def not_found(self, target: ResourceId) -> ArmError:
        """The refusal of one that isn't there."""
        return not_found(target)

    def listing(self, _azure: Azure, _scope: str, _filter: str) -> list[Body] | None:
        """What a list at a scope holds, for types whose lists are more than what is below; takes ``$filter``."""
        return None

    def found(self, azure: Azure, scope: str, query: Mapping[str, str]) -> list[Body]:
        """What a request for a list gets; `query` has the service's own parameters, their names in lower case."""
        return azure.list(scope, self.type, query.get("$filter", ""))

    def check_delete(self, azure: Azure, resource: Body) -> None:
        """Refuse a deletion; not asked when a parent goes."""

    def deleted(self, azure: Azure, resource: Body) -> None:
        """What goes with the resource, beyond what is below it."""

    def happen(self, azure: Azure, resource: Body, event: Event) -> None:
        """What an event does to a resource: one that the type itself has added to `Azure.events`."""

    def recreate(self, _write: Write, _gone: Body) -> None:
        """A PUT where a soft-deleted resource has the id; raise ArmError unless it may go on."""

    def uniqueness(self, write: Write) -> tuple[str, Unique] | None:
        """The key under which the name is claimed, and the rule."""
        if self.unique is None:
            return None
        where = "" if self.unique.within == "world" else write.location
        return f"{self.type}/{where}/{write.id.name}".lower(), self.unique

    # -- what a PUT does, in order -------------------------------------------------------------------------------

    def verify(self, write: Write) -> None:
        """Every check of a PUT."""
        shapes.check(write.body, {**_SHAPES, **dict.fromkeys(self.references, str), **self.shapes})
        self._check_name(write)
        self._check_location(write)
        for path in self.immutable:
            _check_unchanged(write, path)
        write.must_exist(*self.references)
        self.check(write)

    def build(self, write: Write) -> Body:
        """The resource as ARM returns it, from the body, the defaults and what Azure computes."""
        resource: Body = {"id": write.id.text, "name": write.id.name, "type": self.type}
        if write.old is not None:
            resource |= {"id": write.old["id"], "name": write.old["name"]}
            for path in self.immutable:
                _keep(write, path)
        if self.tracked:
            resource["location"] = write.location
            resource["tags"] = {}
        resource |= {key: value for key, value in write.body.items() if key not in READ_ONLY and value is not None}
        if self.tracked:
            resource["location"] = write.location
        resource["properties"] = self._properties(write)
        if "identity" in resource:
            resource["identity"] = write.azure.identities.built(write.id, resource["identity"])
        if self.system_data:
            resource["systemData"] = _system_data(write)
        resource = self.built(write, resource)
        return {**resource, "etag": _etag(resource)} if self.etag else resource

    def _properties(self, write: Write) -> Body:
        state = {"provisioningState": self.state} if self.state else {}
        filled = merged(merged({}, self.defaults(write)), write.properties)
        return merged(filled, {**self.computed(write), **state})

    def naming(self, _write: Write) -> NameRule | None:
        """The rule for the name."""
        return self.name_rule

    def _check_name(self, write: Write) -> None:
        rule = self.naming(write) if write.created else None
        if rule is not None and not rule.allows(write.id.name):
            raise bad_request(f"'{write.id.name}' is not a valid name: expected {rule.sentence}.", self.name_code)

    def _check_location(self, write: Write) -> None:
        if not self.tracked:
            return
        given, old = write.body.get("location"), (write.old or {}).get("location")
        if not given and not old:
            raise bad_request("The location property is required for this definition.", "LocationRequired")
        refused = regions.refusal(str(given), self.type) if given else None
        if refused is not None:
            raise refused
        if given and old and normalised(given) != old:
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


def normalised(location: str) -> str:
    """``West Europe`` as ARM returns it: ``westeurope``."""
    return location.replace(" ", "").lower()


def lower_group_word(resource_id: str) -> str:
    """Return an id with `resourcegroups`, as some services write it whatever was asked."""
    return re.sub("/resourcegroups/", "/resourcegroups/", resource_id, count=1, flags=re.IGNORECASE)


def dig(body: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, or None."""
    value: Any = body
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def pluck(body: Body, path: str) -> Any:
    """Remove and return the value at a dotted path; None where there is none."""
    above, _, last = path.rpartition(".")
    holder = dig(body, above) if above else body
    return holder.pop(last, None) if isinstance(holder, dict) else None


def plant(body: Body, path: str, value: Any) -> None:
    """Set the value at a dotted path, with the objects above it."""
    *above, last = path.split(".")
    for part in above:
        body[part] = body.get(part) or {}
        body = body[part]
    body[last] = value


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Body:
    """Two objects as one, `over` first, None in `over` as if it weren't there."""
    result = copy.copy(dict(under))
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        elif value is not None:
            result[key] = value
    return result


def patched(resource: Mapping[str, Any], change: Mapping[str, Any]) -> Body:
    """A resource with a PATCH applied: objects merge, null removes, `tags` are replaced whole."""
    result = dict(resource)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping) and key != "tags":
            result[key] = patched(result[key], value)
        else:
            result[key] = value
    return result


def equal(old: Any, new: Any) -> bool:
    """Whether two values are the same to Azure, which ignores the letter case of ids."""
    if isinstance(old, str) and isinstance(new, str) and old.startswith("/"):
        return ids.same(old, new)
    return bool(old == new)


def _etag(resource: Body) -> str:
    """A mark that is another one whenever the content is."""
    content = {key: value for key, value in resource.items() if key != "etag"}
    return f'W/"{derived.guid("etag", json.dumps(content, sort_keys=True))}"'


def _check_unchanged(write: Write, path: str) -> None:
    old, new = dig(write.old or {}, path), dig(write.body, path)
    if old is not None and new is not None and not equal(old, new):
        raise change_refused(path, old, new)


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
