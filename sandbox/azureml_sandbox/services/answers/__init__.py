"""How services show their resources, by recordings of Azure: what is null, spelled otherwise or left out.

What is stored is what was asked and what follows from it; these functions make the answer of it, over http. Azure ML
has a package of its own for that (`azureml_sandbox.services.machinelearning.answers`).
"""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import CREATING, SUCCEEDED, UPDATING
from azureml_sandbox.services import containerinstance
from azureml_sandbox.services.answers import clusters
from azureml_sandbox.services.datafactory.kinds import shown_run
from azureml_sandbox.services.machinelearning import answers as machinelearning
from azureml_sandbox.services.machinelearning.answers import assets
from azureml_sandbox.services.machinelearning.answers.filling import authors, drop

_PUT = "PUT"
LIST = "LIST"
"""What stands for the method where a resource is one of a list."""
_SINKS = (
    "storageAccountId",
    "serviceBusRuleId",
    "workspaceId",
    "eventHubAuthorizationRuleId",
    "eventHubName",
    "logAnalyticsDestinationType",
)
"""Where a diagnostic setting sends things."""
_AUTOSCALE = re.compile("/providers/microsoft.insights/autoscalesettings/", re.IGNORECASE)
_DATED = "2018-01-01"
"""From when on a resource group shows its type; an answer of 2016 has none."""


@dataclass(frozen=True)
class Asked:
    """What was asked: by which method (`LIST` for a list), and in which version of the API."""

    method: str
    version: str


Renderer = Callable[[Body, Asked], None]
"""Changes a private copy of a resource into what is answered of it."""


def render(resource: Body, version: str, method: str = "GET") -> Body:
    """Return a resource as its service answers it to a request."""
    renderer = RENDERERS.get(str(resource.get("type", "")).lower())
    if renderer is None:
        return resource
    answer = copy.deepcopy(resource)
    renderer(answer, Asked(method, version))
    return answer


def _by_version(renderer: machinelearning.Renderer) -> Renderer:
    """Return one of Azure ML's renderers, to which the version alone matters."""

    @wraps(renderer)
    def render(answer: Body, asked: Asked) -> None:
        renderer(answer, asked.version)

    return render


def _without_tags(answer: Body, _asked: Asked) -> None:
    """Leave tags out where there are none."""
    if not answer.get("tags"):
        answer.pop("tags", None)


def _resource_group(answer: Body, asked: Asked) -> None:
    _without_tags(answer, asked)
    if asked.version < _DATED:
        answer.pop("type", None)


def _role_assignment(answer: Body, asked: Asked) -> None:
    properties = answer["properties"]
    for name in ("condition", "conditionVersion", "delegatedManagedIdentityResourceId", "description"):
        properties.setdefault(name, None)
    if asked.method == _PUT:
        properties["createdBy"] = None


def _role_definition(answer: Body, asked: Asked) -> None:
    if asked.method == _PUT:
        answer["properties"]["createdBy"] = None


def _vault(answer: Body, asked: Asked) -> None:
    """Write a vault's address for a PUT in the name's own case, and at its creation without a slash."""
    if asked.method == _PUT:
        is_new = answer["properties"].get("provisioningState") == "RegisteringDns"
        answer["properties"]["vaultUri"] = f"https://{answer['name']}.vault.azure.net" + "/" * (not is_new)


def _network(answer: Body, _asked: Asked) -> None:
    """Give subnets the network's etag and state."""
    properties = answer["properties"]
    for subnet in properties.get("subnets") or []:
        subnet["etag"] = answer["etag"]
        subnet["properties"]["provisioningState"] = properties["provisioningState"]


def _private_endpoint(answer: Body, asked: Asked) -> None:
    """Give connections the endpoint's etag."""
    _without_tags(answer, asked)
    for connection in answer["properties"].get("privateLinkServiceConnections") or []:
        connection["etag"] = answer["etag"]


def _databricks(answer: Body, asked: Asked) -> None:
    _without_tags(answer, asked)
    properties = answer["properties"]
    if properties.get("provisioningState") != SUCCEEDED:
        drop(properties, "workspaceId", "workspaceUrl", "parameters")
    if asked.version < "2024":
        drop(properties, "isUcEnabled")
    if asked.version < "2025":
        drop(properties, "computeMode", "publicNetworkAccess", "requiredNsgRules")
        answer.pop("systemData", None)


