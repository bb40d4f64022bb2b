"""Endpoints and deployments as Azure ML tells them (recorded 2022-10 to 2026-03)."""

from __future__ import annotations

from azureml_sandbox.model.resource import Body
from azureml_sandbox.services.machinelearning.answers.filling import FEW, authors, fill, nulls

SPELLINGS = {
    "authMode": ("AADToken", "AMLToken", "Key"),
    "loggingLevel": ("Debug", "Info", "Warning"),
    "outputAction": ("AppendRow", "SummaryOnly"),
}
"""How the service writes values that may be sent in any case."""
PROBE = {"failureThreshold": 30, "successThreshold": 1, "timeout": "PT2S", "period": "PT10S", "initialDelay": "PT10S"}
REQUESTS = {"maxQueueWait": "PT0S", "requestTimeout": "PT5S", "maxConcurrentRequestsPerInstance": 1}


def online_endpoint(told: Body, _version: str) -> None:
    """Where it answers is known once it is made."""
    authors(told, *FEW)
    properties = told["properties"]
    nulls(properties, "description", "compute")
    _spell(properties)
    _own_id(told, told["id"].lower().replace("/subscriptions/", "/subscriptions/", 1))
    fill(told, {"kind": "Managed"})
    fill(properties, {"publicNetworkAccess": "Enabled", "traffic": {}, "mirrorTraffic": {}})
    if properties.get("provisioningState") == "Creating":
        properties |= {"scoringUri": None, "swaggerUri": None}


def batch_endpoint(told: Body, _version: str) -> None:
    """A batch endpoint never has a description of its interface."""
    authors(told, *FEW)
    properties = told["properties"]
    nulls(properties, "description")
    _spell(properties)
    properties["swaggerUri"] = None
    fill(properties, {"defaults": {}})
    nulls(properties["defaults"], "deploymentName")
    _own_id(told, told["id"])
    if properties.get("provisioningState") == "Creating":
        properties["scoringUri"] = None


def online_deployment(told: Body, _version: str) -> None:
    """What wasn't said of probes, requests and scale is filled in."""
    authors(told, *FEW)
    properties = told["properties"]
    nulls(properties, "description", "modelMountPath", "dataCollector")
    fill(properties, {
        "appInsightsEnabled": False, "egressPublicNetworkAccess": "Enabled", "environmentVariables": {},
        "livenessProbe": dict(PROBE), "readinessProbe": dict(PROBE), "requestSettings": dict(REQUESTS),
        "scaleSettings": {"scaleType": "Default"},
    })  # fmt: skip
    fill(told, {"kind": "Managed"})
    if isinstance(told.get("sku"), dict):
        fill(told["sku"], {"tier": "Standard"})


def batch_deployment(told: Body, _version: str) -> None:
    """What the service writes of a batch deployment, in its own spelling."""
    authors(told, *FEW)
    properties = told["properties"]
    nulls(properties, "description")
    _spell(properties)
    if isinstance(properties.get("resources"), dict):
        nulls(properties["resources"], "instanceType", "properties")
        properties["resources"]["properties"] = properties["resources"]["properties"] or None


def _own_id(told: Body, text: str) -> None:
    (told["properties"].setdefault("properties", {}) or {}).setdefault("azureml.onlineendpointid", text)


def _spell(properties: Body) -> None:
    for name, spellings in SPELLINGS.items():
        value = properties.get(name)
        if isinstance(value, str):
            properties[name] = next((one for one in spellings if one.lower() == value.lower()), value)
