"""What a compute's `create` becomes: what it is attached to, made before it and deleted after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from azureml_infra.components.created_databricks import CreatedDatabricks
from azureml_infra.components.created_spark import CreatedSpark
from azureml_infra.entities.attached import DatabricksCompute, SynapseSparkCompute

if TYPE_CHECKING:
    import pulumi

    from azureml_infra.components.base import SingleResource
    from azureml_infra.components.workspace import Workspace
    from azureml_infra.entities.compute import Compute


class Created(Protocol):
    """What is made for one compute."""

    id: pulumi.Input[str]
    """The ARM id that is attached."""
    resources: list[pulumi.Resource]
    """What the compute waits for."""

    def grant_to(
        self, resource: Any, request: Mapping[str, Any], live: Mapping[str, Any] | None
    ) -> list[pulumi.Resource]:
        """Give the compute's identities what jobs on it need; `live` is the compute as it is in Azure."""


MAKERS: Mapping[type[Compute], Callable[[SingleResource, str, Any, Workspace], Created]] = {
    DatabricksCompute: CreatedDatabricks,
    SynapseSparkCompute: CreatedSpark,
}
"""What makes what a compute is attached to, by its kind."""


def create(owner: SingleResource, name: str, compute: Compute, workspace: Workspace) -> Created | None:
    """Return what is made for a compute; None for one that makes nothing, or is given by its id."""
    make = MAKERS.get(type(compute))
    return None if make is None or getattr(compute, "create", None) is None else make(owner, name, compute, workspace)
