"""ARM resource ids: reading, joining and comparing them.

An id is ``/subscriptions/S/resourceGroups/G/providers/N/type/name/childtype/child``; an extension resource repeats
``/providers/N/type/name`` below the resource it extends. Azure compares ids without regard to case
(https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

RESOURCE_GROUP = "Microsoft.Resources/resourceGroups"
SUBSCRIPTION = "Microsoft.Resources/subscriptions"


@dataclass(frozen=True)
class ResourceId:
    """One parsed id. `type` is ``Namespace/type[/child...]`` and `names` has a name for each type segment."""

    text: str
    scope: str
    """The id that the last ``/providers/`` hangs on: a resource group, subscription or (extensions) a resource."""
    type: str
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the resource's own name, the last segment."""
        return self.names[-1] if self.names else ""

    @property
    def parent(self) -> str | None:
        """Return the id of the resource that must exist first, or None for a subscription."""
        if len(self.names) > 1 or self.type == RESOURCE_GROUP:
            return self.text.rsplit("/", 2)[0]
        return self.scope or None

    @property
    def subscription(self) -> str | None:
        """Return the subscription's GUID."""
        return self._after("subscriptions")

    @property
    def resource_group(self) -> str | None:
        """Return the resource group's name."""
        return self._after("resourcegroups")

    def _after(self, segment: str) -> str | None:
        parts = self.text.split("/")
        for index, part in enumerate(parts[:-1]):
            if part.lower() == segment:
                return parts[index + 1]
        return None


@lru_cache(maxsize=16384)
def parse(text: str) -> ResourceId:
    """Read an id; ValueError says what is wrong with it."""
    parts = text.strip("/").split("/")
    if not text.startswith("/") or "" in parts:
        raise ValueError(f"{text!r} is not an ARM id: it must start with / and have no empty segment")
    at = last_provider(parts)
    if at is not None:
        return _provider_id(text, parts, at)
    lowered = [part.lower() for part in parts]
    kinds = {2: SUBSCRIPTION, 4: RESOURCE_GROUP}
    if lowered[0] == "subscriptions" and len(parts) in kinds and (len(parts) == 2 or lowered[2] == "resourcegroups"):  # noqa: PLR2004
        return ResourceId("/" + "/".join(parts), "", kinds[len(parts)], (parts[-1],))
    raise ValueError(f"{text!r} is not an ARM id: expected /subscriptions/…/resourceGroups/…/providers/…")


def _provider_id(text: str, parts: list[str], at: int) -> ResourceId:
    tail = parts[at + 1 :]
    if len(tail) < 3 or len(tail) % 2 == 0:  # noqa: PLR2004
        raise ValueError(f"{text!r} is not an ARM id: after /providers/ come a namespace and pairs of type and name")
    type_name = "/".join([tail[0], *tail[1::2]])
    scope = "/" + "/".join(parts[:at]) if at else ""
    return ResourceId("/" + "/".join(parts), scope, type_name, tuple(tail[2::2]))


def last_provider(parts: Sequence[str]) -> int | None:
    """Return where ``providers`` stands for the last time among an id's segments; None where it doesn't."""
    return next((at for at in reversed(range(len(parts))) if parts[at].lower() == "providers"), None)


def is_id(text: str) -> bool:
    """Return whether the text reads as an ARM id."""
    return bool(type_of(text))


def type_of(text: str) -> str:
    """Return the type of what an id names; empty for what is no id."""
    try:
        return parse(text).type
    except ValueError:
        return ""


def canonical(text: str) -> str:
    """Return an id to compare and to look up by: decoded, in lower case."""
    return unquote(text).strip().rstrip("/").lower()


def same(one: str | None, other: str | None) -> bool:
    """Return whether two ids name one resource (Azure ignores case)."""
    return canonical(one or "") == canonical(other or "")


def resource_group_id(subscription: str, resource_group: str) -> str:
    """Return the id of a resource group."""
    return f"/subscriptions/{subscription}/resourceGroups/{resource_group}"


def workspace_of(resource_id: str) -> str:
    """Return the id of the workspace, or of another resource directly in a resource group, that something is in."""
    return "/".join(resource_id.split("/")[:9])  # "", subscriptions, S, resourceGroups, G, providers, N, workspaces, W
