"""Operations that take time: what is Creating, Updating or Deleting, until when, and how it ends.

The model does its work at once; an operation says how long a caller over http sees it in progress. It is kept in
the store, so that it survives the process. A type declares by `LongRunning` how its service answers meanwhile
(https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations).
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_sandbox.model import derived
from azureml_sandbox.model.errors import ArmError, conflict
from azureml_sandbox.model.records import Records
from azureml_sandbox.model.tables import OPERATIONS, OPERATIONS_COUNT, OPERATIONS_RUNNING

STATUS_HEADER, LOCATION_HEADER = "Azure-AsyncOperation", "Location"
SUCCEEDED, FAILED, CANCELED = "Succeeded", "Failed", "Canceled"
CREATING, UPDATING, DELETING = "Creating", "Updating", "Deleting"
STATE = "state"
ACTION = "POST"
"""The method of operations that aren't a write of the resource."""
SHORTEST, LONGEST = 0.01, 10
"""Seconds between two polls."""
KEPT = 10_000
"""How many operations can still be asked about; Azure forgets them after days."""


@dataclass(frozen=True)
class LongRunning:
    """How a service answers a request whose work goes on.

    A type says it in `long_running`, by method or by action in lower case: ``{"PUT": PUT_WITH_STATUS, "DELETE":
    BY_LOCATION, "start": BY_LOCATION}``; what isn't there is done at once. azure-core's pollers follow all of these,
    but each client takes only the statuses that its operation's specification has (the codes of `responses` in
    azure-rest-api-specs): choose by those.
    """

    status: int
    """The HTTP status of the answer."""
    updating: int | None = None
    """The same for a PUT of what is there already; None: that is done at once."""
    headers: tuple[str, ...] = (STATUS_HEADER,)
    """Where to poll; none: the resource itself, by its `provisioningState`."""
    body: bool = True
    """Whether the answer holds the resource as it is meanwhile."""
    members: tuple[str, ...] = ()
    """The members that the answer holds; none: all of them."""
    creating: str = CREATING
    updating_state: str = UPDATING
    at_itself: bool = False
    """Whether `Location` is the resource's own address, and not one to poll."""
    timeout: str = ""
    """What ``x-ms-async-operation-timeout`` says."""
    places: tuple[str, str] = ("operationStatuses", "operationResults")
    """What the addresses to poll are called: of the status, and of the result."""
    below: bool = False
    """Whether the address to poll is below the resource itself, and not below its region."""
    regional: bool = False
    """Whether what is in no region (``global``) is done at once."""
    since: str = ""
    """The first API version that works so; by earlier ones all is done at once."""
    poll: Literal["whole", "bare", "short", "named", "address", "dated", "results", "timed", "resource"] = "whole"
    """What a poll answers: `azureml_sandbox.http.arm.polling.POLLS`."""
    polled: str = ""
    """The status while it goes on, where that isn't InProgress: the resource's own state where it is `STATE`."""
    poll_status: int = 200
    """The HTTP status of a poll while it goes on."""
    prefix: str = ""
    """What the operation's name begins with, before the workspace's GUID."""
    retry_after: bool = True
    """Whether answers say in `Retry-After` when to ask again."""

    def answer(self, *, created: bool) -> int | None:
        """Return the status, or None where the service is done at once."""
        return self.status if created else self.updating


PUT_WITH_STATUS = LongRunning(201, 200)
"""201 with the resource and Azure-AsyncOperation, 200 for an update: what most services do."""
PUT_BY_STATE = LongRunning(201, 200, headers=())
"""The same without an address to poll: the caller reads the resource until it says Succeeded."""
PATCH_WITH_STATUS = LongRunning(200, 200)
"""200 with the resource and Azure-AsyncOperation."""
ACCEPTED = LongRunning(202, 202, headers=(STATUS_HEADER, LOCATION_HEADER), body=False)
"""202 without a body, to be polled by either header: a DELETE or an action."""
BY_LOCATION = LongRunning(202, 202, headers=(LOCATION_HEADER,), body=False)
"""202 without a body; Location answers 202 until it is done, and then what the request itself would have."""

