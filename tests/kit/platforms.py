"""Small platforms for tests: a stack in the sandbox, and what is in its cloud."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pulumi

from azureml_infra import ExistingWorkspace, Platform, RegistryMode, Workspace, WorkspaceArgs, load
from azureml_infra.description.overrides import of_setting
from azureml_sandbox import Azure, Op, Operation, Result, Sandbox
from kit.clouds import Rows

SUBSCRIPTION = "5a4d0b0c-0000-4000-8000-000000000001"
SETTINGS = {"azure-native:subscriptionId": SUBSCRIPTION}
PROGRAM = "import pulumi\nfrom azureml_infra import Platform\nPlatform.from_config().export(pulumi.export)\n"
"""A program that makes what its stack's description says."""
ML = "Microsoft.MachineLearningServices/workspaces"
REGISTRY = "Microsoft.ContainerRegistry/registries"
WORKSPACE_ID = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ml-dev/providers/{ML}/mlw-ml-dev"  # what the names below make
)

Program = Callable[[], Any]

THEIRS = "resource_group: rg-ml-dev\nworkspace: {name: mlw-ml-dev, existing: true}\n"
"""What a description says of the workspace in the cloud of `beside`."""


def stack(
    secrets: dict[str, str] | None = None, path: Path | None = None, azure: Azure | None = None, **config: str
) -> Sandbox:
    """Return an empty stack named ``dev``; settings as ``disposable="true"``."""
    return Sandbox(path, project="azureml-infra", stack="dev", config=SETTINGS | config, secrets=secrets, azure=azure)


def stack_of(program: Program, secrets: dict[str, str] | None = None, **more: Any) -> Sandbox:
    """Return a stack, as `stack` makes it, with what a program makes."""
    made = stack(secrets, **more)
    made.up(program)
    return made


def beside(program: Program | None = None, **more: Any) -> Sandbox:
    """Return a stack, as `stack` makes it, in a cloud where another one made the workspace that `workspace` makes.

    A run in a workspace that is there takes a third of the time of one that makes it with all that it stands on.
    """
    made = stack(**more)
    Rows(_run_once(workspace, stack_of, ()).azure).put_into(made.azure)
    if program is not None:
        made.up(program)
    return made


def up_once(program: Program, start: Callable[..., Sandbox] = stack_of, **more: Any) -> Sandbox:
    """Return what `stack_of` or `beside` does, for a module's function, by a copy: a process runs it once."""
    return copy_of(_run_once(program, start, tuple(more.items())))


@cache
def _run_once(program: Program, start: Callable[..., Sandbox], more: tuple[tuple[str, Any], ...]) -> Sandbox:
    return start(program, **dict(more))


def copy_of(sandbox: Sandbox) -> Sandbox:
    """Return a stack with the settings, the cloud and the state of another one, which lives in memory."""
    made = stack()
    made._configuration = sandbox._configuration
    Left(sandbox).put_into(made)
    return made


class Left:
    """What runs left in the cloud and the state of a stack in memory, to be put into another one."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._cloud, self._state = Rows(sandbox.azure), sandbox.state._database.serialize()

    def put_into(self, sandbox: Sandbox) -> None:
        """Replace a stack's cloud and state by copies."""
        self._cloud.put_into(sandbox.azure)
        sandbox.state._database.deserialize(self._state)


def platform_of(folder: Path, **overrides: Any) -> Program:
    """Return the program of a folder's description, with overrides of its stack."""
    said = of_setting(overrides, folder / "Pulumi.dev.yaml")
    return lambda: Platform(load(folder, said)).export(pulumi.export)


def existing_workspace() -> ExistingWorkspace:
    """Return the workspace that is there in the cloud of `beside`."""
    return ExistingWorkspace("ml", WORKSPACE_ID)


def workspace(*, needs_image: bool = False, mode: Any = "lazy", **args: Any) -> Workspace:
    """Return a workspace named ``ml``."""
    return Workspace(
        "ml",
        WorkspaceArgs.model_validate(args),
        location="westeurope",
        registry=RegistryMode.model_validate({"mode": mode} if isinstance(mode, str) else mode),
        needs_image=needs_image,
    )


def unprotected_workspace() -> Workspace:
    """Return a workspace that nothing protects."""
    return workspace(protect=False)


def live(sandbox: Sandbox, type_name: str = ML) -> dict[str, Any]:
    """Return the only resource of a type."""
    (found,) = sandbox.azure.resources(type_name)
    return dict(found)


def changes(result: Result) -> list[str]:
    """Return what a run did to resources, without what stayed the same: ``update ml``."""
    return [f"{one.op} {one.name}" for one in result.operations if _counts(one)]


def _counts(operation: Operation) -> bool:
    return operation.op not in (Op.SAME, Op.READ) and not operation.type.startswith(("azureml-infra:", "pulumi:"))
