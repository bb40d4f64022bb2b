"""One run under the rules: who asks, what they may, what was there; each found out once, when a rule first needs it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from azureml_arm.rbac.conditions import KIND, PRINCIPAL, ROLE, Attributes
from azureml_arm.rbac.evaluate import decide
from azureml_arm.rbac.model import Decision
from azureml_policies import requests as arm_requests
from azureml_policies.baseline.model import Baseline, PlannedChange
from azureml_policies.config import PackConfig
from azureml_policies.rbac.source import RoleSource
from azureml_policies.requester.model import Person, Requester
from azureml_policies.requests import Defaults
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UnknownError, has_unknown
from azureml_policies.requests.write import Write

_ASSIGNING = ("microsoft.authorization/roleassignment", "microsoft.authorization/roleeligibilityschedulerequests")
_ATTRIBUTES = {
    ROLE: "properties.roleDefinitionId",
    PRINCIPAL: "properties.principalId",
    KIND: "properties.principalType",
}


@dataclass(frozen=True)
class Sources:
    """Where a run's facts come from. Each is asked at most once, and not at all where no rule needs it."""

    requester: Callable[[], Requester]
    roles: Callable[[], RoleSource]
    baseline: Callable[[], Baseline]


@dataclass
class Run:
    """What the rules of one preview or update share."""

    config: PackConfig
    sources: Sources
    defaults: Defaults = field(default_factory=Defaults)
    preview: bool = True
    stack: str = ""

    _writes: dict[str, tuple[Planned, tuple[Write, ...]]] = field(default_factory=dict, repr=False)
    _changes: dict[int, tuple[Write, PlannedChange]] = field(default_factory=dict, repr=False)
    _attributes: dict[str, Attributes] = field(default_factory=dict, repr=False)

    @cached_property
    def requester(self) -> Requester:
        """Return who asks."""
        return self.sources.requester()

    @cached_property
    def roles(self) -> RoleSource:
        """Return where role assignments come from."""
        return self.sources.roles()

    @cached_property
    def baseline(self) -> Baseline:
        """Return what was there before."""
        return self.sources.baseline()

    def writes(self, planned: Planned) -> tuple[Write, ...]:
        """Return what a planned resource asks ARM for."""
        kept = self._find_kept(planned)
        if kept is not None:
            return kept
        found = arm_requests.writes(planned, self.defaults)
        self._writes[planned.urn] = (planned, found)
        for write in found:
            self.note(write)
        return found

    def past_writes(self, old: Planned) -> tuple[Write, ...]:
        """Return what a resource that was there asked ARM for; nothing of it is noted."""
        kept = self._find_kept(old)
        return kept if kept is not None else arm_requests.writes(old, self.defaults)

    def _find_kept(self, planned: Planned) -> tuple[Write, ...] | None:
        kept = self._writes.get(planned.urn)
        return kept[1] if kept is not None and kept[0] is planned else None

    def note(self, write: Write) -> None:
        """Remember what a role assignment says, for conditions on who may make and remove it; of two at one id, what
        both say.
        """
        if write.type.lower().startswith(_ASSIGNING):
            found, key = _attributes_of(write), write.id.rstrip("/").lower()
            before = self._attributes.get(key, found)
            self._attributes[key] = dict(found.items() & before.items())

    def change(self, write: Write) -> PlannedChange:
        """Return what a write does to what is there."""
        kept = self._changes.get(id(write))
        if kept is not None and kept[0] is write:
            return kept[1]
        change = self.baseline.change(write)
        self._changes[id(write)] = (write, change)
        return change

    def decide(self, person: Person, action: str, scope: str) -> Decision:
        """Return whether a person may do something somewhere. `scope` is an ARM id without unknown parts."""
        facts = self.roles.facts(person, self.subscription_of(scope))
        return decide(action, scope, person, facts, self._attributes.get(scope.lower()))

    def subscription_of(self, scope: str) -> str:
        """Return the subscription in whose roles the rights at a scope are: above subscriptions, the stack's, which has
        those that it inherits.
        """
        return subscription_of(scope) or (self.defaults.subscription if scope.startswith("/") else "")


def _attributes_of(write: Write) -> Attributes:
    """Return what is known of a role assignment: its role's GUID, its principal, and what that is."""
    found: dict[str, str] = {}
    for name, path in _ATTRIBUTES.items():
        try:
            value = write.read(path)
        except UnknownError:
            continue
        if isinstance(value, str) and not has_unknown(value):
            found[name] = value.rpartition("/")[2]
    return found


def subscription_of(scope: str) -> str:
    """Return the subscription's GUID in an id; empty for an id above subscriptions."""
    parts = scope.strip("/").split("/")
    return parts[1] if len(parts) > 1 and parts[0].lower() == "subscriptions" else ""
