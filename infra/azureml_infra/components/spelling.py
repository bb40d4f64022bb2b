"""The letter case of names, which Azure doesn't count and Pulumi does.

What is in Azure under a name keeps the spelling that it was made with: another one in the description would be another
resource to Pulumi, whose creation fails because the name is taken.
"""

from collections.abc import Sequence
from typing import Any

import pulumi

from azureml_arm import ids
from azureml_infra.components.names import respell
from azureml_infra.components.scope import Scope
from azureml_infra.components.versions import TOKENS

_ML = "machinelearningservices"
_NAMED = {
    "computes": (f"{_ML}:Compute", "computeName"),
    "datastores": (f"{_ML}:Datastore", "name"),
    "schedules": (f"{_ML}:Schedule", "name"),
    "connections": (f"{_ML}:WorkspaceConnection", "connectionName"),
    "online_endpoints": (f"{_ML}:OnlineEndpoint", "endpointName"),
    "batch_endpoints": (f"{_ML}:BatchEndpoint", "endpointName"),
    "online_deployments": (f"{_ML}:OnlineDeployment", "deploymentName"),
    "batch_deployments": (f"{_ML}:BatchDeployment", "deploymentName"),
    "marketplace_subscriptions": (f"{_ML}:MarketplaceSubscription", "name"),
    "serverless_endpoints": (f"{_ML}:ServerlessEndpoint", "name"),
    "capability_hosts": (f"{_ML}:CapabilityHost", "name"),
    **{family: (token, "name") for family, token in TOKENS.items()},
}
"""Family -> its type, and the argument of its path that is the name."""

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
    if entity.family not in _NAMED or not entity.name or getattr(entity, "version", "") is None:
        return None
    if getattr(entity, "registry", None) is not None:
        return None
    token, argument = _NAMED[entity.family]
    above = {"endpointName": entity.endpoint_name} if argument == "deploymentName" else {}
    version = {"version": entity.version} if entity.family in TOKENS else {}
    return token, scope.path(**above, **{argument: entity.name}, **version)


def _rename(scope: Scope, entity: Any, asked: Address) -> Any:
    live = scope.live(*asked)
    names = ids.parse(str(live["id"])).names if live is not None else ()
    found = respell(entity.name, names[-2] if entity.family in TOKENS else names[-1]) if names else entity.name
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
