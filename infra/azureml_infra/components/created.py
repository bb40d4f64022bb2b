"""What a compute's `create` makes: by kind of compute, what it is attached to, and what comes of that once it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from azureml_infra.components.created_spark import CreatedSpark
from azureml_infra.entities.attached import SynapseSparkCompute

if TYPE_CHECKING:
    from azureml_infra.components.base import Component
    from azureml_infra.components.workspace import Workspace
    from azureml_infra.entities.compute import Compute

_MAKERS: Mapping[type[Any], Callable[..., CreatedSpark]] = {SynapseSparkCompute: CreatedSpark}
"""Kind of compute -> what makes its machines: `id` is what is attached, `resources` what that waits for."""


def create(owner: Component, name: str, compute: Compute, workspace: Workspace) -> CreatedSpark | None:
    """Return what is made for a compute, beside it; None for one that makes nothing, or is given by its id."""
    maker = _MAKERS.get(type(compute))
    return maker(owner, name, compute, workspace) if maker and getattr(compute, "create", None) is not None else None
