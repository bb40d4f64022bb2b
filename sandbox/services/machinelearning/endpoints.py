"""Azure ML endpoints and deployments, and the traffic between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from arm.names import RULES
from sandbox import derived
from sandbox.errors import bad_request, conflict
from sandbox.resource import Body, ResourceType, Unique, Write, action, equal
from sandbox.services.machinelearning.system import ensure_registry, workspace_of

if TYPE_CHECKING:
    from sandbox.azure import Azure

_WORKSPACE = "Microsoft.MachineLearningServices/workspaces"
WHOLE = 100
MIRROR_LIMIT = 50
"""Percent of the traffic that may be copied to one deployment
(https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints)."""
MLFLOW = "mlflow_model"


class Endpoint(ResourceType):
    """What both kinds of endpoint share. A name is unique in its region."""

    tracked = True
    system_data = True
    patchable = ("tags", "identity")
    immutable = ("properties.authMode",)
    secrets = ("properties.keys",)
    unique = Unique(
        "region",
        "BadRequest",
        "There is already an endpoint with the name '{name}'. Endpoint names are unique within a region.",
    )
    host: ClassVar[str]
    path: ClassVar[str]

    def computed(self, write: Write) -> Body:
        """Where the endpoint answers."""
        base = f"https://{write.id.name.lower()}.{write.location}.{self.host}"
        return {"scoringUri": f"{base}/{self.path}", "swaggerUri": f"{base}/swagger.json"}

    @action("listKeys")
    def list_keys(self, _azure: Azure, resource: Body, _body: Any) -> Body:
        """The two keys of an endpoint with key authentication."""
        if resource["properties"].get("authMode") != "Key":
            raise bad_request(f"Endpoint '{resource['name']}' doesn't use keys.")
        names = ("primaryKey", "secondaryKey")
        return {name: derived.key("endpoint", resource["id"], name)[:32] for name in names}


class OnlineEndpoint(Endpoint):
    """An online endpoint. A PUT is whole: without `traffic` it stops what flows."""

    type = f"{_WORKSPACE}/onlineEndpoints"
    name_rule = RULES["online_endpoint"]
    references = ("properties.compute",)
    host, path = "inference.ml.azure.com", "score"

    def check(self, write: Write) -> None:
        """Traffic goes to deployments that are there, and is all or nothing."""
        traffic = write.properties.get("traffic") or {}
        mirror = write.properties.get("mirrorTraffic") or {}
        for name in {**traffic, **mirror}:
            _check_deployment(write, name)
        total = sum(traffic.values())
        if any(share < 0 for share in traffic.values()) or total not in (0, WHOLE):
            raise bad_request(f"The traffic of endpoint '{write.id.name}' adds up to {total}; expected 0 or 100.")
        if len(mirror) > 1 or any(not 0 <= share <= MIRROR_LIMIT for share in mirror.values()):
            raise bad_request(f"Mirrored traffic goes to one deployment, at most {MIRROR_LIMIT} percent of it.")

    def defaults(self, _write: Write) -> Body:
        """Nothing flows."""
        return {"traffic": {}, "mirrorTraffic": {}, "publicNetworkAccess": "Enabled", "properties": {}}


class BatchEndpoint(Endpoint):
    """A batch endpoint."""

    type = f"{_WORKSPACE}/batchEndpoints"
    name_rule = RULES["batch_endpoint"]
    host, path = "inference.ml.azure.com", "jobs"

    def check(self, write: Write) -> None:
        """The default deployment is one that is there."""
        default = (write.properties.get("defaults") or {}).get("deploymentName")
        if default:
            _check_deployment(write, default)


def _check_deployment(write: Write, name: str) -> None:
    if write.azure.is_missing(f"{write.id.text}/deployments/{name}"):
        raise bad_request(
            f"Endpoint '{write.id.name}' has no deployment '{name}'. Deploy it before requests are sent to it."
        )


class Deployment(ResourceType):
    """What both kinds of deployment share."""

    tracked = True
    system_data = True
    name_rule = RULES["deployment"]

    def check(self, write: Write) -> None:
        """A deployment is where its endpoint is."""
        region = write.parent["location"]
        if write.location != region:
            raise bad_request(f"Deployment '{write.id.name}' is in '{write.location}', its endpoint in '{region}'.")


class OnlineDeployment(Deployment):
    """An online deployment. It can't be deleted while requests are sent to it."""

    type = f"{_WORKSPACE}/onlineEndpoints/deployments"
    patchable = ("tags", "sku")
    immutable = ("properties.endpointComputeType",)
    references = ("properties.model", "properties.environmentId", "properties.codeConfiguration.codeId")

    def defaults(self, _write: Write) -> Body:
        """One instance."""
        return {
            "appInsightsEnabled": False,
            "egressPublicNetworkAccess": "Enabled",
            "environmentVariables": {},
            "properties": {},
            "scaleSettings": {"scaleType": "Default"},
        }

    def built(self, _write: Write, resource: Body) -> Body:
        """One instance, where the SKU doesn't say how many."""
        return {**resource, "sku": {"name": "Default", "capacity": 1, **resource.get("sku", {})}}

    def after(self, write: Write, resource: Body) -> None:
        """An MLflow model without an environment gets an image of its own."""
        properties = resource["properties"]
        if not properties.get("environmentId") and _is_mlflow(write.azure, properties.get("model")):
            ensure_registry(write.azure, workspace_of(resource["id"]))

    def check_delete(self, azure: Azure, resource: Body) -> None:
        """Traffic first."""
        endpoint = azure.get(resource["id"].rsplit("/", 2)[0])
        for kind in ("traffic", "mirrorTraffic"):
            shares = endpoint["properties"].get(kind) or {}
            share = next((share for name, share in shares.items() if equal(name.lower(), resource["name"].lower())), 0)
            if share:
                raise conflict(
                    f"Deployment '{resource['name']}' can't be deleted: it has {share} percent of the {kind} of "
                    f"endpoint '{endpoint['name']}'. Set that to 0 first."
                )

    @action("getLogs")
    def get_logs(self, _azure: Azure, resource: Body, _body: Any) -> Body:
        """What the containers said."""
        return {"content": f"Instance status:\nSystemSetup: Succeeded\nUserContainer: {resource['name']} is running\n"}


def _is_mlflow(azure: Azure, model: Any) -> bool:
    if not isinstance(model, str) or not model.startswith("/subscriptions/") or azure.is_missing(model):
        return False
    return bool(azure.get(model)["properties"].get("modelType") == MLFLOW)


class BatchDeployment(Deployment):
    """A batch deployment, of a model or of a pipeline component."""

    type = f"{_WORKSPACE}/batchEndpoints/deployments"
    patchable = ("tags", "properties")
    references = (
        "properties.compute",
        "properties.environmentId",
        "properties.codeConfiguration.codeId",
        "properties.model.assetId",
        "properties.deploymentConfiguration.componentId.assetId",
    )
