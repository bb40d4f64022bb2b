"""How long the provider waits for Azure, which answers at once unless a fault rule says otherwise.

A stack's `customTimeouts` and the engine's cancellation end the wait; what has been made by then is reported to the
engine.
"""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from http import HTTPStatus

from azureml_sandbox.azure import Azure
from azureml_sandbox.faults import FaultError, Subject, effects
from azureml_sandbox.model.errors import ArmError

_POLL = 0.1
"""Seconds between two looks at an operation that hangs."""
_RETRIED = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_BUSY = "AnotherOperationInProgress"
"""The one conflict that is retried."""
RETRIES = 3
"""azcore's default (azure-sdk-for-go, sdk/azcore/policy/policy.go, `RetryOptions.MaxRetries`)."""


@dataclass
class Cancellations:
    """Which connections of the engine were canceled, each of which is a provider of its own."""

    _events: defaultdict[str, threading.Event] = field(default_factory=lambda: defaultdict(threading.Event))

    def of(self, peer: str) -> threading.Event:
        """Set once the connection is canceled."""
        return self._events[peer]


class Patience:
    """The wait for one operation. `seconds`: how long at most; 0 for as long as it takes."""

    def __init__(self, azure: Azure, method: str, resource_id: str, seconds: float, canceled: threading.Event) -> None:
        self._azure = azure
        self._method = method
        self._id = resource_id
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds if seconds else None
        self._canceled = canceled

    def until_accepted(self) -> None:
        """Ask again where the released provider does; raise ArmError for any other refusal, and for the last one.

        It asks again after a dropped connection, 408, 429, 500, 502, 503, 504, and 409 AnotherOperationInProgress
        (pulumi-azure-native, provider/pkg/azure/client_azcore.go, `initPipelineOpts`). Its pauses of 20, 60 and 120
        seconds are left out here; what Retry-After says is waited for.
        """
        for left in range(RETRIES, -1, -1):
            self._check()
            refusal, seconds = self._ask()
            if refusal is None:
                return
            if not left or not _is_retried(refusal):
                raise refusal
            self._wait(seconds)

    def _ask(self) -> tuple[ArmError | None, float]:
        """Return Azure's refusal, if it refuses, and how long it asks to wait."""
        try:
            effects.refuse(self._azure, Subject.of(self._method, self._id))
        except FaultError as error:
            return error, float(error.headers.get("Retry-After", 0))
        except ConnectionError as error:
            return ArmError(HTTPStatus.BAD_GATEWAY, "ConnectionDropped", str(error)), 0
        return None, 0

    def until_done(self) -> None:
        """Wait as long as the operation hangs; ArmError when that is too long."""
        while effects.hangs(self._azure, self._method, self._id):
            self._check()
            self._wait(_POLL)

    def _wait(self, seconds: float) -> None:
        left = seconds if self._deadline is None else min(seconds, self._deadline - time.monotonic())
        self._canceled.wait(max(left, 0))
        self._check()

    def _check(self) -> None:
        if self._canceled.is_set():
            raise ArmError(HTTPStatus.CONFLICT, "OperationCanceled", f"{self._call} was canceled.")
        if self._deadline is not None and time.monotonic() >= self._deadline:
            text = f"{self._call} took longer than {self._seconds:g} seconds, its custom timeout."
            raise ArmError(HTTPStatus.GATEWAY_TIMEOUT, "OperationTimedOut", f"{text} Raise it, or try again.")

    @property
    def _call(self) -> str:
        return f"{self._method} {self._id}"


def _is_retried(refusal: ArmError) -> bool:
    return refusal.status in _RETRIED or (refusal.status == HTTPStatus.CONFLICT and refusal.code == _BUSY)
