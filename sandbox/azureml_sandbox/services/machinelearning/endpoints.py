"""Azure ML endpoints, online and batch: where they answer, and by which keys and tokens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from azureml_arm.ids import ResourceId
from azureml_arm.names import RULES
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.operations import LongRunning
from azureml_sandbox.model.resource import Cloud, Unique, Write, action
from azureml_sandbox.services.machinelearning import traffic
from azureml_sandbox.services.machinelearning.assets_lists import filter_labels
from azureml_sandbox.services.machinelearning.compute_checks import find_extension
from azureml_sandbox.services.machinelearning.frontend import FrontEndType
from azureml_sandbox.services.machinelearning.system import WORKSPACES
from azureml_sandbox.services.machinelearning.waiting import BY_LOCATION, DELETE_ENDPOINT, PUT_ENDPOINT

KEYS = "properties.keys"
_MADE_BY = "BatchEndpointCreationApiVersion"
"""The property that says by which version of the API a batch endpoint was made."""
KEY_NAMES = ("primaryKey", "secondaryKey")
_ABSENT = (
    "An endpoint with the name '{name}' does not exist in the workspace '{above}'. Please check the endpoint name and "
    "also ensure the current user has access to it."
)
SWITCH = ("Enabled", "Disabled")
LIMIT = 100
"""Endpoints of a subscription in a region, online and batch together
(https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas)."""
TOKEN_LIFETIME, TOKEN_REFRESH = 86_400 - 60, 43_200 - 30
"""Seconds for which a token is good, and after which a new one should be got."""


def slow_writes(prefix: str, **poll: Any) -> dict[str, LongRunning]:
    """Return how endpoints and deployments answer while machines come and go; `prefix` begins an operation's name."""
    put, delete = (replace(how, prefix=prefix, **poll) for how in (PUT_ENDPOINT, DELETE_ENDPOINT))
    return {"PUT": put, "PATCH": BY_LOCATION, "DELETE": delete}


_ORDERS = {
    f"{name}{direction}".lower(): (member, direction == "Desc")
    for name, member in (("CreatedAt", "createdAt"), ("UpdatedAt", "lastModifiedAt"))
    for direction in ("Asc", "Desc")
}
"""`orderBy` in lower case -> the time in `systemData`, and whether the latest comes first."""


