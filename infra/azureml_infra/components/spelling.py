"""The letter case of names, which Azure doesn't count and Pulumi does.

What is in Azure under a name keeps the spelling that it was made with: another one in the description would be another
resource to Pulumi, whose creation fails because the name is taken.
"""

from collections.abc import Sequence
from typing import Any

import pulumi

from azureml_arm import ids
from azureml_infra.components.names import respell
from azureml_infra.components.scope import Scope, own_path, token_of
from azureml_infra.entities.references import VERSIONED

Address = tuple[str, dict[str, pulumi.Input[str]]]


def in_the_letters_of_azure(scope: Scope, entities: Sequence[Any]) -> list[Any]:
    """Return the entities, under the names that they have in Azure where only letter case differs; warn of those."""
    asked = {at: wanted for at, one in enumerate(entities) if (wanted := address(scope, one)) is not None}
    found = [_rename(scope, one, asked[at]) if at in asked else one for at, one in enumerate(entities)]
    endpoints = [one.name for one in found if one.family.endswith("_endpoints")]
    return [_move(one, endpoints) for one in found]


def address(scope: Scope, entity: Any) -> Address | None:
    """Return the type and path by which Azure has an entity; None for one whose name or version is made up later, and
    for one in a registry."""
    token = token_of(entity.family) if entity.family != "jobs" else ""
    if not token or not entity.name or getattr(entity, "version", "") is None:
        return None
    return (token, scope.path(**own_path(entity))) if getattr(entity, "registry", None) is None else None


def _rename(scope: Scope, entity: Any, asked: Address) -> Any:
    live = scope.live(*asked)
    names = ids.parse(str(live["id"])).names if live is not None else ()
    found = respell(entity.name, names[-2] if entity.family in VERSIONED else names[-1]) if names else entity.name
    if found == entity.name:
        return entity
    pulumi.log.warn(
        f"the {entity.kind} {entity.name} is called {found} in Azure, where the letter case of names doesn't count; "
        f"it stays {found}: write it so in the description"
    )
    return entity.model_copy(update={"name": found})


def _move(entity: Any, endpoints: Sequence[str]) -> Any:
    """Return a deployment that names its endpoint as it is called."""
    given = getattr(entity, "endpoint_name", None)
    found = next((name for name in endpoints if isinstance(given, str) and respell(given, name) != given), None)
    return entity.model_copy(update={"endpoint_name": found}) if found is not None else entity
