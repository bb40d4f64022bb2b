"""Which scopes are above which: a role at a scope holds for everything below it.

https://learn.microsoft.com/azure/role-based-access-control/scope-overview: management group, subscription, resource
group, resource; ``/`` is above all. Azure compares ids without regard to letter case.
"""

from functools import lru_cache
from urllib.parse import unquote

from azureml_arm.unknown import marks

_MANAGEMENT_GROUPS = ("providers", "microsoft.management", "managementgroups")
_REFUSED = frozenset("/\\%?#")


@lru_cache(maxsize=4096)
def segments(scope: str) -> tuple[str, ...] | None:
    """Return the scope's segments in lower case, percent-encoding undone; None for what Azure wouldn't take as a scope.

    A segment that hides a separator or steps out of its parent could make one scope look like another.
    """
    if not scope.startswith("/"):
        return None
    stripped = scope.strip().strip("/")
    found = tuple(unquote(part).lower() for part in stripped.split("/")) if stripped else ()
    return None if any(_is_refused(part) for part in found) else found


def _is_refused(segment: str) -> bool:
    return segment in ("", ".", "..") or not segment.isprintable() or not _REFUSED.isdisjoint(segment)


def is_above_subscriptions(parts: tuple[str, ...]) -> bool:
    """Return whether it is the tenant's root or a management group."""
    return not parts or (parts[:3] == _MANAGEMENT_GROUPS and len(parts) == len(_MANAGEMENT_GROUPS) + 1)


def covers(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
    """Return whether what holds at `outer` holds at `inner`: it is that scope or one above it.

    Rights are read subscription by subscription, so a management group among them is one above the subscription.
    """
    if is_above_subscriptions(outer) and inner[:1] == ("subscriptions",):
        return True
    return inner[: len(outer)] == outer


def may_cover(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
    """Return whether `outer` could be `inner` or above it, taking unknown segments for any name: for what denies."""
    if is_above_subscriptions(outer):
        return True
    pairs = zip(outer, inner, strict=False)
    return len(outer) <= len(inner) and all(one == other or marks(other) for one, other in pairs)


def is_below(inner: tuple[str, ...], outer: tuple[str, ...]) -> bool:
    """Return whether `inner` is another scope than `outer`, which is it or above it. A management group has the longer
    id.
    """
    if is_above_subscriptions(outer):
        return not is_above_subscriptions(inner)
    return len(outer) < len(inner)
