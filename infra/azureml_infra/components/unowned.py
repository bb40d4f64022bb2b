"""What Azure has under a described name and this stack didn't make: told in the preview, with the ways to go on.

azure-native would refuse to create it in the middle of `up`. A program knows of its stack's past what its outputs and
its state say: the outputs are read first, the whole state only where something isn't in them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from azureml_arm import ids
from azureml_infra.components.adoption import is_wanted
from azureml_infra.components.azure import Destination
from azureml_infra.components.foundation import GET_WORKSPACE
from azureml_infra.components.live import lookup
from azureml_infra.components.names import Names, names_of
from azureml_infra.components.refusals import RefusedChangeError
from azureml_infra.components.scope import Scope
from azureml_infra.components.spelling import address
from azureml_infra.components.state import past_outputs, past_resources, past_workspaces
from azureml_infra.entities.base import Entity
from azureml_infra.entities.fields import same_id
from azureml_infra.entities.platform import PlatformDescription
from azureml_infra.entities.references import VERSIONED


def refuse_unowned_workspace(platform: PlatformDescription, azure: Destination) -> None:
    """Raise RefusedChangeError where the workspace is there and isn't this stack's."""
    named, live = _find_workspace(platform, azure)
    if live is None or is_wanted(str(live["id"])) or _is_ours(str(live["id"])):
        return
    given = platform.workspace if platform.workspace.name is not None else platform
    raise RefusedChangeError(
        given,
        "name",
        f"the workspace {named.workspace} is in {named.resource_group} already, and this stack didn't make it",
        "`workspace: {name: …, existing: true}` to use it as it is, `adopt: true` to take it into this stack, or "
        "another name",
    )


def adopted_before(platform: PlatformDescription, azure: Destination) -> Any:
    """Return the words for what earlier runs adopted, of the stack's outputs; None where there is no workspace yet."""
    return past_outputs().get("adopted") if _find_workspace(platform, azure)[1] is not None else None


def _find_workspace(platform: PlatformDescription, azure: Destination) -> tuple[Names, Mapping[str, Any] | None]:
    named = names_of(platform, azure.subscription)
    return named, lookup(GET_WORKSPACE, named.path())


def foreign_entities(
    scope: Scope, entities: Sequence[Entity], label_of: Any, families: Collection[str]
) -> Iterator[RefusedChangeError]:
    """Yield a refusal for each entity that is in Azure, isn't this stack's and isn't to be adopted."""
    there = [(entity, live) for entity in entities if (live := _live(scope, entity, families)) is not None]
    outputs = past_outputs() if there else {}
    missing = [(entity, live) for entity, live in there if not _is_listed(outputs, entity)]
    had = past_resources() if missing else frozenset()
    for entity, live in missing:
        asked = address(scope, entity)
        if asked is not None and (f"azure-native:{asked[0]}", label_of(entity, ())) not in had:
            what = f"the {entity.kind} {getattr(entity, 'name', '')} is in Azure already, and this stack didn't make it"
            own = f"`adopt: [{entity.family}/{ids.parse(str(live['id'])).name}]`"
            ways = f"`adopt: true`, or {own}, in platform.yml to take it into this stack, or another name"
            yield RefusedChangeError(entity, "name", what, ways)


def _live(scope: Scope, entity: Entity, families: Collection[str]) -> Mapping[str, Any] | None:
    """Return what is in Azure under an entity's name; None for what an asset's version is, which is taken back."""
    if entity.family in VERSIONED or entity.family not in families:
        return None
    asked = address(scope, entity)
    live = scope.live(*asked) if asked is not None else None
    return None if live is None or is_wanted(str(live["id"])) else live


def _is_ours(workspace_id: str) -> bool:
    said = past_outputs().get("workspace")
    if isinstance(said, Mapping) and same_id(said.get("id"), workspace_id):
        return True
    return any(same_id(one.id, workspace_id) for one in past_workspaces())


def _is_listed(outputs: Mapping[str, Any], entity: Entity) -> bool:
    """Return whether the stack's outputs name an entity; deployments are in none, and go with their endpoint."""
    family = entity.family.replace("_deployments", "_endpoints")
    name = getattr(entity, "endpoint_name", None) or getattr(entity, "name", None)
    return name in (outputs.get(family) or ())
