"""What comes of a deployment: its operations, and how each ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from azureml_arm import ids
from azureml_arm.template.resources import DEPLOYMENT
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.services.deployments.order import Order
from azureml_sandbox.services.deployments.plan import DeploymentPlan
from azureml_sandbox.services.deployments.refusals import DeploymentError, deployment_failed, detail

CREATE, DELETE, EVALUATE = "Create", "Delete", "EvaluateDeploymentOutput"


@dataclass(frozen=True)
class Done:
    """One operation of a deployment, and how it ended."""

    operation: str
    id: str
    error: ArmError | None = None


@dataclass
class DeploymentOutcome:
    """What a deployment came to."""

    plan: DeploymentPlan
    operations: list[Done] = field(default_factory=list)
    outputs: dict[str, Any] | None = None
    nested: list[DeploymentOutcome] = field(default_factory=list)

    @property
    def order(self) -> Order:
        """Return what was asked for."""
        return self.plan.order

    @property
    def error(self) -> DeploymentError | None:
        """Return why it failed; None where it succeeded."""
        details = [detail(one.error, one.id) for one in self.operations if one.error]
        return deployment_failed(self.order.id.text, details) if details else None

    @property
    def made(self) -> list[str]:
        """Return the ids of what is there by it, also by the deployments within."""
        own = [one.id for one in self.operations if one.operation == CREATE and not one.error and not _is_nested(one)]
        return [*own, *(one for inner in self.nested for one in inner.made)]


def _is_nested(done: Done) -> bool:
    return ids.parse(done.id).type.lower() == DEPLOYMENT.lower()
