"""What entities will look up in Azure, asked for all at the same time before the first is built."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from azureml_arm import ids
from azureml_arm.types import native_type
from azureml_infra.components.latest import containers
from azureml_infra.components.live import know
from azureml_infra.components.questions import Question, ask_one
from azureml_infra.components.scope import token_of
from azureml_infra.components.spelling import Address, address
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities.base import Entity, LocalPath
from azureml_infra.entities.body import uploads
from azureml_infra.entities.unnamed import code_name

_MANY = 30
"""From how many of a kind on they are listed: a page has 30 of them, and Azure counts each request
(https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling)."""
_LISTED = {f"machinelearningservices:{name}" for name in ("Datastore", "Schedule", "WorkspaceConnection")}
"""Types that a list has as `get` has them."""


def foresee(workspace: Workspace, entities: Iterable[Entity]) -> None:
    """Ask for the entities and their code that Azure may have already.

    A name that derives from a request body, as an asset's without a version or a job's, is known when its turn comes.
    """
    if not workspace.scope.exists:
        return
    wanted = [one for entity in entities for one in _addresses(workspace, entity)]
    for token, count in Counter(token for token, _ in wanted if token in _LISTED).items():
        if count >= _MANY:
            _list(workspace, token, [path for asked, path in wanted if asked == token])
    workspace.scope.fetch(wanted)


def _addresses(workspace: Workspace, entity: Entity) -> Iterator[Address]:
    yield from containers(workspace.scope, entity)
    own = address(workspace.scope, entity)
    if own is not None:
        yield own
    for leaf in uploads(entity):
        if leaf.spec.uploads is not None and leaf.spec.uploads.code and isinstance(leaf.value, LocalPath):
            name = code_name(workspace.shared.content(leaf.value))
            yield token_of("codes"), workspace.scope.path(name=name, version="1")


def _list(workspace: Workspace, token: str, paths: list[Any]) -> None:
    """Learn from one list what is at several paths; where it can't be had, each of them is asked for by itself."""
    type_ = native_type(token)
    known = [path for path in paths if all(isinstance(value, str) for value in path.values())]
    if not known:
        return
    collection = workspace.scope.child_id(token, known[0]).rpartition("/")[0]
    question = Question("", collection, type_.api_version, is_list=True)
    listed = ask_one(question, workspace.foundation.azure)
    if listed is None:
        return
    found = {ids.canonical(one["id"]): one for one in listed}
    for path in known:
        there = found.get(ids.canonical(workspace.scope.child_id(token, path)))
        know(token.replace(":", ":get"), path, type_.outputs(there) if there is not None else None)
