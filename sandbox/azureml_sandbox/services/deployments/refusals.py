"""How ARM refuses a template, and how it reports that a deployment has failed.

https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
"""

from collections.abc import Sequence
from typing import Any

from azureml_sandbox.model.errors import ArmError

_BY_POLICY = "RequestDisallowedByPolicy"
_SYNTAX = "Please see https://aka.ms/arm-syntax for usage details."


class DeploymentError(ArmError):
    """A refusal with the refusals that led to it."""

    def __init__(self, status: int, code: str, message: str, details: Sequence[Any] = (), target: str = "") -> None:
        super().__init__(status, code, message)
        self.details = list(details)
        self.target = target

    @property
    def body(self) -> dict[str, Any]:
        """Return the error as ARM sends it."""
        inner: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target:
            inner["target"] = self.target
        return {"error": {**inner, "details": self.details} if self.details else inner}


def invalid(message: str) -> ArmError:
    """Return a template that can't be deployed."""
    shown = message if message.endswith("details.") else f"{message} {_SYNTAX}"
    return ArmError(400, "InvalidTemplate", f"Deployment template validation failed: '{shown}'.")


def not_here(what: str, instead: str) -> ArmError:
    """Return the refusal of what ARM deploys and the sandbox doesn't."""
    return ArmError(400, "InvalidTemplate", f"The sandbox doesn't deploy {what}: {instead}")


def processing_error(resource: str, message: str) -> ArmError:
    """Return the error of a resource's expressions that fail while the deployment runs."""
    text = f"Unable to process template language expressions for resource '{resource}'. '{message}'"
    return ArmError(400, "InvalidTemplate", text)


def deployment_failed(target: str, details: Sequence[Any]) -> DeploymentError:
    """Return a deployment of which something has failed."""
    text = (
        "At least one resource deployment operation failed. Please list deployment operations for details. Please see "
        "https://aka.ms/arm-deployment-operations for usage details."
    )
    return DeploymentError(409, "DeploymentFailed", text, details, target)


def refused_before(refusals: Sequence[ArmError]) -> ArmError:
    """Return what ARM says where services refuse a template before anything is made; policies' reasons stand in the
    details alone, as people quote it.
    """
    only, messages = len(refusals) == 1, ":".join(one.message for one in refusals)
    if all(one.code == _BY_POLICY for one in refusals):
        why = "because of policy violation" if only else "with multiple errors"
        text = f"The template deployment failed {why}. Please see details for more information."
    elif only:
        text = f"The template deployment failed with error: '{messages}'."
    else:
        text = f"Deployment failed with multiple errors: '{messages}'."
    status = 403 if all(one.status == 403 for one in refusals) else 400  # noqa: PLR2004
    return DeploymentError(status, "InvalidTemplateDeployment", text, [detail(one) for one in refusals])


def detail(error: ArmError, target: str = "") -> dict[str, Any]:
    """Return an error among the details of another."""
    inner = dict(error.body["error"])
    return {**inner, "target": target} if target and "target" not in inner else inner
