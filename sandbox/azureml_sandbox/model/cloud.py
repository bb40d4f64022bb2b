"""What a request does to a cloud: PUT, PATCH, GET, DELETE, POST and lists, whatever the types.

Knows nothing of who asks or how: Pulumi, HTTP and tests call the same methods, and each refusal is an ArmError with
ARM's status and code.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_arm.regions import canonical_region
from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_arm.types import by_type
from azureml_sandbox.model import errors
from azureml_sandbox.model.bodies import Body, apply_patch, pluck
from azureml_sandbox.model.clock import Clock
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.events import Event, Events
from azureml_sandbox.model.identities import ASSIGNED, CALLER, Identities
from azureml_sandbox.model.operations import SUCCEEDED, ArmOperation, Operations
from azureml_sandbox.model.records import parse
from azureml_sandbox.model.resource import Cloud, ResourceType, Write
from azureml_sandbox.model.store import Store


@dataclass(frozen=True)
class PutRequest:
    """A PUT as it came in: what observers see."""

    id: str
    type: str
    api_version: str | None
    body: Mapping[str, Any]


Observer = Callable[[PutRequest], None]
Gate = Callable[[Cloud, ResourceId, Mapping[str, Any] | None], None]
"""Raises ArmError for a write that it doesn't let pass, or, without a body, for a deletion."""


