"""What entities will look up in Azure, asked for all at the same time before the first is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from azureml_infra.components.live import ask_at_once
from azureml_infra.components.shared import code_name
from azureml_infra.components.versions import TOKENS
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities.base import Entity, LocalPath, is_output
from azureml_infra.entities.body import uploads

_ML = "machinelearningservices"
_NAMED = {
    "computes": (f"{_ML}:getCompute", "computeName"),
    "online_endpoints": (f"{_ML}:getOnlineEndpoint", "endpointName"),
    "batch_endpoints": (f"{_ML}:getBatchEndpoint", "endpointName"),
}


def foresee(workspace: Workspace, entities: Iterable[Entity]) -> None:
    """Ask for the computes, endpoints, versions and code of entities that Azure may have already.

    A name that derives from a request body, as an asset's without a version or a job's, is known when its turn comes.
    """
    if workspace.scope.exists:
        ask_at_once(list(_lookups(workspace, entities)))


def _lookups(workspace: Workspace, entities: Iterable[Entity]) -> Iterator[tuple[str, Mapping[str, str]]]:
    for entity in entities:
        for name, arguments in [*_own(entity), *_code(workspace, entity)]:
            path = workspace.scope.path(**arguments)
            known = {key: value for key, value in path.items() if isinstance(value, str)}
            if len(known) == len(path):
                yield name, known


def _own(entity: Entity) -> Iterator[tuple[str, dict[str, str]]]:
    name, version = getattr(entity, "name", None), getattr(entity, "version", None)
    if entity.family in _NAMED and name:
        token, argument = _NAMED[entity.family]
        yield token, {argument: name}
    elif entity.family in TOKENS and name and version and not is_output(version):
        yield _get(entity.family), {"name": name, "version": version}


def _code(workspace: Workspace, entity: Entity) -> Iterator[tuple[str, dict[str, str]]]:
    for leaf in uploads(entity):
        if leaf.spec.uploads is not None and leaf.spec.uploads.code and isinstance(leaf.value, LocalPath):
            yield _get("codes"), {"name": code_name(workspace.shared.content(leaf.value.path)), "version": "1"}


def _get(family: str) -> str:
    module, _, kind = TOKENS[family].partition(":")
    return f"{module}:get{kind}"
