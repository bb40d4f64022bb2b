"""What entities will look up in Azure, asked for all at the same time before the first is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from azureml_infra.components.latest import containers
from azureml_infra.components.spelling import Address, address
from azureml_infra.components.versions import TOKENS
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities.base import Entity, LocalPath
from azureml_infra.entities.body import uploads
from azureml_infra.entities.unnamed import code_name


def foresee(workspace: Workspace, entities: Iterable[Entity]) -> None:
    """Ask for the entities and their code that Azure may have already.

    A name that derives from a request body, as an asset's without a version or a job's, is known when its turn comes.
    """
    if workspace.scope.exists:
        workspace.scope.fetch([one for entity in entities for one in _addresses(workspace, entity)])


def _addresses(workspace: Workspace, entity: Entity) -> Iterator[Address]:
    yield from containers(workspace.scope, entity)
    own = address(workspace.scope, entity)
    if own is not None:
        yield own
    for leaf in uploads(entity):
        if leaf.spec.uploads is not None and leaf.spec.uploads.code and isinstance(leaf.value, LocalPath):
            name = code_name(workspace.shared.content(leaf.value))
            yield TOKENS["codes"], workspace.scope.path(name=name, version="1")
