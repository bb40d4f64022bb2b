"""The order in which resources go: nothing before what needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.engine.state import Resource


def for_deletion(resources: Iterable[Resource]) -> list[Resource]:
    """The resources, each after everything that needs it; otherwise the latest first."""
    listed = list(resources)
    by_urn: dict[str, list[Resource]] = {}
    for resource in listed:
        by_urn.setdefault(resource.urn, []).append(resource)
    ordered: dict[str, Resource] = {}
    for resource in listed:
        _after_needs(resource, by_urn, ordered)
    return list(reversed(ordered.values()))


def _after_needs(first: Resource, by_urn: dict[str, list[Resource]], ordered: dict[str, Resource]) -> None:
    """Append the resource after those that it needs; without recursion, as chains may be long."""
    stack, entered = [first], set[str]()
    while stack:
        resource = stack[-1]
        waiting = [] if resource.key in entered else _needed(resource, by_urn, ordered, entered)
        entered.add(resource.key)
        if waiting:
            stack.extend(waiting)
        else:
            ordered.setdefault(resource.key, resource)
            stack.pop()


def _needed(
    resource: Resource, by_urn: dict[str, list[Resource]], ordered: dict[str, Resource], entered: set[str]
) -> list[Resource]:
    needed = (item for urn in resource.needs if urn != resource.urn for item in by_urn.get(urn, ()))
    return [item for item in needed if item.key not in ordered and item.key not in entered]


def dependents(of: Resource, resources: Iterable[Resource]) -> list[Resource]:
    """What needs a resource, directly or not (not counting its children for being below it), in the given order."""
    found = {of.urn}
    result = []
    for resource in resources:
        needed = {urn for urns in resource.property_dependencies.values() for urn in urns}
        if resource.urn not in found and needed & found:
            found.add(resource.urn)
            result.append(resource)
    return result
