"""What the stack had at its last run, as its state tells: a program doesn't see its own past."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime.sync_await import _sync_await  # how `pulumi.runtime.invoke` waits

from azureml_arm import ids
from azureml_infra.components.base import type_token
from azureml_infra.components.live import is_mocked, of_this_run

_COMPONENT, _GROUP = type_token("Workspace"), "azure-native:resources:ResourceGroup"
_READ_OUTPUTS = "pulumi:pulumi:readStackOutputs"
_READ = "pulumi:pulumi:readStackResourceOutputs"


@dataclass(frozen=True)
class PastWorkspace:
    """A workspace that the stack had."""

    component: str
    """The name of its component."""
    id: str
    made_group: bool
    """Whether the component made the resource group, too."""


def past_workspaces() -> list[PastWorkspace]:
    """Return the workspaces in the stack's state; none, with a warning, where it can't be read."""
    return list(_workspaces(_read_state()))


def past_resources() -> frozenset[tuple[str, str]]:
    """Return type and name of each resource in the stack's state."""
    return frozenset((str(one.get("type")), urn.rpartition("::")[2]) for urn, one in _read_state().items())


def past_outputs() -> Mapping[str, Any]:
    """Return the stack's outputs of its last run that ended well: much less to read than its state."""
    return _read(_READ_OUTPUTS, "name")


def _read_state() -> Mapping[str, Any]:
    """Return the resources of the stack's state by URN."""
    return _read(_READ, "stackName")


def _read(token: str, argument: str) -> Mapping[str, Any]:
    """Return what the engine knows of this stack's past, asked once in a run."""
    if is_mocked():
        return {}
    table = of_this_run("past")
    if token not in table:
        stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
        try:
            answer = _sync_await(pulumi.runtime.invoke_async(token, {argument: stack}))
        except Exception as error:  # the SDK raises a bare Exception with the engine's words
            pulumi.log.warn(
                f"the state of {stack} can't be read, so nothing here stops a run that replaces its workspace: {error}"
            )
            answer = {}
        table[token] = dict(answer or {}).get("outputs") or {}
    return dict(table[token])


def _workspaces(resources: Mapping[str, Any]) -> Iterator[PastWorkspace]:
    for urn, resource in resources.items():
        found = (resource.get("outputs") or {}).get("id")
        if resource.get("type") == _COMPONENT and isinstance(found, str) and ids.is_id(found):
            name = urn.rpartition("::")[2]
            groups = (other for other in resources if f"{_COMPONENT}${_GROUP}::" in other)
            yield PastWorkspace(name, found, any(other.endswith(f"::{name}-group") for other in groups))