OF_NETWORK = ("operations", "operationResults")
PUT_NETWORK = LongRunning(201, 200, creating=UPDATING, places=OF_NETWORK, poll="bare")
"""How networks, subnets and private endpoints are made: they are Updating from the start."""
DELETE_NETWORK = LongRunning(
    202, 202, headers=(STATUS_HEADER, LOCATION_HEADER), body=False, places=OF_NETWORK, poll="bare"
)

WRITES: Mapping[str, LongRunning] = {"PUT": PUT_WITH_STATUS, "DELETE": BY_LOCATION}
"""What most types that take time say."""


@dataclass(frozen=True)
class ArmOperation:
    """One operation. `ends` is when it stops being in progress, in seconds since 1970."""

    id: str
    method: str
    resource: str
    type: str
    state: str
    """The resource's `provisioningState` meanwhile."""
    started: float
    ends: float
    outcome: str = SUCCEEDED
    error: Mapping[str, Any] | None = None
    """ARM's error, where it ends badly."""
    query: Mapping[str, str] | None = None
    """The parameters of a deletion that is still to be done."""
    result: Any = None
    """What an action answers at its end."""
    region: str = "global"
    busy_code: str = "Conflict"
    """ARM's error code for another change meanwhile."""
    exclusive: bool = False
    """Whether nothing below the resource can be changed meanwhile, even if this is an update."""
    meanwhile: Mapping[str, Any] | None = None
    """The properties that callers see with other values until it is done."""
    caller: str = ""
    """The object id of who asked for it over http."""

    def is_over(self, now: float) -> bool:
        """Return whether it has ended."""
        return now >= self.ends


class Operations:
    """The operations of one model. `seconds` is how long they take; None: nothing takes time, and nothing is kept."""

    def __init__(self, records: Records, clock: Callable[[], float]) -> None:
        self._records = records
        self.clock = clock
        self.seconds: float | None = None

    @property
    def enabled(self) -> bool:
        """Return whether requests are answered before they are done."""
        return self.seconds is not None

    def begin(
        self, target: ResourceId, method: str, state: str, *, seconds: float | None = None, **more: Any
    ) -> ArmOperation:
        """Start an operation on a resource, within the transaction that changes it; `seconds` is how long it takes."""
        store, now = self._records.store, self.clock()
        number = self._records.next_number(OPERATIONS_COUNT)
        store.remove(OPERATIONS, _name(number - KEPT))
        ends = now + ((self.seconds or 0) if seconds is None else seconds)
        operation = ArmOperation(_name(number), method, target.text, target.type, state, now, ends, **more)
        self._keep(operation)
        store.set(OPERATIONS_RUNNING, target.text.lower(), operation.id)
        return operation

    def asked_by(self, operation: ArmOperation, caller: str) -> None:
        """Note who may ask how an operation goes on, whatever becomes of their rights."""
        self._keep(replace(operation, caller=caller))

    def get(self, operation_id: str) -> ArmOperation | None:
        """Return an operation by its id."""
        found = self._records.store.get(OPERATIONS, operation_id.lower())
        return None if found is None else ArmOperation(**json.loads(found))

    def running(self, resource_id: str) -> ArmOperation | None:
        """Return the operation that is in progress on a resource."""
        found = self._records.store.get(OPERATIONS_RUNNING, resource_id.lower())
        operation = None if found is None else self.get(str(found))
        return None if operation is None or operation.is_over(self.clock()) else operation

    @property
    def is_any(self) -> bool:
        """Return whether an operation is in progress on any resource."""
        return self.enabled and bool(self._records.store.scan(OPERATIONS_RUNNING))

    def recent(self, count: int = 50) -> list[ArmOperation]:
        """Return the last operations, the newest first."""
        last = self._records.count(OPERATIONS_COUNT)
        found = (self.get(_name(number)) for number in range(last, max(0, last - count), -1))
        return [operation for operation in found if operation is not None]

    def due(self) -> list[ArmOperation]:
        """Return the operations whose time is over and that aren't finished."""
        with self._records.reading():
            running = [self.get(str(found)) for _, found in self._records.store.scan(OPERATIONS_RUNNING)]
        now = self.clock()
        return [operation for operation in running if operation is not None and operation.is_over(now)]

    def finish(self, operation: ArmOperation) -> None:
        """Note that an operation is no longer in progress."""
        self._records.store.remove(OPERATIONS_RUNNING, operation.resource.lower())

    def fail(self, operation: ArmOperation, error: ArmError) -> None:
        """Note that an operation has ended with an error."""
        self._keep(replace(operation, outcome=FAILED, error=error.body["error"], query=None))

    def check_idle(self, target: ResourceId) -> None:
        """Refuse a change of what is being changed, or below what is being made or deleted."""
        own = self.running(target.text)
        if own is not None:
            raise _busy(own, target.name)
        for above in _above(target):
            operation = self.running(above)
            if operation is not None and (operation.state != UPDATING or operation.exclusive):
                raise _blocked_error(operation, ids.parse(above))

    def view(self, resource: dict[str, Any]) -> dict[str, Any]:
        """Return a resource as a caller sees it while an operation is in progress."""
        operation = self.running(str(resource.get("id", ""))) if self.enabled else None
        return resource if operation is None else in_state(resource, operation)

    def wait(self, operation: ArmOperation, how: LongRunning) -> dict[str, str]:
        """Return the headers that say when to ask again.

        A second is long where nothing takes time, so short waits are given in milliseconds alone: clients read
        seconds first where there are any, and generated ones take only whole ones. So are those of services that say
        nothing: their callers would wait for 30 seconds, as with Azure.
        """
        left = min(max(operation.ends - self.clock(), SHORTEST), LONGEST)
        milliseconds = {"Retry-After-Ms": str(math.ceil(left * 1000))}
        is_short = left <= 1 or not how.retry_after
        return milliseconds if is_short else {"Retry-After": str(math.ceil(left)), **milliseconds}

    def cancel(self, target: ResourceId) -> ArmOperation | None:
        """End what is in progress on a resource as Canceled, where the service allows that; return what it was."""
        operation = self.running(target.text)
        if operation is not None:
            self._keep(replace(operation, outcome=CANCELED, ends=self.clock(), query=None))
        return operation

    def _keep(self, operation: ArmOperation) -> None:
        self._records.store.set(OPERATIONS, operation.id, json.dumps(asdict(operation)))


