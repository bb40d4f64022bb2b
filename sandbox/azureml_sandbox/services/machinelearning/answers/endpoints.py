"""Endpoints and deployments as Azure ML shows them (recorded 2022-10 to 2026-03)."""

from azureml_arm import ids
from azureml_arm.clouds import PUBLIC
from azureml_arm.ids import workspace_of
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import CREATING
from azureml_sandbox.services.machinelearning.answers.filling import FEW, authors, fill, nulls
from azureml_sandbox.services.machinelearning.answers.versions import is_since
from azureml_sandbox.services.machinelearning.system import asset_of, workspace_guid

PROBE = {"failureThreshold": 30, "successThreshold": 1, "timeout": "PT2S", "period": "PT10S", "initialDelay": "PT10S"}
PROVIDER = "Microsoft.MachineLearningServices"
_NAMES = (2, 4, 8, 10, 12)
"""Where an id has names."""
REQUESTS = {"maxQueueWait": "PT0S", "requestTimeout": "PT5S", "maxConcurrentRequestsPerInstance": 1}


def online_endpoint(answer: Body, version: str) -> None:
    """Render an online endpoint; where it answers is known once it is made."""
    authors(answer, *FEW)
    properties = answer["properties"]
    nulls(properties, "description", "compute")
    _own_id(answer, _lower(answer["id"]))
    _operation(answer, version, "oeidp")
    fill(answer, {"kind": "Managed"})
    fill(properties, {"publicNetworkAccess": "Enabled", "traffic": {}, "mirrorTraffic": {}})
    if properties.get("provisioningState") == CREATING:
        properties |= {"scoringUri": None, "swaggerUri": None}


def batch_endpoint(answer: Body, _version: str) -> None:
    """Render a batch endpoint, which never has a description of its interface."""
    authors(answer, *FEW)
    properties = answer["properties"]
    nulls(properties, "description")
    properties["swaggerUri"] = None
    fill(properties, {"defaults": {}})
    nulls(properties["defaults"], "deploymentName")
    _own_id(answer, answer["id"])
    if properties.get("provisioningState") == CREATING:
        properties["scoringUri"] = None


def online_deployment(answer: Body, version: str) -> None:
    """Render an online deployment, with defaults for its probes, requests and scale."""
    authors(answer, *FEW)
    properties = answer["properties"]
    nulls(properties, "description", "modelMountPath")
    if is_since(version, "2023-01-01"):
        nulls(properties, "dataCollector")
    _operation(answer, version, "odidp")
    fill(properties, {
        "appInsightsEnabled": False, "egressPublicNetworkAccess": "Enabled", "environmentVariables": {},
        "livenessProbe": dict(PROBE), "readinessProbe": dict(PROBE), "requestSettings": dict(REQUESTS),
        "scaleSettings": {"scaleType": "Default"},
    })  # fmt: skip
    fill(answer, {"kind": "Managed"})
    if properties.get("provisioningState") != CREATING:
        _variables(properties)
    if isinstance(answer.get("sku"), dict):
        fill(answer["sku"], {"tier": "Standard"})


def _variables(properties: Body) -> None:
    """Add the variables that the service sets in the containers, once they run."""
    code, model = properties.get("codeConfiguration") or {}, asset_of(properties.get("model"))
    if not code or model is None:
        return
    own = {
        "AZUREML_MODEL_DIR": f"/var/azureml-app/azureml-models/{model[0]}/{model[1]}",
        "AZUREML_ENTRY_SCRIPT": code.get("scoringScript"),
    }
    files = asset_of(code.get("codeId"))
    if files is not None:
        own["AML_APP_ROOT"] = f"/var/azureml-app/{files[0]}"
    properties["environmentVariables"] = {**properties["environmentVariables"], **own}


def batch_deployment(answer: Body, version: str) -> None:
    """Render a batch deployment, with what the service adds, in its own spelling."""
    authors(answer, *FEW)
    properties = answer["properties"]
    nulls(properties, "description")
    if is_since(version, "2023-01-01"):
        nulls(properties, "deploymentConfiguration")
    if isinstance(properties.get("resources"), dict):
        nulls(properties["resources"], "instanceType", "properties")
        properties["resources"]["properties"] = properties["resources"]["properties"] or None


def _own(answer: Body) -> Body:
    """Return the properties that users and the service write side by side."""
    properties: Body = answer["properties"]
    if properties.get("properties") is None:
        properties["properties"] = {}
    own: Body = properties["properties"]
    return own


def _own_id(answer: Body, text: str) -> None:
    _own(answer)["azureml.onlineendpointid"] = text


def _lower(resource_id: str) -> str:
    """Return an id with all but the names in lower case, as the service keeps it."""
    parts = resource_id.split("/")
    return "/".join(part if number in _NAMES else part.lower() for number, part in enumerate(parts))


def _operation(answer: Body, version: str, prefix: str) -> None:
    """Add the address of the last operation, which is another one after each change."""
    where = ids.parse(answer["id"])
    changed = (answer.get("systemData") or {}).get("lastModifiedAt")
    workspace = workspace_guid(workspace_of(answer["id"]))
    name = f"{prefix}:{workspace}:{derived.guid('change', answer['id'], str(changed))}"
    place = f"/subscriptions/{where.subscription}/providers/{PROVIDER}/locations/{answer.get('location')}"
    address = f"{PUBLIC.resource_manager}{place}/mfeOperationsStatus/{name}?api-version={version}"
    _own(answer)["AzureAsyncOperationUri"] = address