class RequestPipeline(Cloud):
    """One subscription in one tenant: its types, and the gates that every request passes."""

    default_observers: ClassVar[list[Observer]] = []
    """Called with every PUT to any instance; a test suite hangs its checks of request bodies here."""

    def __init__(
        self,
        types: Mapping[str, ResourceType],
        gates: Sequence[Gate],
        store: Store | None = None,
        subscription: str = SUBSCRIPTION,
        tenant: str = TENANT,
    ) -> None:
        super().__init__(store, subscription, tenant)
        self._types = types
        self._namespaces = frozenset(name.partition("/")[0] for name in types)
        self._gates = gates
        self.observers: list[Observer] = []
        self.clock = Clock(self)
        self.authorise = _allow_all
        self.identities = Identities(self)
        self.operations = Operations(self, self._time)
        self.events = Events(self, self.operations)

    # -- requests ------------------------------------------------------------------------------------------------

    def put(
        self, resource_id: str, body: Mapping[str, Any], api_version: str | None = None, caller: str | None = None
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
            self._pass_gates(target, body)
            place = self.kind(target).place(self._as_spelled(target, resource_id), body)
            made = self._write(place, copy.deepcopy(dict(body)), caller or CALLER, request.api_version or "")
        failure = self.kind(target).failure(made)
        if failure is not None:
            raise failure
        return made

    def provide(self, resource_id: str, body: Mapping[str, Any], caller: str | None = None) -> Body:
        """Do what `put` does, for what a service makes by itself: no observer sees it and no gate refuses it."""
        with self.changing():
            target = self._as_spelled(parse(resource_id), resource_id)
            return self._write(target, copy.deepcopy(dict(body)), caller or CALLER)

    def patch(self, resource_id: str, body: Mapping[str, Any], caller: str | None = None) -> Body:
        """Change some properties of a resource: objects merge, null removes, `tags` are replaced whole."""
        target = parse(resource_id)
        kind = self.kind(target)
        refused = sorted(set(body) - set(kind.patchable))
        if refused:
            takes = ", ".join(kind.patchable)
            raise errors.bad_request(f"A PATCH of {kind.type} takes {takes}; not {', '.join(refused)}.")
        with self.changing():
            changed = apply_patch(self.get(resource_id), copy.deepcopy(dict(body)))
            self._pass_gates(target, changed)
            return self._write(target, changed, caller or CALLER)

    def get(self, resource_id: str) -> Body:
        """Return a resource as ARM does."""
        with self.reading():
            found = self.find(resource_id)
            if found is None:
                target = parse(resource_id)
                self._check_above(target)
                raise self.missing(target)
            return found

    def find(self, resource_id: str) -> Body | None:
        """Return a resource as ARM does; None where it isn't there."""
        target = parse(resource_id)
        with self.reading():
            return self._load(target, self.kind(target))

    def delete(self, resource_id: str, query: Mapping[str, str] | None = None) -> bool:
        """Delete a resource and all below it; return False when it isn't there. `query` has the request's parameters.

        Types with soft delete stay recoverable and keep their name, unless ``{"forceToPurge": "true"}``; that finds
        live ones only (https://github.com/Azure/azure-cli/issues/33756).
        """
        target = parse(resource_id)
        kind = self.kind(target)
        purge = str((query or {}).get("forceToPurge", "")).lower() == "true"
        with self.changing():
            resource = self.load(target.text)
            if resource is None:
                return kind.delete_virtual(self, target)
            self._pass_gates(target, None)
            kind.check_delete(self, resource)
            for one in reversed(self.below(target.text)):
                self._remove(one, purge=False)
            self._remove(resource, purge=purge)
            return True

    def action(self, resource_id: str, action: str, body: Any = None, caller: str | None = None) -> Any:
        """Return what a POST to ``{resource_id}/{action}`` answers, such as ``listKeys``."""
        target = parse(resource_id)
        kind = self.kind(target)
        found = kind.actions.get(action.lower())
        if found is None:
            raise ArmError(
                404,
                "InvalidResourceType",
                f"{kind.type} has no action '{action}' in the sandbox; it has: {', '.join(kind.actions) or 'none'}. "
                f"Add it to {type(kind).__name__} in {type(kind).__module__}.",
            )
        with self.changing():
            resource = self._load(target, kind) if found.before else self.get(resource_id)
            if resource is None:
                self._check_above_all(target)
                resource = {"id": target.text, "name": target.name, "type": kind.type, "properties": {}}
            return found.answer(kind, self, resource, body or {}, caller or CALLER)

    def list(self, scope_id: str, type: str | None = None, filter: str = "") -> list[Body]:  # noqa: A002 - ARM's words
        """Return every resource of a type at or below a scope, or, without a type, those directly in the scope.

        Lists of Microsoft.Authorization also hold what is above, take ARM's ``$filter``, and know the scope "", the
        tenant.
        """
        with self.reading():
            kind = self._types.get((type or "").lower())
            scope = self.get(scope_id)["id"] if scope_id else ""
            own = kind.listing(self, scope, filter) if kind else None
            if own is not None:
                return own
            if filter:
                raise errors.bad_request(f"The sandbox doesn't filter lists of {type}.", "UnsupportedQuery")
            if type is not None:
                return self.of_type(type, scope)
            return [found for found in self.below(scope) if ids.same(parse(found["id"]).parent, scope)]

    def purge(self, resource_id: str) -> bool:
        """End the soft deletion of a resource, which frees its name; return False when there is none."""
        with self.changing():
            gone = self.get_deleted(resource_id)
            if gone is None:
                return False
            self.forget_deleted(resource_id)
            self.release(gone["id"])
            return True

    # -- time ----------------------------------------------------------------------------------------------------

    def begin(
        self, target: ResourceId, method: str, state: str, *, seconds: float | None = None, **more: Any
    ) -> ArmOperation:
        """Start an operation on a resource, within the transaction that changes it; `seconds` is how long it takes."""
        kind = self.kind(target)
        more |= {"busy_code": kind.busy_code, "exclusive": kind.exclusive}
        return self.operations.begin(target, method, state, seconds=seconds, **more)

    def settle(self, *, by_clock: bool = False) -> None:
        """Finish what is due: events happen, deletions are done, and what failed says so.

        `by_clock`: only the events that the clock alone decides; what takes a server's time is left to it.
        """
        self.events.settle(self._happen, by_clock=by_clock)
        due = None if by_clock else self.operations.due()
        if due:
            with self.changing():
                for operation in due:
                    self._finish(operation)

    def _time(self) -> float:
        return self.clock()

    def _happen(self, event: Event) -> None:
        resource = self.find(event.resource)
        if resource is not None:
            self.kind(ids.parse(event.resource)).happen(self, resource, event)

    def _finish(self, operation: ArmOperation) -> None:
        self.operations.finish(operation)
        if operation.outcome != SUCCEEDED:
            self._mark(operation)
        elif operation.query is not None:
            try:
                self.delete(operation.resource, operation.query)
            except ArmError as error:
                self.operations.fail(operation, error)

    def _mark(self, operation: ArmOperation) -> None:
        """Write how an operation ended into its resource's `provisioningState`."""
        resource = self.find(operation.resource)
        if resource is not None and "provisioningState" in resource.get("properties", {}):
            resource["properties"]["provisioningState"] = operation.outcome
            self.update(resource)

    # -- for services --------------------------------------------------------------------------------------------

    def kind(self, target: ResourceId) -> ResourceType:
        """Return the model of an id's type; raise ArmError where there is none."""
        kind = self._types.get(target.type.lower())
        if kind is None:
            known = target.type.partition("/")[0].lower() in self._namespaces
            raise errors.not_modelled(target.type, namespace_known=known)
        return kind

    def is_missing(self, resource_id: str) -> bool:
        """Return whether an id names a modelled resource of this subscription that isn't there."""
        if not ids.is_id(resource_id):
            return False
        target = ids.parse(resource_id)
        kind = self._types.get(target.type.lower())
        ours = (target.subscription or "").lower() == self.subscription.lower()
        return ours and kind is not None and self._load(target, kind) is None

    def missing(self, target: ResourceId) -> ArmError:
        """Return the refusal of a resource that isn't there."""
        if target.type == ids.RESOURCE_GROUP:
            return errors.group_not_found(target.name)
        kind = self._types.get(target.type.lower())
        return kind.not_found(target) if kind else errors.not_found(target)

    def location_above(self, target: ResourceId) -> str:
        """Return the region of the nearest resource above that has one."""
        above = target.parent
        while above:
            found = self.load(above)
            if found and found.get("location"):
                return canonical_region(found["location"])
            above = parse(above).parent
        return ""

    # -- how -----------------------------------------------------------------------------------------------------

    def _pass_gates(self, target: ResourceId, body: Mapping[str, Any] | None) -> None:
        for gate in self._gates:
            gate(self, target, body)

    def _as_spelled(self, target: ResourceId, asked: str) -> ResourceId:
        """Return an id as its type keeps it: as it was asked for, or with ARM's words as ARM spells them."""
        return ids.parse(asked) if self.kind(target).own_spelling else target

    def _write(self, target: ResourceId, body: Body, caller: str, api_version: str = "") -> Body:
        kind = self.kind(target)
        old = self._load(target, kind)
        write = Write(self, target, body, old, caller, api_version)
        if old is None:
            self._check_parent(target, kind)
            gone = self.get_deleted(target.text)
            if gone is not None:
                kind.recreate(write, gone)
        kind.verify(write)
        self._claim(kind, write)
        self._hide(kind, write)
        resource = kind.build(write)
        self.update(resource)
        kind.after(write, resource)
        return self.load(target.text) or resource

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
        if inside and self.load(ids.resource_group_id(subscription, group or "")) is None:
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
            self._check_above(above)
            raise self.kind(above).not_parent(above, target)

    def _check_above_all(self, target: ResourceId) -> None:
        """Raise ArmError unless the nearest parent that isn't made by itself is there."""
        while self.kind(target).makes_parent:
            target = parse(target.parent or "")
        self._check_above(target)

    def _claim(self, kind: ResourceType, write: Write) -> None:
        claim = kind.uniqueness(write)
        if claim is None:
            return
        key, rule = claim
        holder = self.holder(key)
        if holder is None:
            self.claim(key, write.id.text)
        elif holder != write.id.text.lower():
            raise rule.refusal(write.id.name)

    def _hide(self, kind: ResourceType, write: Write) -> None:
        hidden = {path: value for path in kind.secrets if (value := pluck(write.body, path)) is not None}
        if hidden:
            self.set_secrets(write.id.text, hidden)

    def _load(self, target: ResourceId, kind: ResourceType) -> Body | None:
        return self.load(target.text) or kind.virtual(self, target)

    def _remove(self, resource: Body, *, purge: bool) -> None:
        kind = self._types[resource["type"].lower()]
        self.forget(resource)
        self.forget_secrets(resource["id"])
        if kind.soft_delete and not purge:
            self.keep_deleted(resource)
        else:
            self.release(resource["id"])
        kind.after_delete(self, resource)
        if resource.get("identity") or kind.type == ASSIGNED:
            self.identities.retire(resource["id"])


def _allow_all(_caller: str, _action: str, _scope: str) -> None:
    """Refuse nobody: the rule of a model that nobody guards."""


def _api_version(target: ResourceId) -> str | None:
    declared = by_type(target.type)
    return declared.api_version if declared else None
