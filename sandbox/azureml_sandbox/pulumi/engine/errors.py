"""What can go wrong in a run, in words for the person at the terminal."""

import traceback
from pathlib import Path

from azureml_arm.errors import reason
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.pulumi.engine.urns import Urn


class EngineError(Exception):
    """A run can't go on; the text is the whole message."""


class StepError(EngineError):
    """An operation on one resource failed; the cause is the exception's `__cause__`."""

    def __init__(self, urn: str, operation: str, reason: str) -> None:
        named = Urn.parse(urn)
        super().__init__(f"{named.type} ({named.name}): {operation} failed: {reason}")
        self.urn = urn
        self.operation = operation
        self.reason = reason


class StoppedError(EngineError):
    """Nothing more is done after a failure."""

    def __init__(self) -> None:
        super().__init__("not done: something failed before")


class RefusedError(EngineError):
    """The engine refuses before anything is touched (a duplicate name, a protected resource)."""


def describe_refusal(error: ArmError) -> str:
    """Return all that Azure says of a refusal: its code and message, and what stands in its details only."""
    return reason(error.body)


def describe(error: Exception) -> str:
    """Return an exception for the person at the terminal, whatever it is."""
    if isinstance(error, ArmError):
        return describe_refusal(error)
    return str(error) if isinstance(error, EngineError) else describe_unexpected(error)


def describe_unexpected(error: BaseException) -> str:
    """Return an exception that nothing was prepared for: its type, text and place."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    message = str(getattr(error, "message", "") or error).strip()
    return f"{type(error).__name__}: {message}{place}"


def duplicate(urn: str) -> str:
    """Return the engine's words for a URN that is registered twice."""
    return f"Duplicate resource URN '{urn}'; try giving it a unique name"


def already_there(resource_id: str) -> str:
    """Return azure-native's words for creating what somebody else has made."""
    return f"cannot create already existing resource '{resource_id}'"


def protected_from_delete(urn: str) -> str:
    """Return the engine's words for deleting what is protected."""
    return (
        f'resource "{urn}" cannot be deleted\n'
        "because it is protected. To unprotect the resource, either remove the `protect` flag from the resource in "
        f"your Pulumi program and run `pulumi up`, or use the command:\n`pulumi state unprotect '{urn}'`"
    )


def protected_from_replacement(urn: str) -> str:
    """Return the engine's words for replacing what is protected."""
    return (
        f'unable to replace resource "{urn}"\n'
        "as it is currently marked for protection. To unprotect the resource, remove the `protect` flag from the "
        "resource in your Pulumi program and run `pulumi up`"
    )


def protected_with(urn: str, replaced: str) -> str:
    """Return the engine's words for what is protected and would be replaced along with what it depends on."""
    return (
        f'unable to replace resource "{urn}" as part of replacing "{replaced}" as it is currently marked for '
        "protection. To unprotect the resource, remove the `protect` flag from the resource in your Pulumi program "
        "and run `pulumi up`"
    )


IMPORTED = (
    "previously-imported resources that still specify an ID may not be replaced; please remove the `import` "
    "declaration from your program"
)
"""The engine's words for replacing a resource whose `import_` option is still there."""