def _synapse(answer: Body, asked: Asked) -> None:
    _without_tags(answer, asked)
    properties = answer["properties"]
    if properties.get("provisioningState") != SUCCEEDED:
        properties.pop("sqlAdministratorLogin", None)
        properties["extraProperties"].pop("IsScopeEnabled", None)
    if asked.version < "2020":
        properties.pop("publicNetworkAccess", None)
    if asked.version < "2021-04":
        drop(properties, "cspWorkspaceAdminProperties", "trustedServiceBypassEnabled")


def _pool(answer: Body, asked: Asked) -> None:
    _without_tags(answer, asked)
    properties = answer["properties"]
    is_new = properties.get("lastSucceededTimestamp") == properties.get("creationDate")
    if is_new and properties.get("provisioningState") != SUCCEEDED:
        properties.pop("lastSucceededTimestamp", None)


def _cluster(answer: Body, asked: Asked) -> None:
    _without_tags(answer, asked)
    clusters.cluster(answer, asked.version)


def _agent_pool(answer: Body, asked: Asked) -> None:
    clusters.pool(answer, asked.version)


def _extension(answer: Body, asked: Asked) -> None:
    properties = answer["properties"]
    answer.pop("location", None)
    for name in ("createdBy", "createdByType", "lastModifiedBy", "lastModifiedByType"):
        answer["systemData"][name] = None
    properties.setdefault("aksAssignedIdentity", None)
    properties["configurationProtectedSettings"] = {}
    if properties.get("provisioningState") == CREATING and properties["autoUpgradeMinorVersion"]:
        properties["version"] = None
    if asked.version < "2022-04":
        drop(properties, "currentVersion", "isSystemExtension")
    if asked.version < "2022" and properties.get("provisioningState") == CREATING:
        properties["installState"] = "Unknown"


def _diagnostic_setting(answer: Body, asked: Asked) -> None:
    """Write the scope in lower case, and fill all in that nobody gave."""
    scope, _, name = answer["id"].rpartition("/providers/")
    answer["id"] = f"{scope.lower()}/providers/microsoft.insights/{name.partition('/')[2]}"
    answer |= dict.fromkeys(("kind", "tags", "identity"))
    if asked.method == _PUT:
        answer["location"] = None
    given, kept = answer["properties"], {"retentionPolicy": {"enabled": False, "days": 0}}
    grain = {"timeGrain": "PT1M"} if asked.method == _PUT else {}
    answer["properties"] = {
        **dict.fromkeys(_SINKS),
        **given,
        "metrics": [{**grain, **kept, **one} for one in given.get("metrics") or []],
        "logs": [{"category": None, "categoryGroup": None, **kept, **one} for one in given.get("logs") or []],
    }


def _autoscale_setting(answer: Body, _asked: Asked) -> None:
    """Write the type in the id in lower case, and fill in what rules and notifications don't say."""
    answer["id"] = _AUTOSCALE.sub(lambda found: found[0].lower(), answer["id"])
    properties = answer["properties"]
    for profile in properties["profiles"]:
        for rule in profile.get("rules") or []:
            given = rule["metricTrigger"]
            rule["metricTrigger"] = {"metricNamespace": "", "dimensions": None, "dividePerInstance": False, **given}
    for one in properties.get("notifications") or []:
        if "email" in one:
            kinds = ("sendToSubscriptionAdministrator", "sendToSubscriptionCoAdministrators")
            one["email"] = {**dict.fromkeys(kinds, False), **one["email"]}
        one["webhooks"] = [{"properties": None, **hook} for hook in one.get("webhooks") or []]