class KeyedEndpoint(FrontEndType):
    """What has two keys."""

    secrets = (KEYS,)
    absence = (_ABSENT, "EndpointNotFound")

    def not_parent(self, target: ResourceId, _child: ResourceId) -> ArmError:
        """Return the same of its deployments."""
        return self.not_found(target)

    def keys(self, azure: Cloud, resource: Body) -> dict[str, str]:
        """Return the two keys: those that were given or made last, or the first ones."""
        given = azure.secrets(resource["id"]).get(KEYS) or {}
        return {name: given.get(name) or derived.key("endpoint", resource["id"], name)[:32] for name in KEY_NAMES}

    @action("listKeys")
    def list_keys(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the two keys of an endpoint with key authentication; no keys are no refusal."""
        return self.keys(azure, resource) if _is_keyed(resource) else dict.fromkeys(KEY_NAMES)

    @action("regenerateKeys")
    def regenerate_keys(self, azure: Cloud, resource: Body, body: Any) -> Body:
        """Return another key, the one that is given or a new one. Azure's own client gives the old one to mean a new
        one.
        """
        if not _is_keyed(resource):
            raise bad_request(f"Endpoint '{resource['name']}' doesn't use keys.")
        name = {"primary": KEY_NAMES[0], "secondary": KEY_NAMES[1]}.get(str(body.get("keyType")).lower())
        if name is None:
            raise bad_request(f"The keyType '{body.get('keyType')}' must be Primary or Secondary.")
        keys = self.keys(azure, resource)
        given = body.get("keyValue")
        keys[name] = str(given) if given and given != keys[name] else derived.key("endpoint", keys[name])[:32]
        azure.hide(resource["id"], KEYS, keys)
        return keys


class Endpoint(KeyedEndpoint):
    """What online and batch endpoints share. A name is unique in its region."""

    tracked = True
    system_data = True
    created_status = 201
    exclusive = True
    patchable: ClassVar[tuple[str, ...]] = ("tags", "identity")
    immutable = ("properties.authMode",)
    spellings: ClassVar = {
        "properties.authMode": ("AADToken", "AMLToken", "Key"),
        "properties.publicNetworkAccess": SWITCH,
    }
    unique = Unique(
        "region",
        "BadRequest",
        "There is already an endpoint with the name '{name}'. Endpoint names are unique within a region.",
    )
    page_parameter = "count"
    shapes: ClassVar = {"properties.properties": dict}
    host: ClassVar[str] = "inference.ml.azure.com"
    path: ClassVar[str]

    def check(self, write: Write) -> None:
        """Refuse an unknown way to authenticate, and one endpoint too many."""
        if not write.properties.get("authMode"):
            raise bad_request("An endpoint needs properties.authMode: Key, AMLToken or AADToken.")
        if write.created:
            _check_count(write)

    def uniqueness(self, write: Write) -> tuple[str, Unique] | None:
        """Return the claim, which both kinds of endpoint share: the host's name."""
        assert self.unique is not None  # noqa: S101 - declared above
        return f"endpoints/{write.location}/{write.id.name}".lower(), self.unique

    def computed_properties(self, write: Write) -> Body:
        """Return where the endpoint answers."""
        base = f"https://{write.id.name.lower()}.{write.location}.{self.host}"
        return {"scoringUri": f"{base}/{self.path}", "swaggerUri": f"{base}/swagger.json"}


class OnlineEndpoint(Endpoint):
    """An online endpoint. A PUT is whole: without `traffic` it stops what flows."""

    type = f"{WORKSPACES}/onlineEndpoints"
    name_rule = RULES["online_endpoint"]
    references = ("properties.compute",)
    delayed = ("traffic", "mirrorTraffic")
    long_running: ClassVar = {**slow_writes("oeidp"), "regeneratekeys": BY_LOCATION}
    path = "score"
    filled: ClassVar = {"traffic": {}, "mirrorTraffic": {}, "publicNetworkAccess": "Enabled", "properties": {}}

    def computed_properties(self, write: Write) -> Body:
        """Return where the endpoint answers: on Kubernetes, at the router of the cluster's extension
        (https://github.com/Azure/AML-Kubernetes/issues/282).
        """
        named = str(write.properties.get("compute") or "")
        compute = write.azure.find(named) if named else None
        if compute is None:
            return super().computed_properties(write)
        base = f"{_router(write.azure, compute)}/api/v1/endpoint/{write.id.name}"
        return {"scoringUri": f"{base}/{self.path}", "swaggerUri": f"{base}/swagger.json"}

    def query_list(self, azure: Cloud, scope: str, query: Mapping[str, str]) -> list[Body]:
        """Return those that the query's parameters ask for
        (https://learn.microsoft.com/rest/api/azureml/online-endpoints/list).
        """
        found = super().query_list(azure, scope, query)
        for place in ("tags", "properties"):
            if query.get(place):
                found = filter_labels(found, place, query[place])
        name, kind = query.get("name", "").lower(), query.get("computetype", "").lower()
        shown = [
            one
            for one in found
            if name in ("", one["name"].lower())
            and kind in ("", "kubernetes" if one["properties"].get("compute") else "managed")
        ]
        order = _ORDERS.get(query.get("orderby", "").lower())
        if order is not None:
            shown.sort(key=lambda one: str(one["systemData"][order[0]]), reverse=order[1])
        return shown

    def check(self, write: Write) -> None:
        """Check the rules of traffic."""
        super().check(write)
        traffic.check(write)

    @action("token")
    def token(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return a token of Azure ML's own, for an endpoint that takes those."""
        if _mode(resource) != "amltoken":
            raise bad_request(f"Endpoint '{resource['name']}' doesn't use Azure ML's tokens, but {_mode(resource)}.")
        issued = int(azure.clock()) // TOKEN_REFRESH * TOKEN_REFRESH
        return {
            "accessToken": _token(resource, issued),
            "expiryTimeUtc": issued + TOKEN_LIFETIME,
            "refreshAfterTimeUtc": issued + TOKEN_REFRESH,
            "tokenType": "Bearer",
        }


def accepted_keys(azure: Cloud, endpoint: Body) -> frozenset[str]:
    """Return the keys or Azure ML tokens with which an online endpoint may be called now; none where it
    takes Entra's.
    """
    if _mode(endpoint) == "key":
        return frozenset(KeyedEndpoint().keys(azure, endpoint).values())
    if _mode(endpoint) == "amltoken":
        issued = int(azure.clock()) // TOKEN_REFRESH * TOKEN_REFRESH
        return frozenset(_token(endpoint, issued - age) for age in (0, TOKEN_REFRESH))
    return frozenset()


class BatchEndpoint(Endpoint):
    """A batch endpoint."""

    type = f"{WORKSPACES}/batchEndpoints"
    name_rule = RULES["batch_endpoint"]
    path = "jobs"
    long_running: ClassVar = slow_writes("bebes", poll="named")
    patchable = ("tags", "identity", "properties")
    shapes: ClassVar = {**Endpoint.shapes, "properties.defaults": dict}

    def defaults(self, write: Write) -> Body:
        """Return no default deployment, which the official client sets in what is there, and who made the endpoint."""
        made_by = dig(write.old_properties, f"properties.{_MADE_BY}") or write.api_version
        return {"defaults": {}, "properties": {_MADE_BY: made_by} if made_by else {}}

    def check(self, write: Write) -> None:
        """Refuse a default deployment that doesn't exist."""
        super().check(write)
        default = (write.properties.get("defaults") or {}).get("deploymentName")
        if default:
            traffic.check_deployment(write, str(default))


def _router(azure: Cloud, compute: Body) -> str:
    """Return the address of a Kubernetes compute's router: the name of its certificate, or an address over http."""
    cluster = str(dig(compute, "properties.resourceId") or compute["id"])
    found = find_extension(azure, cluster) if azure.exists(cluster) else None
    settings = (found or {}).get("configurationSettings") or {}
    if settings.get("sslCname"):
        return f"https://{settings['sslCname']}"
    inside = settings.get("internalLoadBalancerProvider") or settings.get("inferenceRouterServiceType") == "clusterIP"
    last = int(derived.guid("router", cluster.lower())[:2], 16)
    return f"http://{'10' if inside else '20'}.0.0.{last}"


def _check_count(write: Write) -> None:
    here = [
        one
        for kind in (OnlineEndpoint.type, BatchEndpoint.type)
        for one in write.azure.resources(kind)
        if one["location"] == write.location
    ]
    if len(here) >= LIMIT:
        raise bad_request(
            f"The subscription has {len(here)} endpoints in {write.location}, and the limit is {LIMIT}. Delete some, "
            "or ask for more.",
            "QuotaExceeded",
        )


def _mode(resource: Body) -> str:
    return str(resource["properties"].get("authMode")).lower()


def _is_keyed(resource: Body) -> bool:
    return _mode(resource) in ("key", "keyandaad")


def _token(endpoint: Body, issued: int) -> str:
    return derived.key("endpoint token", endpoint["id"], str(issued)).rstrip("=")
