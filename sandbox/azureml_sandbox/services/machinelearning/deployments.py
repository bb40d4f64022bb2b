"""Deployments of Azure ML endpoints: online deployments (instances serving requests) and batch deployments."""

from typing import Any, ClassVar

from azureml_arm import sizes
from azureml_arm.ids import workspace_of
from azureml_arm.names import RULES
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import bad_request, conflict
from azureml_sandbox.model.resource import Cloud, ResourceType, Write, action
from azureml_sandbox.services.machinelearning import deployment_checks, traffic
from azureml_sandbox.services.machinelearning.endpoints import SWITCH, slow_writes
from azureml_sandbox.services.machinelearning.frontend import FrontEndType
from azureml_sandbox.services.machinelearning.system import WORKSPACES, ensure_registry
from azureml_sandbox.services.machinelearning.turns import check_turn

MLFLOW = "mlflow_model"
PER_ENDPOINT, PER_REGION, INSTANCES = 20, 500, 50
"""Deployments of an endpoint, of a subscription in a region, and instances of a managed deployment
(https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas)."""
_PROBES = ("livenessProbe", "readinessProbe")
_SKUS_OF = "Microsoft.MachineLearning.Services/endpoints/deployments"
"""What the service calls a deployment where it lists SKUs."""
_LARGEST_LOG = 1_000_000
_EVENTS = {
    "Downloading": "Start downloading models",
    "Pulling": "Start pulling container image",
    "Created": "Created container inference-server",
    "Started": "Started container inference-server",
}
"""What a deployment's log says of how its containers came to run."""
_ONE_AT_A_TIME = "One deployment of an endpoint is changed at a time"


class EndpointDeployment(FrontEndType):
    """What both kinds of deployment share."""

    tracked = True
    system_data = True
    created_status = 201
    name_rule = RULES["deployment"]
    shapes: ClassVar = {"properties.properties": dict}

    def check(self, write: Write) -> None:
        """Refuse another region than the endpoint's, and two changes at a time (terraform-provider-azurerm#32011)."""
        region = write.parent["location"]
        if write.location != region:
            raise bad_request(f"Deployment '{write.id.name}' is in '{write.location}', its endpoint in '{region}'.")
        if write.created:
            self._check_count(write)
        check_turn(write.azure, write.id.parent or "", self.type, write.id.text, _ONE_AT_A_TIME)

    def check_delete(self, azure: Cloud, resource: Body) -> None:
        """Refuse two changes at a time."""
        check_turn(azure, _endpoint_id(resource), self.type, resource["id"], _ONE_AT_A_TIME)

    def _check_count(self, write: Write) -> None:
        own = len(write.azure.list(write.id.parent or "", self.type))
        if own >= PER_ENDPOINT:
            raise bad_request(f"Endpoint '{write.parent['name']}' has {own} deployments, as many as it may have.")
        region = sum(one["location"] == write.location for one in write.azure.resources(self.type))
        if region >= PER_REGION:
            raise bad_request(f"There are {region} deployments in {write.location}, the limit.", "QuotaExceeded")


class OnlineDeployment(EndpointDeployment):
    """An online deployment. It can't be deleted while requests are sent to it."""

    type = f"{WORKSPACES}/onlineEndpoints/deployments"
    long_running: ClassVar = slow_writes("odidp")
    patchable = ("tags", "sku")
    immutable = ("properties.endpointComputeType",)
    spellings: ClassVar = {
        "properties.endpointComputeType": ("Managed", "Kubernetes", "AzureMLCompute"),
        "properties.egressPublicNetworkAccess": SWITCH,
    }
    references = ("properties.model", "properties.environmentId", "properties.codeConfiguration.codeId")
    spans = (
        "properties.requestSettings.requestTimeout",
        "properties.requestSettings.maxQueueWait",
        "properties.scaleSettings.pollingInterval",
        *(f"properties.{probe}.{wait}" for probe in _PROBES for wait in ("initialDelay", "period", "timeout")),
    )
    filled: ClassVar = {
        "appInsightsEnabled": False,
        "egressPublicNetworkAccess": "Enabled",
        "environmentVariables": {},
        "properties": {},
        "scaleSettings": {"scaleType": "Default"},
    }

    def check(self, write: Write) -> None:
        """Refuse machines that there aren't, and too many, and another kind of machines than the endpoint's."""
        super().check(write)
        deployment_checks.check_place(write)
        deployment_checks.check(write, write.properties.get("model"))
        if write.properties.get("endpointComputeType", "Managed") == "Managed":
            _check_size(write)
            _check_instances(write)

    def finish(self, _write: Write, resource: Body) -> Body:
        """Return one instance, where the SKU doesn't say how many."""
        return {**resource, "sku": {"name": "Default", "capacity": 1, **resource.get("sku", {})}}

    def after(self, write: Write, resource: Body) -> None:
        """Build an image for an MLflow model without an environment."""
        properties = resource["properties"]
        if not properties.get("environmentId") and _is_mlflow(write.azure, properties.get("model")):
            ensure_registry(write.azure, workspace_of(resource["id"]))

    def check_delete(self, azure: Cloud, resource: Body) -> None:
        """Refuse to delete a deployment that has traffic."""
        super().check_delete(azure, resource)
        endpoint = azure.get(_endpoint_id(resource))
        share, kind = traffic.share_of(endpoint, resource["name"])
        if share:
            raise conflict(
                f"Deployment '{resource['name']}' can't be deleted: it has {share} percent of the {kind} of "
                f"endpoint '{endpoint['name']}'. Set that to 0 first."
            )

    @action("getLogs")
    def get_logs(self, _azure: Cloud, resource: Body, body: Any) -> Body:
        """Return what the containers said, the last lines of it where `tail` says how many."""
        lines = _log(resource, str(body.get("containerType") or "InferenceServer"))
        tail = body.get("tail")
        if tail is not None and not (type(tail) is int and 0 <= tail <= _LARGEST_LOG):
            raise bad_request(f"'tail' must be a number of lines, not {tail!r}.")
        shown = lines if tail is None else lines[len(lines) - min(tail, len(lines)) :]
        return {"content": "".join(f"{line}\n" for line in shown)}