def _container_group(answer: Body, asked: Asked) -> None:
    """Show each container as it runs, once it does, and what later versions of the API add."""
    properties = answer["properties"]
    is_new = properties.get("provisioningState") != SUCCEEDED
    properties["instanceView"]["state"] = "Pending" if is_new else "Running"
    for container in properties["containers"] if not is_new else ():
        events = containerinstance.events(str(container["properties"].get("image")))
        running = {"state": "Running", "startTime": derived.MOMENT, "detailStatus": ""}
        container["properties"]["instanceView"] = {"restartCount": 0, "currentState": running, "events": events}
    if asked.version < "2024":
        return
    _without_tags(answer, asked)
    properties["isCreatedFromStandbyPool"] = False
    for container in properties["containers"]:
        container["properties"].setdefault("configMap", {"keyValuePairs": {}})


def _factory(answer: Body, _asked: Asked) -> None:
    """Write the name in the id in lower case."""
    above, _, name = answer["id"].rpartition("/")
    answer["id"] = f"{above}/{name.lower()}"


def _integration_runtime(answer: Body, _asked: Asked) -> None:
    """Write its type in the id in lower case."""
    answer["id"] = answer["id"].replace("/integrationRuntimes/", "/integrationruntimes/")


def _pipeline_run(answer: Body, _asked: Asked) -> None:
    """Show a run as the service does: it is no resource."""
    own = shown_run(answer)
    answer.clear()
    answer |= own


def _topic(answer: Body, _asked: Asked) -> None:
    """Show that there are no tags, and what an identity lacks."""
    answer["tags"] = answer.get("tags") or None
    if "identity" in answer:
        names = ("principalId", "tenantId", "userAssignedIdentities")
        answer["identity"] = {**dict.fromkeys(names), **answer["identity"]}


def _event_subscription(answer: Body, asked: Asked) -> None:
    """Show a filter's subjects once it is there, and no schema of one that is being updated."""
    properties = answer["properties"]
    properties.setdefault("labels", None)
    if properties["provisioningState"] == UPDATING:
        properties.pop("eventDeliverySchema", None)
    if asked.method != _PUT:
        properties["filter"] = {"subjectBeginsWith": "", "subjectEndsWith": "", **properties["filter"]}


def _component(answer: Body, asked: Asked) -> None:
    """Show who made a component in lists alone."""
    assets.component_container(answer)
    if asked.method != LIST:
        authors(answer, "createdAt", "lastModifiedAt")


def _feature_set(answer: Body, asked: Asked) -> None:
    """Show the features of a feature set as they were sent to a PUT, and otherwise as the service writes them."""
    assets.feature_set(answer)
    if asked.method != _PUT:
        assets.features(answer)


RENDERERS: Mapping[str, Renderer] = {
    **{type_name: _by_version(renderer) for type_name, renderer in machinelearning.RENDERERS.items()},
    "microsoft.resources/resourcegroups": _resource_group,
    "microsoft.authorization/roleassignments": _role_assignment,
    "microsoft.authorization/roledefinitions": _role_definition,
    "microsoft.containerinstance/containergroups": _container_group,
    "microsoft.containerservice/managedclusters": _cluster,
    "microsoft.containerservice/managedclusters/agentpools": _agent_pool,
    "microsoft.databricks/workspaces": _databricks,
    "microsoft.datafactory/factories": _factory,
    "microsoft.datafactory/factories/integrationruntimes": _integration_runtime,
    "microsoft.datafactory/factories/pipelineruns": _pipeline_run,
    "microsoft.eventgrid/eventsubscriptions": _event_subscription,
    "microsoft.eventgrid/systemtopics": _topic,
    "microsoft.insights/diagnosticsettings": _diagnostic_setting,
    "microsoft.insights/autoscalesettings": _autoscale_setting,
    "microsoft.keyvault/vaults": _vault,
    "microsoft.kubernetesconfiguration/extensions": _extension,
    "microsoft.machinelearningservices/registries/components": _component,
    "microsoft.machinelearningservices/workspaces/components": _component,
    "microsoft.machinelearningservices/workspaces/featuresets/versions": _feature_set,
    "microsoft.network/privateendpoints": _private_endpoint,
    "microsoft.network/virtualnetworks": _network,
    "microsoft.synapse/workspaces": _synapse,
    "microsoft.synapse/workspaces/bigdatapools": _pool,
}
"""Type in lower case -> its renderer; what isn't here is shown as it is stored."""
