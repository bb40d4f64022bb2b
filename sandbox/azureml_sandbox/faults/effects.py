"""What a rule that strikes does to a request, to an operation, and to what is read later."""

import json
import math
from typing import Any

from azureml_arm.ids import ResourceId
from azureml_sandbox.faults.rule import (
    CANCEL,
    DROP,
    ERROR,
    FAIL,
    HANG,
    IN_THE_WAY,
    LAG,
    QUOTA,
    STALE,
    THROTTLE,
    UNAVAILABLE,
    DroppedConnectionError,
    FaultError,
    FaultRule,
    Subject,
)
from azureml_sandbox.faults.switch import strike
from azureml_sandbox.model.operations import CANCELED, FAILED, SUCCEEDED
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.model.tables import FAULTS_LAGGING, FAULTS_STALE

Body = dict[str, Any]
ENDLESS = 10 * 365 * 86_400.0
"""Seconds that an operation takes which hangs by its own request's header."""
_ANSWERED = frozenset({THROTTLE, ERROR, UNAVAILABLE, DROP})
_ASSIGNMENTS = "microsoft.authorization/roleassignments"


def refuse(azure: Cloud, subject: Subject) -> None:
    """Raise what a request meets instead of an answer: FaultError or DroppedConnectionError."""
    rule = strike(azure, _ANSWERED, subject)
    if rule is None and subject.method in ("PUT", "PATCH", "POST"):
        rule = strike(azure, {QUOTA}, subject)
    if rule is not None:
        raise _refusal(rule, subject)


def _throttling_message(rule: FaultRule, subject: Subject) -> str:
    """Return ARM's words, which name an operation by its path without the names in it."""
    parts = subject.path.strip("/").split("/")
    at, words = 0, [subject.method]
    while at < len(parts):
        kept = 2 if parts[at].lower() == "providers" else 1
        words += parts[at : at + kept]
        at += 2
    subscription = parts[1] if len(parts) > 1 else ""
    return (
        f"Number of requests for subscription '{subscription}' and operation '{'/'.join(words).upper()}' exceeded the "
        f"backend storage limit. Please try again after '{rule.seconds:g}' seconds."
    )


def _refusal(rule: FaultRule, subject: Subject) -> Exception:
    wait = {"Retry-After": str(math.ceil(rule.seconds))}
    errors = {
        THROTTLE: (429, "SubscriptionRequestsThrottled", _throttling_message(rule, subject)),
        ERROR: (500, "InternalServerError", "Encountered an internal server error."),
        UNAVAILABLE: (503, "ServiceUnavailable", "The service is temporarily unavailable. Retry later."),
        QUOTA: (409, "QuotaExceeded", f"The request for {subject.type or subject.path} exceeds the approved quota."),
    }
    if rule.fault == DROP:
        return DroppedConnectionError(f"{subject.method} {subject.path}: the connection is dropped (fault {rule.id})")
    return FaultError(*errors[rule.fault], headers=wait if rule.fault in (THROTTLE, UNAVAILABLE) else {})


def outcome(azure: Cloud, subject: Subject) -> tuple[str, Body | None]:
    """Return how an operation ends, and with which error."""
    rule = strike(azure, {FAIL, CANCEL}, subject)
    if rule is None:
        return SUCCEEDED, None
    if rule.fault == FAIL:
        return FAILED, {"code": "InternalServerError", "message": "The operation failed, as a fault rule says."}
    return CANCELED, {"code": "OperationCanceled", "message": "The operation was canceled, as a fault rule says."}


def hangs(azure: Cloud, method: str, resource_id: str) -> bool:
    """Return whether a poll of an operation says that it goes on, whatever it does."""
    return strike(azure, {HANG}, Subject.of(method, resource_id)) is not None


def endless(azure: Cloud, subject: Subject) -> bool:
    """Return whether a request's own header makes its operation hang."""
    return bool(subject.header) and strike(azure, {HANG}, Subject("", "", "", subject.header)) is not None


def soft_delete(azure: Cloud, subject: Subject, target: ResourceId, body: Body) -> None:
    """Put a soft-deleted resource in the way of a new one, of a type that has them."""
    taken = azure.exists(target.text) or azure.get_deleted(target.text) is not None
    if subject.method != "PUT" or taken or not azure.kind(target).soft_delete:
        return
    if strike(azure, {IN_THE_WAY}, subject) is not None:
        gone = {"tags": {}, "properties": {}, **body, "id": target.text, "name": target.name, "type": target.type}
        with azure.changing():
            azure.keep_deleted(gone)


def after_write(azure: Cloud, subject: Subject, before: Body | None) -> None:
    """Begin what lasts after a write: stale reads, or a role assignment that isn't heeded yet."""
    stale = strike(azure, {STALE}, subject)
    if stale is not None:
        _until(azure, FAULTS_STALE, subject.path, stale.seconds, before)
    if subject.type.lower() == _ASSIGNMENTS and subject.method == "PUT":
        lag = strike(azure, {LAG}, subject)
        if lag is not None:
            _until(azure, FAULTS_LAGGING, subject.path, lag.seconds, None)


def _until(azure: Cloud, table: str, path: str, seconds: float, before: Body | None) -> None:
    held = {"until": azure.clock() + seconds, "before": before}
    with azure.changing():
        azure.store.set(table, path.lower(), json.dumps(held))


def is_stale(azure: Cloud, resource_id: str) -> bool:
    """Return whether reads of a resource are stale."""
    return _hold(azure, FAULTS_STALE, resource_id) is not None


def are_reads_stale(azure: Cloud) -> bool:
    """Return whether reads of any resource may be stale."""
    return bool(azure.store.scan(FAULTS_STALE))


def as_listed(azure: Cloud, found: list[Body]) -> list[Body]:
    """Return what a list holds, each resource as a stale read shows it, without what is hidden from reads."""
    if not are_reads_stale(azure):
        return found
    every = (as_read(azure, str(one.get("id", "")), one) for one in found)
    return [one for one in every if one is not None]


def lagging(azure: Cloud) -> frozenset[str]:
    """Return the ids, in lower case, of role assignments that are there and not heeded yet."""
    return frozenset(
        key for key, _ in azure.store.scan(FAULTS_LAGGING) if _hold(azure, FAULTS_LAGGING, key) is not None
    )


def as_read(azure: Cloud, resource_id: str, resource: Body | None) -> Body | None:
    """Return a resource as a read shows it: as it is, or as it was before a write that reads don't show yet."""
    held = _hold(azure, FAULTS_STALE, resource_id)
    if held is None:
        return resource
    before: Body | None = held["before"]
    return before


def _hold(azure: Cloud, table: str, key: str) -> Body | None:
    found = azure.store.get(table, key.rstrip("/").lower())
    held: Body | None = None if found is None else json.loads(found)
    return held if held is not None and azure.clock() < held["until"] else None
