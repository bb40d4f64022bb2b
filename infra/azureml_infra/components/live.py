"""What stands in Azure now, where the next step depends on it: the attached registry, the traffic that flows.

A Pulumi program doesn't see its own past, so it asks (an azure-native invoke). Nothing there, or nobody signed in, is
an answer; any other failure stops the run, for a wrong guess could cost somebody's traffic.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor
from pulumi.runtime.sync_await import (  # how `pulumi.runtime.invoke` waits, here for several at once
    _ensure_event_loop,
    _sync_await,
)

from azureml_arm.compare import Difference, differences, dotted_path
from azureml_arm.errors import explain
from azureml_arm.types import native_type
from azureml_arm.unknown import UNKNOWN, has_unknown
from azureml_infra.components.known import Known
from azureml_infra.entities.base import Entity, is_output
from azureml_infra.entities.body import marked_paths, words
from azureml_infra.entities.reverse import at as value_at

_ABSENT = re.compile(r"not ?found|could not be found|\b404\b|soft.?deleted", re.IGNORECASE)
_FORBIDDEN = re.compile(r"AuthorizationFailed|does not have authorization|\b403\b", re.IGNORECASE)
_NO_SUCH_TYPE = re.compile(r"NoRegisteredProviderFound|InvalidResourceType|MissingSubscriptionRegistration")
_NO_CREDENTIALS = re.compile(
    r"credential|az login|not logged in|AADSTS|authentication failed|no subscription|subscription id", re.IGNORECASE
)


def lookup(token: str, arguments: dict[str, str]) -> dict[str, Any] | None:
    """Return the live resource as azure-native's ``get…`` invoke does, or None where it doesn't exist or can't be read.

    `token` is short: ``machinelearningservices:getWorkspace``.
    """
    return lookups([(token, arguments)])[0]


def lookups(wanted: Sequence[tuple[str, dict[str, str]]]) -> list[dict[str, Any] | None]:
    """Return what `lookup` does for several tokens and arguments, asked at the same time.

    Waiting turns the event loop within its own turn, and leaves as many handles as there were: each wait costs what
    waits to be registered. So nothing waits for what was asked before.
    """
    questions = [_question(token, arguments) for token, arguments in wanted]
    open_ones = {question for question in questions if not question.done()}
    if open_ones:
        _sync_await(asyncio.wait(open_ones))
    return [_answer(*one, question) for one, question in zip(wanted, questions, strict=True)]


def _answer(token: str, arguments: Mapping[str, str], question: asyncio.Future[Any]) -> dict[str, Any] | None:
    error = question.exception()
    if error is None:
        return dict(question.result()) if question.result() else None
    if not isinstance(error, Exception):
        raise error
    _absent(token, arguments, error)  # the SDK raises a bare Exception with the provider's words
    return None


def of_this_run(what: str) -> dict[Any, Any]:
    """Return a table that lasts as long as this run.

    It stands on the run's own event loop: a table elsewhere would keep every loop for ever, as tasks refer to theirs.
    """
    loop = _ensure_event_loop()  # type: ignore[no-untyped-call]
    table: dict[Any, Any] = vars(loop).setdefault(f"_azureml_infra_{what}", {})
    return table


def _question(token: str, arguments: Mapping[str, Any]) -> asyncio.Future[Any]:
    """Return what a ``get…`` invoke will answer, asked once in a run: what there was before it. The letter case of the
    arguments doesn't count, as in Azure.
    """
    asked, key = _questions(), _key(token, arguments)
    if key not in asked:
        loop = _ensure_event_loop()  # type: ignore[no-untyped-call]
        asked[key] = asyncio.ensure_future(_invoke(token, arguments), loop=loop)
    return asked[key]


async def _invoke(token: str, arguments: Mapping[str, Any]) -> Any:
    from pulumi_azure_native import _utilities

    options = _utilities.get_invoke_opts_defaults()
    return await pulumi.runtime.invoke_async(f"azure-native:{token}", dict(arguments), options)


def know(token: str, arguments: Mapping[str, Any], found: Mapping[str, Any] | None) -> None:
    """Note what a ``get…`` invoke would answer, from what was asked in another way; None for what isn't there."""
    answer = _ensure_event_loop().create_future()  # type: ignore[no-untyped-call]
    if found is not None:
        answer.set_result(found)
    else:
        answer.set_exception(Exception("ResourceNotFound"))
        answer.exception()  # or the loop complains of what nobody asks for
    _questions()[_key(token, arguments)] = answer


def _questions() -> dict[str, asyncio.Future[Any]]:
    return of_this_run("questions")


def _key(token: str, arguments: Mapping[str, Any]) -> str:
    return json.dumps([token, dict(arguments)], sort_keys=True).lower()


def read_later(
    token: str, arguments: Callable[[str], Mapping[str, str]], *, after: pulumi.Output[str]
) -> pulumi.Output[dict[str, Any]]:
    """Return a resource as ``get…`` has it, asked once the id `after` is known: what this run makes."""

    async def read(known: str) -> dict[str, Any]:
        return dict(await _invoke(token, arguments(known)))

    found: pulumi.Output[dict[str, Any]] = after.apply(read)
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
        await _question(token, arguments)
    except Exception as error:  # the SDK raises a bare Exception with the provider's words
        said = str(error)
    else:
        return Presence.FOUND
    if _FORBIDDEN.search(said):  # first, as Azure ends it by "please refresh your credentials"
        return Presence.FORBIDDEN
    if _NO_CREDENTIALS.search(said) or _NO_SUCH_TYPE.search(said):
        return Presence.UNKNOWN
    return Presence.ABSENT if _ABSENT.search(said) else Presence.UNKNOWN


