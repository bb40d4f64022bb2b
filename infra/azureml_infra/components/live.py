"""What stands in Azure now, where the next step depends on it: the attached registry, the traffic that flows.

A Pulumi program doesn't see its own past, so it asks (an azure-native invoke). Nothing there, or nobody signed in, is
an answer; any other failure stops the run, for a wrong guess could cost somebody's traffic.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.sync_await import _sync_await  # how `pulumi.runtime.invoke` waits

from azureml_arm.errors import explain
from azureml_infra.entities.base import Entity, is_output
from azureml_infra.entities.body import marked_paths, words

_SUBNET = "properties.properties.subnet.id"
_ABSENT = re.compile(r"not ?found|could not be found|\b404\b|soft.?deleted", re.IGNORECASE)
_FORBIDDEN = re.compile(r"AuthorizationFailed|does not have authorization|\b403\b", re.IGNORECASE)
_NO_SUCH_TYPE = re.compile(r"NoRegisteredProviderFound|InvalidResourceType|MissingSubscriptionRegistration")
_NO_CREDENTIALS = re.compile(
    r"credential|az login|not logged in|AADSTS|authentication failed|no subscription|subscription id", re.IGNORECASE
)


def lookup(token: str, arguments: dict[str, str], opts: pulumi.InvokeOptions | None = None) -> dict[str, Any] | None:
    """The live resource as azure-native's ``get…`` invoke returns it, or None where it doesn't exist or can't be read.

    `token` is short: ``machinelearningservices:getWorkspace``.
    """
    try:
        found = _sync_await(ask(token, arguments, opts))
    except Exception as error:  # the SDK raises a bare Exception with the provider's words
        _absent(token, arguments, error)
        return None
    return dict(found) if found else None


_asked: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Future[Any]]] = WeakKeyDictionary()
"""The questions of each run, which has an event loop of its own, by function and arguments."""


async def ask(token: str, arguments: Mapping[str, Any], opts: pulumi.InvokeOptions | None = None) -> Any:
    """Return what a ``get…`` invoke answers, asked once in a run: what there was before it. Raises as the SDK does."""
    if opts is not None:
        return await pulumi.runtime.invoke_async(f"azure-native:{token}", dict(arguments), _options(opts))
    known = _asked.setdefault(asyncio.get_running_loop(), {})
    key = json.dumps([token, dict(arguments)], sort_keys=True)
    if key not in known:
        question = pulumi.runtime.invoke_async(f"azure-native:{token}", dict(arguments), _options(None))
        known[key] = asyncio.ensure_future(question)
    return await known[key]


def ask_at_once(wanted: Iterable[tuple[str, Mapping[str, str]]]) -> None:
    """Ask for resources all at the same time, so that `lookup` has each one's answer, or raises its failure."""

    async def together() -> None:
        await asyncio.gather(*(ask(token, arguments) for token, arguments in wanted), return_exceptions=True)

    _sync_await(together())


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
        await ask(token, arguments)
    except Exception as error:  # the SDK raises a bare Exception with the provider's words
        said = str(error)
    else:
        return Presence.FOUND
    if _NO_CREDENTIALS.search(said) or _NO_SUCH_TYPE.search(said):
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
    raise pulumi.RunError(f"cannot read {what} from Azure ({token}): {explain(str(error))}") from error


def client_config(opts: pulumi.InvokeOptions | None = None) -> dict[str, str]:
    """Who is signed in: ``clientId, objectId, subscriptionId, tenantId``; empty when nobody is."""
    return lookup("authorization:getClientConfig", {}, opts) or {}


def _options(opts: pulumi.InvokeOptions | None) -> pulumi.InvokeOptions:
    from pulumi_azure_native import _utilities

    defaults: pulumi.InvokeOptions = _utilities.get_invoke_opts_defaults()
    return pulumi.InvokeOptions.merge(defaults, opts)


def warn_of_ignored_changes(
    entity: Entity, token: str, arguments: Mapping[str, Any], request: Mapping[str, Any], resource: pulumi.Resource
) -> None:
    """Say which of an entity's fields differ from the live resource in a way that Azure accepts and drops.

    Asked in the background: nothing waits for the answer.
    """
    named = words(type(entity))
    paths = marked_paths(type(entity), "ignored_on_update")
    asked = {path: named[path] for path in paths if value_at(request, path) is not None}
    if asked and all(isinstance(value, str) for value in arguments.values()):
        called = f"{entity.kind} {getattr(entity, 'name', '')}"
        differing = _differing(token, dict(arguments), request, asked)
        told: Any = asyncio.ensure_future(_warn(differing, called, resource))
        pulumi.Output.from_input(told)


async def _differing(
    token: str, arguments: dict[str, Any], request: Mapping[str, Any], paths: Mapping[str, str]
) -> list[str]:
    """Return the words for what the live resource has otherwise; none where it can't be read."""
    try:
        live = await ask(token, arguments)
    except Exception as error:  # the SDK raises a bare Exception with the provider's words
        _absent(token, arguments, error)
        return []
    return [word for path, word in paths.items() if not same(value_at(request, path), value_at(live, path))]


async def _warn(differing: Awaitable[list[str]], called: str, resource: pulumi.Resource) -> bool:
    """Warn of what differs; the warning is the resource's, so that a review shows it there."""
    found = await differing
    for word in found:
        pulumi.log.warn(
            f"{word} of {called} differs from what runs in Azure, and Azure ignores a change of it after creation; "
            "make it with `az ml compute update`, or make a new one",
            resource,
        )
    return bool(found)


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
