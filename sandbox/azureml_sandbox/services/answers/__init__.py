"""How services tell their resources, as recordings of Azure show: what is null, spelled otherwise or left out.

What is stored is what was asked and what follows from it; these functions make the answer of it, over http. Azure ML
has a package of its own for that (`azureml_sandbox.services.machinelearning.answers`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from azureml_sandbox.model.bodies import Body
from azureml_sandbox.services.answers import clusters
from azureml_sandbox.services.machinelearning import answers as machinelearning

_PUT = "PUT"
_DATED = "2018-01-01"
"""From when on a resource group tells its type; an answer of 2016 has none."""


@dataclass(frozen=True)
class Asked:
    """What was asked: by which method, and in which version of the API."""

    method: str
    version: str


Teller = Callable[[Body, Asked], None]
"""Changes a private copy of a resource into what is answered of it."""


def tell(resource: Body, version: str, method: str = "GET") -> Body:
    """Return a resource as its service answers it to a request."""
    kind = str(resource.get("type", "")).lower()
    if kind not in TELLERS and kind not in machinelearning.TELLERS:
        return resource
    answer = copy.deepcopy(resource)
    if kind in TELLERS:
        TELLERS[kind](answer, Asked(method, version))
    else:
        machinelearning.TELLERS[kind](answer, version)
    return answer


def _without_tags(told: Body, _asked: Asked) -> None:
    """Leave tags out where there are none."""
    if not told.get("tags"):
        told.pop("tags", None)


def _resource_group(told: Body, asked: Asked) -> None:
    _without_tags(told, asked)
    if asked.version < _DATED:
        told.pop("type", None)


def _role_assignment(told: Body, asked: Asked) -> None:
    properties = told["properties"]
    for name in ("condition", "conditionVersion", "delegatedManagedIdentityResourceId", "description"):
        properties.setdefault(name, None)
    if asked.method == _PUT:
        properties["createdBy"] = None


def _role_definition(told: Body, asked: Asked) -> None:
    if asked.method == _PUT:
        told["properties"]["createdBy"] = None


def _vault(told: Body, asked: Asked) -> None:
    """Tell a PUT where the vault answers in the name's own case, and at its creation without a slash."""
    if asked.method == _PUT:
        is_new = told["properties"].get("provisioningState") == "RegisteringDns"
        told["properties"]["vaultUri"] = f"https://{told['name']}.vault.azure.net" + "/" * (not is_new)


def _parts(told: Body, asked: Asked) -> None:
    """Tell a network's subnets and an endpoint's connections with the etag, and subnets in the network's state."""
    if "privateLinkServiceConnections" in told["properties"]:
        _without_tags(told, asked)
    properties = told["properties"]
    for subnet in properties.get("subnets") or []:
        subnet["etag"] = told["etag"]
        subnet["properties"]["provisioningState"] = properties["provisioningState"]
    for connection in properties.get("privateLinkServiceConnections") or []:
        connection["etag"] = told["etag"]


def _databricks(told: Body, asked: Asked) -> None:
    _without_tags(told, asked)
    properties = told["properties"]
    if properties.get("provisioningState") != "Succeeded":
        for name in ("workspaceId", "workspaceUrl", "parameters"):
            properties.pop(name, None)
    if asked.version < "2024":
        properties.pop("isUcEnabled", None)
    if asked.version < "2025":
        for name in ("computeMode", "publicNetworkAccess", "requiredNsgRules"):
            properties.pop(name, None)
        told.pop("systemData", None)


def _synapse(told: Body, asked: Asked) -> None:
    _without_tags(told, asked)
    properties = told["properties"]
    if properties.get("provisioningState") != "Succeeded":
        properties.pop("sqlAdministratorLogin", None)
        properties["extraProperties"].pop("IsScopeEnabled", None)
    if asked.version < "2020":
        properties.pop("publicNetworkAccess", None)


def _pool(told: Body, asked: Asked) -> None:
    _without_tags(told, asked)
    properties = told["properties"]
    is_new = properties.get("lastSucceededTimestamp") == properties.get("creationDate")
    if is_new and properties.get("provisioningState") != "Succeeded":
        properties.pop("lastSucceededTimestamp", None)


def _cluster(told: Body, asked: Asked) -> None:
    _without_tags(told, asked)
    clusters.cluster(told, asked.version)


def _extension(told: Body, asked: Asked) -> None:
    properties = told["properties"]
    told.pop("location", None)
    for name in ("createdBy", "createdByType", "lastModifiedBy", "lastModifiedByType"):
        told["systemData"][name] = None
    properties.setdefault("aksAssignedIdentity", None)
    properties["configurationProtectedSettings"] = {}
    if properties.get("provisioningState") == "Creating" and properties["autoUpgradeMinorVersion"]:
        properties["version"] = None
    if asked.version < "2022-04":
        for name in ("currentVersion", "isSystemExtension"):
            properties.pop(name, None)
    if asked.version < "2022" and properties.get("provisioningState") == "Creating":
        properties["installState"] = "Unknown"


TELLERS: Mapping[str, Teller] = {
    "microsoft.resources/resourcegroups": _resource_group,
    "microsoft.authorization/roleassignments": _role_assignment,
    "microsoft.authorization/roledefinitions": _role_definition,
    "microsoft.containerservice/managedclusters": _cluster,
    "microsoft.databricks/workspaces": _databricks,
    "microsoft.keyvault/vaults": _vault,
    "microsoft.kubernetesconfiguration/extensions": _extension,
    "microsoft.network/privateendpoints": _parts,
    "microsoft.network/virtualnetworks": _parts,
    "microsoft.synapse/workspaces": _synapse,
    "microsoft.synapse/workspaces/bigdatapools": _pool,
}
"""Type in lower case -> how it is told; what isn't here is told as it is stored, or as Azure ML does."""
