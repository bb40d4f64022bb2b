"""What happens later in the cloud: a job ends, an instance is stopped, a schedule fires.

An event is kept in the store with its time. Each request first lets everything happen that is due, in the order of
time and each at its own time, so that a clock that was moved by days gives what the days would have given.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from azureml_arm import ids
from azureml_sandbox.model import derived
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.operations import Operations, iso
from azureml_sandbox.model.records import Records
from azureml_sandbox.model.tables import EVENTS, EVENTS_COUNT

AT_ONCE = 2_000
"""How many events one request waits for; what is due beyond that happens with the next ones."""


@dataclass(frozen=True)
class Event:
    """Something that happens to a resource. `due` is in seconds since 1970; `always`: also where nothing takes time."""

    due: float
    resource: str
    what: str
    more: Mapping[str, Any] = field(default_factory=dict)
    always: bool = False


class Events:
    """The events of one model. Where nothing takes time (`Operations.seconds` is None), nothing happens later but what
    the clock alone decides.
    """

    def __init__(self, records: Records, operations: Operations) -> None:
        self._records = records
        self._operations = operations
        self._now: float | None = None
        self._added = False

    @property
    def enabled(self) -> bool:
        """Return whether anything happens later; otherwise a service brings its resources to their end at once."""
        return self._operations.enabled

    @property
    def pace(self) -> float:
        """Return the seconds that an operation takes; services derive the length of their own steps from it."""
        return self._operations.seconds or 0.0

    def now(self) -> float:
        """Return what time it is: within an event, the time that it was due."""
        return self._operations.clock() if self._now is None else self._now

    def moment(self) -> str:
        """Return the time as ARM writes it; always the same one where nothing takes time, so that runs repeat."""
        return iso(self.now()) if self.enabled else derived.MOMENT

    def add(self, delay: float, resource_id: str, what: str, **more: Any) -> None:
        """Let something happen to a resource, some seconds from now."""
        self.add_at(self.now() + delay, resource_id, what, **more)

    def add_at(self, due: float, resource_id: str, what: str, *, always: bool = False, **more: Any) -> None:
        """Let something happen to a resource at a time; its type's `happen` does it.

        `always`: also where nothing takes time, as the clock decides it.
        """
        if not self.enabled and not always:
            return
        key = f"{due:020.6f}/{self._records.next_number(EVENTS_COUNT):012d}"
        self._records.store.set(EVENTS, key, json.dumps(asdict(Event(due, resource_id, what, more, always))))
        self._added = True

    def cancel(self, resource_id: str, *what: str) -> None:
        """Forget what was to happen to a resource: all of it, or what is named."""
        for key, event in self._waiting():
            if ids.same(event.resource, resource_id) and (not what or event.what in what):
                self._records.store.remove(EVENTS, key)

    def settle(self, happen: Callable[[Event], None], *, by_clock: bool = False) -> None:
        """Let everything happen that is due; `happen` does it. `by_clock`: only what the clock alone decides."""
        left = AT_ONCE
        self._added = True
        while self._added and left > 0:
            self._added = False
            with self._records.reading():
                due = [one for one in self._due() if one[1].always or not by_clock][:left]
            for key, event in due:
                left -= 1
                self._run(key, event, happen)
                if self._added:
                    break

    def _due(self) -> list[tuple[str, Event]]:
        now = self._operations.clock()
        return [(key, event) for key, event in self._waiting(f"{now:020.6f}/~")]

    def _waiting(self, before: str = "~") -> Iterator[tuple[str, Event]]:
        for key, value in self._records.store.scan(EVENTS, before=before):
            yield key, Event(**json.loads(value))

    def _run(self, key: str, event: Event, happen: Callable[[Event], None]) -> None:
        """Let one event happen; one that Azure refuses is forgotten."""
        try:
            with self._records.changing(), self._at(event.due):
                if self._records.store.get(EVENTS, key) is None:
                    return
                self._records.store.remove(EVENTS, key)
                happen(event)
        except ArmError:
            with self._records.changing():
                self._records.store.remove(EVENTS, key)

    @contextmanager
    def _at(self, moment: float) -> Iterator[None]:
        self._now = moment
        try:
            yield
        finally:
            self._now = None