class OnlineDeploymentSku(ResourceType):
    """What a deployment can be scaled to: a list, and no resource of its own."""

    type = f"{OnlineDeployment.type}/skus"
    service_only = True

    def listing(self, azure: Cloud, scope: str, _filter: str) -> list[Body]:
        """Return one SKU, by the number of its instances."""
        deployment = azure.get(scope)
        now = deployment["sku"].get("capacity", 1)
        capacity = {"default": now, "minimum": 1, "maximum": INSTANCES, "scaleType": "Automatic"}
        sku = {"name": deployment["sku"]["name"].lower(), "tier": "Standard"}
        return [{"resourceType": _SKUS_OF, "sku": sku, "capacity": capacity}]


def _log(resource: Body, container: str) -> list[str]:
    name = resource["name"]
    if container.lower() == "storageinitializer":
        return [f"Downloading the model of deployment {name}", "Download completed"]
    return [
        "Instance status:",
        "SystemSetup: Succeeded",
        "UserContainerImagePull: Succeeded",
        "ModelDownload: Succeeded",
        "UserContainerStart: Succeeded",
        "",
        "Container events:",
        *(f"Kind: Pod, Name: {what}, Type: Normal, Message: {said}" for what, said in _EVENTS.items()),
        "",
        "Container logs:",
        f"UserContainer: {name} is running",
    ]


def _check_size(write: Write) -> None:
    wanted = write.properties.get("instanceType")
    if not wanted or wanted == write.old_properties.get("instanceType"):
        return
    size = sizes.find(str(wanted))
    if size is None or "online" not in size.computes:
        offered = [name for name in sizes.nearest(str(wanted)) if "online" in (sizes.find(name) or size).computes]  # type: ignore[union-attr]
        near = f" Nearest: {', '.join(offered)}." if offered else ""
        raise bad_request(
            f"The instance type '{wanted}' is not offered for managed online deployments.{near} See "
            "https://learn.microsoft.com/azure/machine-learning/reference-managed-online-endpoints-vm-sku-list"
        )


def _check_instances(write: Write) -> None:
    count = dig(write.body, "sku.capacity")
    if count is not None and not (type(count) is int and 1 <= count <= INSTANCES):
        raise bad_request(f"sku.capacity, the number of instances, must be 1 to {INSTANCES}, not {count!r}.")


def _is_mlflow(azure: Cloud, model: Any) -> bool:
    found = azure.find(model) if isinstance(model, str) and model.startswith("/subscriptions/") else None
    return found is not None and found["properties"].get("modelType") == MLFLOW


def _endpoint_id(resource: Body) -> str:
    return str(resource["id"]).rsplit("/", 2)[0]


class BatchDeployment(EndpointDeployment):
    """A batch deployment, of a model or of a pipeline component. It can't be deleted while it is the default."""

    type = f"{WORKSPACES}/batchEndpoints/deployments"
    long_running: ClassVar = slow_writes("bd")
    spellings: ClassVar = {
        "properties.loggingLevel": ("Debug", "Info", "Warning"),
        "properties.outputAction": ("AppendRow", "SummaryOnly"),
    }
    patchable = ("tags", "properties")
    spans = ("properties.retrySettings.timeout",)
    references: ClassVar = (
        "properties.compute",
        "properties.environmentId",
        "properties.codeConfiguration.codeId",
        "properties.model.assetId",
        "properties.deploymentConfiguration.componentId.assetId",
    )

    def check(self, write: Write) -> None:
        """Refuse a model that can't be scored."""
        super().check(write)
        if not write.properties.get("deploymentConfiguration"):
            deployment_checks.check(write, dig(write.body, "properties.model.assetId"))

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Remove the deployment as its endpoint's default."""
        endpoint = azure.find(_endpoint_id(resource))
        if endpoint and str(dig(endpoint, "properties.defaults.deploymentName")).lower() == resource["name"].lower():
            del endpoint["properties"]["defaults"]["deploymentName"]
            azure.update(endpoint)
