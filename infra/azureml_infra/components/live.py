"""What stands in Azure now, where the next step depends on it: the attached registry, the traffic that flows.

A Pulumi program doesn't see its own past, so it asks (an azure-native invoke). Nothing there, or nobody signed in, is
an answer; any other failure stops the run, for a wrong guess could cost somebody's traffic.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import pulumi

from azureml_infra.entities.base import Entity, is_output
from azureml_infra.entities.body import marked_paths, words

_SUBNET = "properties.properties.subnet.id"
_ABSENT = re.compile(r"not ?found|could not be found|\b404\b|soft.?deleted", re.IGNORECASE)
_FORBIDDEN = re.compile(r"AuthorizationFailed|does not have authorization|\b403\b", re.IGNORECASE)
_NO_CREDENTIALS = re.compile(
    r"credential|az login|not logged in|AADSTS|authentication failed|no subscription|subscription id", re.IGNORECASE
)


def lookup(token: str, arguments: dict[str, str], opts: pulumi.InvokeOptions | None = None) -> dict[str, Any] | None:
    """The live resource as azure-native's ``get…`` invoke returns it, or None where it doesn't exist or can't be read.

    `token` is short: ``machinelearningservices:getWorkspace``.
    """
    try:
        found = pulumi.runtime.invoke(f"azure-native:{token}", arguments, _options(opts)).value
    except Exception as error:  # the SDK raises a bare Exception with the provider's words
        _absent(token, arguments, error)
        return None
    return dict(found) if found else None


def read_later(
    token: str, arguments: Callable[[str], Mapping[str, str]], *, after: pulumi.Output[str]
) -> pulumi.Output[dict[str, Any]]:
    """Return a resource as ``get…`` has it, asked once the id `after` is known: what this run makes."""

    async def ask(known: str) -> dict[str, Any]:
        answer = await pulumi.runtime.invoke_async(f"azure-native:{token}", dict(arguments(known)), _options(None))
        return dict(answer)

    found: pulumi.Output[dict[str, Any]] = after.apply(ask)
    return found


class Presence(StrEnum):
    """What Azure answers when it is asked for a resource."""

    FOUND = "found"
    ABSENT = "absent"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    """It can't be asked, or doesn't say."""


async def presence(token: str, arguments: dict[str, Any]) -> Presence:
    """Return whether Azure has the resource that a ``get…`` invoke with these arguments returns."""
    try:
        await pulumi.runtime.invoke_async(f"azure-native:{token}", arguments, _options(None))
    except Exception as error:  # the SDK raises a bare Exception with the provider's words
        said = str(error)
    else:
        return Presence.FOUND
    if _NO_CREDENTIALS.search(said):
        return Presence.UNKNOWN
    if _FORBIDDEN.search(said):
        return Presence.FORBIDDEN
    return Presence.ABSENT if _ABSENT.search(said) else Presence.UNKNOWN


def _absent(token: str, arguments: Mapping[str, str], error: Exception) -> None:
    """Nothing there, or nobody signed in; any other failure is raised."""
    if _ABSENT.search(str(error)):
        return
    if _NO_CREDENTIALS.search(str(error)):
        pulumi.log.info(f"{token.partition(':')[2]} was skipped: nobody is signed in to Azure")
        return
    what = ", ".join(arguments.values())
    raise pulumi.RunError(f"cannot read {what} from Azure ({token}): {error}") from error


def client_config(opts: pulumi.InvokeOptions | None = None) -> dict[str, str]:
    """Who is signed in: ``clientId, objectId, subscriptionId, tenantId``; empty when nobody is."""
    return lookup("authorization:getClientConfig", {}, opts) or {}


def _options(opts: pulumi.InvokeOptions | None) -> pulumi.InvokeOptions:
    from pulumi_azure_native import _utilities

    defaults: pulumi.InvokeOptions = _utilities.get_invoke_opts_defaults()
    return pulumi.InvokeOptions.merge(defaults, opts)


def warn_of_ignored_changes(
    entity: Entity, token: str, arguments: Mapping[str, Any], request: Mapping[str, Any]
) -> None:
    """Say which of an entity's fields differ from the live resource in a way that Azure accepts and drops.

    Asked in the background: nothing waits for the answer.
    """
    paths = marked_paths(type(entity), "ignored_on_update")
    asked = [path for path in paths if value_at(request, path) is not None]
    if asked and all(isinstance(value, str) for value in arguments.values()):
        told: Any = asyncio.ensure_future(_warn(entity, token, dict(arguments), request, asked))
        pulumi.Output.from_input(told)


async def _warn(
    entity: Entity, token: str, arguments: dict[str, Any], request: Mapping[str, Any], paths: list[str]
) -> bool:
    """Whether the live resource could be read."""
    try:
        live = await pulumi.runtime.invoke_async(f"azure-native:{token}", arguments, _options(None))
    except Exception as error:  # the SDK raises a bare Exception with the provider's words
        _absent(token, arguments, error)
        return False
    named = words(type(entity))
    for path in paths:
        if not same(value_at(request, path), value_at(live, path)):
            pulumi.log.warn(
                f"{named[path]} of {entity.kind} {getattr(entity, 'name', '')} differs from what runs in Azure, and "
                f"Azure ignores a change of it after creation; make it with `az ml compute update`, or make a new one"
            )
    return True


def value_at(tree: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    for key in path.split("."):
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree


def is_replaced(kind: type[Entity], request: Mapping[str, Any], live: Mapping[str, Any] | None) -> bool:
    """Return whether a request changes what can't change in place, so that the live resource is replaced."""
    return any(_differs(path, request, live) for path in marked_paths(kind, "immutable"))


def _differs(path: str, request: Mapping[str, Any], live: Mapping[str, Any] | None) -> bool:
    """Return whether a value does; what isn't said is what Azure has, but for the network."""
    wanted, found = value_at(request, path), value_at(live, path)
    if is_output(wanted):
        return False
    return not same(wanted, found) if wanted is not None else path == _SUBNET and found is not None


def same(wanted: Any, live: Any) -> bool:
    """Whether the live value says what is wanted: case of text, order, and what Azure adds don't count."""
    if isinstance(wanted, Mapping):
        return isinstance(live, Mapping) and all(same(value, live.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list | tuple):
        return isinstance(live, list | tuple) and len(wanted) == len(live) and all(map(same, wanted, live))
    if isinstance(wanted, str) and isinstance(live, str):
        return wanted.replace(" ", "").lower() == live.replace(" ", "").lower()
    return bool(wanted == live) or (not wanted and live is None)
