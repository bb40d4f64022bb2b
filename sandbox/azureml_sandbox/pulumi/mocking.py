"""`mock_azure`: the code of a block is a Pulumi program, and Azure is a model of it in this process."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azureml_sandbox.azure import Azure
from azureml_sandbox.pulumi.engine import runtime
from azureml_sandbox.pulumi.engine.deployment import StackDeployment
from azureml_sandbox.pulumi.engine.goal import Goal
from azureml_sandbox.pulumi.engine.operations import Diagnostic, Operation
from azureml_sandbox.pulumi.engine.providers import Providers
from azureml_sandbox.pulumi.engine.result import Result
from azureml_sandbox.pulumi.engine.state import State
from azureml_sandbox.pulumi.engine.target import RunTarget
from azureml_sandbox.pulumi.engine.urns import STACK_TYPE
from azureml_sandbox.pulumi.stack import configure, result_of


@dataclass
class MockedAzure:
    """The cloud that a block's program makes, and what the program did. Look at the latter after the block."""

    cloud: Azure
    state: State
    _deployment: StackDeployment

    def get(self, resource_id: str) -> dict[str, Any]:
        """Return a resource as ARM returns it; ArmError where there is none."""
        return self.cloud.get(resource_id)

    def exists(self, resource_id: str) -> bool:
        """Return whether ARM has a resource."""
        return self.cloud.exists(resource_id)

    def resources(self, type: str | None = None) -> list[dict[str, Any]]:  # noqa: A002 - ARM's word for it
        """Return every resource, or those of an ARM type."""
        return self.cloud.resources(type)

    def action(self, resource_id: str, action: str, body: Any = None) -> Any:
        """Return the answer to a POST, such as ``listKeys``."""
        return self.cloud.action(resource_id, action, body)

    @property
    def result(self) -> Result:
        """Return everything that the program did."""
        return result_of(self._deployment)

    @property
    def operations(self) -> list[Operation]:
        """Return what happened to each resource, in order."""
        return self._deployment.steps.operations

    @property
    def outputs(self) -> dict[str, Any]:
        """Return the program's exports, in the clear."""
        return self.result.outputs

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """Return what the program logged."""
        return self._deployment.diagnostics

    @property
    def registered(self) -> list[Goal]:
        """Return every resource and component that the program registered, with all its options, in order."""
        return [goal for goal in self._deployment.goals.values() if goal.type != STACK_TYPE]


@contextlib.contextmanager
def mock_azure(
    project: str = "project",
    stack: str = "sandbox",
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    *,
    preview: bool = False,
    azure: Azure | MockedAzure | None = None,
    state: State | None = None,
) -> Iterator[MockedAzure]:
    """Run the block as a program. At its end everything is awaited, and the first error is raised.

    `config` and `secrets` take keys with or without the project's namespace. Pass `azure` and `state` of an earlier
    block to go on from there; `preview` makes nothing.
    """
    cloud = azure.cloud if isinstance(azure, MockedAzure) else azure or Azure()
    configuration = configure(project, config, secrets)
    state = state or State()
    providers = Providers(cloud, configuration.values, project)
    deployment = StackDeployment(RunTarget(project, stack, preview=preview), state, providers)
    with runtime.inline(deployment, configuration):
        yield MockedAzure(cloud, state, deployment)
    deployment.finish()
    if deployment.failure is not None:
        raise deployment.failure
