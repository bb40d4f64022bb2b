"""ARM's errors, with the codes and the words that Azure uses for them."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from azureml_arm.ids import ResourceId

USER_ERROR = "UserError"
_REFERENCE = "https://aka.ms/ARMResourceNotFoundFix"


class ArmError(Exception):
    """A request that Azure refuses: the HTTP status, ARM's error code and the message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    @property
    def body(self) -> dict[str, Any]:
        """Return the error as ARM sends it."""
        return {"error": {"code": self.code, "message": self.message}}


class UserError(ArmError):
    """A refusal by Azure ML itself: what matters is the chain of inner codes, the outermost first, or the details."""

    def __init__(
        self,
        status: int,
        message: str,
        *inner: str,
        code: str = USER_ERROR,
        details: Sequence[Mapping[str, Any]] = (),
        wording: tuple[str, Mapping[str, str]] | None = None,
    ) -> None:
        super().__init__(status, code, message)
        self.inner = inner
        self.details = details
        self.wording = wording
        """The message's format and its parameters, where the service sends them."""
        self.region = ""
        """Where the service that refuses is: whoever answers the request knows it."""

    @property
    def body(self) -> dict[str, Any]:
        """Return the error as Azure ML sends it."""
        info: list[tuple[str, Any]] = [
            ("ComponentName", "managementfrontend"),
            ("Correlation", {"operation": "00000000000000000000000000000000", "request": "0000000000000000"}),
            ("Environment", self.region),
            ("Location", self.region),
            ("Time", datetime.datetime.now(datetime.UTC).isoformat()),
        ]
        if self.inner:
            info.append(("InnerError", self._inner_error))
        if self.wording is not None:
            info += [("MessageFormat", self.wording[0]), ("MessageParameters", dict(self.wording[1]))]
        more = [{"type": name, "info": {"value": value}} for name, value in info]
        document = {"code": self.code, "message": self.message, "details": list(self.details), "additionalInfo": more}
        return {"error": document}

    @property
    def _inner_error(self) -> dict[str, Any] | None:
        """Return the inner codes, each in the one before it; None without any."""
        chain: dict[str, Any] | None = None
        for code in reversed(self.inner):
            chain = {"code": code, "innerError": chain}
        return chain


def absent(message: str = "The specified resource was not found.", *inner: str) -> UserError:
    """Return a refusal by Azure ML itself of what isn't there, by default in the words that were recorded of models."""
    return UserError(404, message, "NotFound", *inner)


class AccountError(UserError):
    """A refusal by the part of Azure ML that keeps workspaces and connections."""

    @property
    def body(self) -> dict[str, Any]:
        """Return the error as that part sends it."""
        empty = ("severity", "messageFormat", "messageParameters", "referenceCode", "detailsUri", "target", "debugInfo",
                 "additionalInfo")  # fmt: skip
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "details": [],
            "innerError": self._inner_error,
        }
        return {
            "error": {**dict.fromkeys(empty), **error},
            "correlation": {"operation": "0" * 32, "request": "0" * 16},
            "environment": self.region,
            "location": self.region,
            "time": datetime.datetime.now(datetime.UTC).isoformat(),
            "componentName": "account-rp",
            "statusCode": self.status,
        }


class SilentError(ArmError):
    """A refusal that the service answers with a status alone."""


class NotRegisteredError(ArmError):
    """A write to a provider for which the subscription isn't registered: the one reason stands twice in the error."""

    def __init__(self, namespace: str) -> None:
        text = (
            f"The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for "
            "how to register subscriptions."
        )
        super().__init__(409, "MissingSubscriptionRegistration", text)
        self.namespace = namespace

    @property
    def body(self) -> dict[str, Any]:
        """Return the error as ARM sends it."""
        detail = {"code": self.code, "target": self.namespace, "message": self.message}
        return {"error": {"code": self.code, "message": self.message, "details": [detail]}}


def bad_request(message: str, code: str = "BadRequest") -> ArmError:
    """Return a body that the service doesn't take."""
    return UserError(400, message) if code == USER_ERROR else ArmError(400, code, message)


def conflict(message: str, code: str = "Conflict") -> ArmError:
    """Return a body that doesn't go with what is there."""
    return UserError(409, message) if code == USER_ERROR else ArmError(409, code, message)


def not_found(resource: ResourceId) -> ArmError:
    """Return a resource that isn't there, inside a group or subscription that is."""
    where = f"under resource group '{resource.resource_group}' " if resource.resource_group else ""
    namespace, *kinds = resource.type.split("/")
    shown = "/".join((namespace, *(part for pair in zip(kinds, resource.names, strict=False) for part in pair)))
    text = f"The Resource '{shown}' {where}was not found. For more details please go to {_REFERENCE}"
    return ArmError(404, "ResourceNotFound", text)


def group_not_found(name: str) -> ArmError:
    """Return a resource group that isn't there."""
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def parent_not_found(resource: ResourceId, parent: str) -> ArmError:
    """Return a resource whose parent isn't there."""
    return ArmError(
        404,
        "ParentResourceNotFound",
        f"Can not perform requested operation on nested resource. Parent resource '{parent}' of '{resource.name}' "
        "not found.",
    )


def subscription_not_found(subscription: str) -> ArmError:
    """Return a subscription that isn't the sandbox's."""
    return ArmError(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")


def not_modelled(type_name: str, *, namespace_known: bool) -> ArmError:
    """Return a resource type that the sandbox has no class for, in ARM's words for a type that doesn't exist."""
    namespace, _, rest = type_name.partition("/")
    hint = (
        f"The sandbox doesn't model {type_name}: add a class for it to a file in azureml_sandbox/services/ and its "
        "line to SERVICES in azureml_sandbox/services/__init__.py."
    )
    if namespace_known:
        text = f"The resource type '{rest}' could not be found in the namespace '{namespace}'. {hint}"
        return ArmError(404, "InvalidResourceType", text)
    text = f"No registered resource provider found for the namespace '{namespace}' and the type '{rest}'. {hint}"
    return ArmError(404, "NoRegisteredProviderFound", text)


def change_refused(path: str, old: object, new: object) -> ArmError:
    """Return a property that Azure fixes when the resource is made."""
    return ArmError(
        409, "PropertyChangeNotAllowed", f"Changing property '{path}' is not allowed (it is {old!r}, not {new!r})."
    )