def _absent(token: str, arguments: Mapping[str, str], error: Exception) -> None:
    """Accept that nothing is there, or was ever registered, or that nobody is signed in or may not read it; raise any
    other failure.
    """
    if _ABSENT.search(str(error)) or _NO_SUCH_TYPE.search(str(error)):
        return
    if _FORBIDDEN.search(str(error)):
        pulumi.log.info(f"{token.partition(':')[2]} was skipped: whoever runs this may not read it")
        return
    if _NO_CREDENTIALS.search(str(error)):
        pulumi.log.info(f"{token.partition(':')[2]} was skipped: nobody is signed in to Azure")
        return
    what = ", ".join(arguments.values())
    raise pulumi.RunError(f"cannot read {what} from Azure ({token}): {explain(str(error))}") from error


def client_config() -> dict[str, str]:
    """Return who is signed in: ``clientId, objectId, subscriptionId, tenantId``; empty when nobody is."""
    return lookup("authorization:getClientConfig", {}) or {}


def is_mocked() -> bool:
    """Return whether this is a unit test with mocks of one's own, behind which there is no Azure and no state.

    The engine that runs in the program's process, as the sandbox's does, has both, and answers clients.
    """
    monitor = get_monitor()
    return isinstance(monitor, MockMonitor) and not hasattr(monitor, "answering_clients")


def client_context() -> AbstractContextManager[Any] | None:
    """Return a context in which Azure answers clients; None where nobody is signed in, or there is no Azure."""
    if is_mocked() or not client_config():
        return None
    within = getattr(get_monitor(), "answering_clients", nullcontext)
    answering: AbstractContextManager[Any] = within()
    return answering


def warn_of_ignored_changes(
    entity: Entity,
    token: str,
    request: Mapping[str, Any],
    live: Mapping[str, Any] | None,
    resource: pulumi.Resource,
) -> None:
    """Warn of an entity's fields that differ from the live resource in a way that Azure accepts and drops; the warnings
    are the resource's, so that a review shows them there.
    """
    paths = marked_paths(type(entity), "ignored_on_update") if live else []
    named = words(type(entity))
    found = certain_changes(token, request, live or {}, *paths) if paths else []
    for path in paths:
        if touching(found, path):
            pulumi.log.warn(
                f"{named[path]} of {entity.kind} {getattr(entity, 'name', '')} differs from what runs in Azure, and "
                f"Azure ignores a change of it after creation; make it with `az ml compute update`, or make a new one",
                resource,
            )


def changes(token: str, request: Mapping[str, Any], live: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return how the live resource differs from a request body; what only the run will know counts as different."""
    arm = native_type(token)
    of_answer = {name: live[name] for name in ("id", "name", "type") if name in live}
    there = {**arm.body({name: value for name, value in live.items() if name not in of_answer}), **of_answer}
    return differences(_plain(request), there, complete=False, type_name=arm.type)


def touching(found: Iterable[Difference], *paths: str) -> list[Difference]:
    """Return the differences at, above or below paths of ARM's body."""
    wanted = [f"{dotted_path(tuple(path.split('.')))}.".lower() for path in paths]
    return [one for one in found if any(_overlap(f"{one.path}.".lower(), path) for path in wanted)]


def certain_changes(token: str, request: Mapping[str, Any], live: Mapping[str, Any], *paths: str) -> list[Difference]:
    """Return how the live resource differs at some paths, but for what only the run will know."""
    return [one for one in touching(changes(token, request, live), *paths) if not has_unknown(one.new)]


def is_replaced(token: str, fixed: Iterable[str], request: Mapping[str, Any], live: Mapping[str, Any] | None) -> bool:
    """Return whether a request surely changes a fixed path, so that the live resource is replaced."""
    if not live:
        return True
    return bool(certain_changes(token, request, live, *fixed))


def respellings(
    token: str, request: Mapping[str, Any], live: Mapping[str, Any] | None, paths: Iterable[str]
) -> list[str]:
    """Return the azure-native arguments, of those that can't change, that Azure has as requested: spelled in another
    way, or ids, which the request before this one may have spelled in another way.

    azure-native compares them as texts, and would replace the resource for a letter (pulumi-azure-native,
    provider/pkg/provider/diff.go): its inputs stay as they are in the state.
    """
    if live is None:
        return []
    arm, found = native_type(token), changes(token, request, live)
    there = arm.body(live)
    kept = [path for path in paths if not touching(found, path) and _is_respelled(request, there, path)]
    return [path.removeprefix("properties.") if arm.flat else path for path in kept]


def _is_respelled(request: Mapping[str, Any], there: Mapping[str, Any], path: str) -> bool:
    wanted, found = value_at(request, path), value_at(there, path)
    return wanted is not None and found is not None and (wanted != found or (isinstance(wanted, str) and "/" in wanted))


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _plain(value: Any) -> Any:
    """Return a request in which `UNKNOWN` stands for each Output whose value isn't known."""
    if isinstance(value, Known):
        return _plain(value.plain)
    if is_output(value):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
