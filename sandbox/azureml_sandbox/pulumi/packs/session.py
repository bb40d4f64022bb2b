"""The packs of one run, started where the run's own Azure is theirs as well."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from azureml_sandbox.azure import Azure
from azureml_sandbox.pulumi.engine.deployment import StackDeployment
from azureml_sandbox.pulumi.engine.target import Configuration
from azureml_sandbox.pulumi.environment import leading_here
from azureml_sandbox.pulumi.packs.judge import PackJudge, judging
from azureml_sandbox.pulumi.packs.model import Pack, PackError
from azureml_sandbox.pulumi.packs.process import environment
from azureml_sandbox.pulumi.packs.view import View
from azureml_sandbox.pulumi.transport import intercept


@contextlib.contextmanager
def session(
    packs: Sequence[Pack], deployment: StackDeployment, configuration: Configuration, azure: Azure, path: Path | None
) -> Iterator[PackJudge]:
    """Start the packs for a run, and end them with the block. `path` is the file that the cloud is in."""
    variables: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        if any(isinstance(pack.source, Path) for pack in packs):
            if path is None:
                raise PackError(_IN_MEMORY)
            variables = environment(leading_here(azure, path), deployment.target, configuration)
        if any(not isinstance(pack.source, Path) for pack in packs):
            stack.enter_context(intercept(azure))
        view = View(deployment.target, configuration, deployment.goals)
        yield stack.enter_context(judging(packs, view, deployment.diagnostics, variables))


_IN_MEMORY = (
    "a policy pack's folder runs in a process of its own, which sees no cloud in memory: give the sandbox a file, as "
    "in `Sandbox(path, packs=[…])`, or the pack as an object, as in `Pack(servicer)`"
)
