"""The order in which resources go: nothing before what needs it."""

from collections.abc import Iterable

from azureml_sandbox.pulumi.engine.state import Resource


def for_deletion(resources: Iterable[Resource]) -> list[Resource]:
    """Return the resources, each after everything that needs it; otherwise the latest first."""
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
        waiting = [] if resource.key in entered else _dependencies(resource, by_urn, ordered, entered)
        entered.add(resource.key)
        if waiting:
            stack.extend(waiting)
        else:
            ordered.setdefault(resource.key, resource)
            stack.pop()


def _dependencies(
    resource: Resource, by_urn: dict[str, list[Resource]], ordered: dict[str, Resource], entered: set[str]
) -> list[Resource]:
    needed = (item for urn in resource.needs if urn != resource.urn for item in by_urn.get(urn, ()))
    return [item for item in needed if item.key not in ordered and item.key not in entered]


def dependents_by_urn(resources: Iterable[Resource]) -> dict[str, list[Resource]]:
    """Map each URN to the resources that take a property from the one it names."""
    found: dict[str, list[Resource]] = {}
    for resource in resources:
        for urn in {urn for urns in resource.property_dependencies.values() for urn in urns}:
            found.setdefault(urn, []).append(resource)
    return found


def dependents(of: Resource, by_urn: dict[str, list[Resource]]) -> list[Resource]:
    """Return what takes a property from a resource, directly or not, each after what it takes from."""
    found: dict[str, Resource] = {}
    waiting = [of.urn]
    while waiting:
        for resource in by_urn.get(waiting.pop(), ()):
            if resource.urn not in found:
                found[resource.urn] = resource
                waiting.append(resource.urn)
    return for_deletion(found.values())[::-1]
