"""What happens later in the cloud: a job ends, an instance is stopped, a schedule fires.

An event is kept in the store with its time. Each request first lets everything happen that is due, in the order of
time and each at its own time, so that a clock that was moved by days gives what the days would have given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from azureml_arm import ids
from azureml_sandbox.model import derived
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.operations import iso

if TYPE_CHECKING:
    from azureml_sandbox.azure import Azure

AT_ONCE = 2_000
"""How many events one request waits for; what is due beyond that happens with the next ones."""
_EVENTS, _COUNT = "events", "events_count"


@dataclass(frozen=True)
class Event:
    """Something that happens to a resource. `due` is in seconds since 1970."""

    due: float
    resource: str
    what: str
    more: Mapping[str, Any] = field(default_factory=dict)


class Events:
    """The events of one model. Where nothing takes time (`Operations.seconds` is None), nothing happens later."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        self._now: float | None = None
        self._added = False

    @property
    def enabled(self) -> bool:
        """Whether anything happens later; otherwise a service brings its resources to their end at once."""
        return self._azure.operations.enabled

    @property
    def pace(self) -> float:
        """How long an operation takes, in seconds: what services measure the steps of their own by."""
        return self._azure.operations.seconds or 0.0

    def now(self) -> float:
        """What time it is: within an event, the time that it was due."""
        return self._azure.clock() if self._now is None else self._now

    def moment(self) -> str:
        """The time as ARM writes it; always the same one where nothing takes time, so that runs repeat."""
        return iso(self.now()) if self.enabled else derived.MOMENT

    def add(self, delay: float, resource_id: str, what: str, **more: Any) -> None:
        """Let something happen to a resource, some seconds from now."""
        self.add_at(self.now() + delay, resource_id, what, **more)

    def add_at(self, due: float, resource_id: str, what: str, **more: Any) -> None:
        """Let something happen to a resource at a time; its type's `happen` does it."""
        if not self.enabled:
            return
        store = self._azure.store
        number = int(store.get(_COUNT, "") or 0) + 1
        store.set(_COUNT, "", str(number))
        store.set(_EVENTS, f"{due:020.6f}/{number:012d}", json.dumps(asdict(Event(due, resource_id, what, more))))
        self._added = True

    def cancel(self, resource_id: str, *what: str) -> None:
        """Forget what was to happen to a resource: all of it, or what is named."""
        for key, event in self._waiting():
            if ids.same(event.resource, resource_id) and (not what or event.what in what):
                self._azure.store.remove(_EVENTS, key)

    def settle(self) -> None:
        """Let everything happen that is due."""
        left = AT_ONCE
        self._added = True
        while self._added and left > 0:
            self._added = False
            with self._azure.reading():
                due = self._due()[:left]
            for key, event in due:
                left -= 1
                self._run(key, event)
                if self._added:
                    break

    def _due(self) -> list[tuple[str, Event]]:
        now = self._azure.clock()
        return [(key, event) for key, event in self._waiting(f"{now:020.6f}/~")]

    def _waiting(self, before: str = "~") -> Iterator[tuple[str, Event]]:
        for key, value in self._azure.store.scan(_EVENTS, before=before):
            yield key, Event(**json.loads(value))

    def _run(self, key: str, event: Event) -> None:
        """Let one event happen; what Azure refuses leaves nothing but a forgotten event."""
        try:
            with self._azure.changing(), self._at(event.due):
                if self._azure.store.get(_EVENTS, key) is None:
                    return
                self._azure.store.remove(_EVENTS, key)
                if not self._azure.is_missing(event.resource):
                    resource = self._azure.get(event.resource)
                    self._azure.kind(ids.parse(event.resource)).happen(self._azure, resource, event)
        except ArmError:
            with self._azure.changing():
                self._azure.store.remove(_EVENTS, key)

    @contextmanager
    def _at(self, moment: float) -> Iterator[None]:
        self._now = moment
        try:
            yield
        finally:
            self._now = None