def in_state(resource: dict[str, Any], operation: ArmOperation) -> dict[str, Any]:
    """Return a resource with the state of its operation, where it has a state at all; actions have none."""
    if operation.method == ACTION or "provisioningState" not in resource.get("properties", {}):
        return resource
    shown = {**(operation.meanwhile or {}), "provisioningState": operation.state}
    return {**resource, "properties": {**resource["properties"], **shown}}


def iso(moment: float) -> str:
    """Return a moment as ARM writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1e7):07d}Z"


def _name(number: int) -> str:
    return derived.guid("operation", str(number))


def _above(target: ResourceId) -> Iterator[str]:
    above = target.parent
    while above and ids.is_id(above):
        yield above
        above = ids.parse(above).parent


def _busy(operation: ArmOperation, name: str) -> ArmError:
    if operation.type == ids.RESOURCE_GROUP and operation.state == DELETING:
        return _being_deleted(name)
    text = f"'{name}' is {operation.state}: another operation on it is in progress ({operation.id}). Retry later."
    return conflict(text, operation.busy_code)


def _blocked_error(operation: ArmOperation, above: ResourceId) -> ArmError:
    if above.type == ids.RESOURCE_GROUP and operation.state == DELETING:
        return _being_deleted(above.name)
    shown = "/".join((above.type, *above.names))
    text = f"The parent resource '{shown}' is {operation.state}, so that nothing in it can be changed. Retry later."
    return conflict(text, "ParentResourceNotReady" if operation.state != DELETING else "ParentResourceBeingDeleted")


def _being_deleted(group: str) -> ArmError:
    text = f"The resource group '{group}' is in deprovisioning state and cannot perform this operation."
    return conflict(text, "ResourceGroupBeingDeleted")
