"""Settings of Azure Monitor that scale a deployment, as Azure answers them and as they act."""

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from kit.arm_requests import read, send
from kit.clouds import PROVIDERS, REGION, WORKSPACE, refused, workspace
from kit.ml_requests import TRACKED

SETTING = f"{PROVIDERS}/Microsoft.Insights/autoscaleSettings/scaled"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/scorer"
DEPLOYMENT = f"{ENDPOINT}/deployments/blue"


@pytest.fixture
def azure() -> Azure:
    made = workspace(Azure())
    made.put(ENDPOINT, {**TRACKED, "properties": {"authMode": "Key"}})
    model = f"{WORKSPACE}/models/m/versions/1"
    made.put(model, {"properties": {"modelType": "mlflow_model", "modelUri": "azureml://datastores/d/paths/m"}})
    serving = {"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2", "model": model}
    made.put(DEPLOYMENT, {**TRACKED, "sku": {"name": "Default", "capacity": 1}, "properties": serving})
    return made


def profile(least: Any, most: Any, usual: Any = None, name: str = "usual", **more: Any) -> dict[str, Any]:
    given = {"minimum": str(least), "maximum": str(most), "default": str(least if usual is None else usual)}
    return {"name": name, "capacity": given, "rules": [], **more}


def body(*profiles: dict[str, Any], target: str = DEPLOYMENT, enabled: bool = True) -> dict[str, Any]:
    properties = {"enabled": enabled, "targetResourceUri": target, "profiles": [*profiles]}
    return {"location": REGION, "properties": properties}


def instances(azure: Azure) -> int:
    return int(azure.get(DEPLOYMENT)["sku"]["capacity"])


def test_a_setting_is_answered_as_azure_does(azure: Azure) -> None:
    """azure-powershell, Autoscale.Recording.json, 2025-07: the type in lower case in the id, times in UTC."""
    dates = {"timeZone": "UTC", "start": "2026-12-31T21:00:00.0000000+08:00", "end": "2026-12-31T22:00:00Z"}
    where = f"{SETTING}?api-version=2022-10-01"
    answer = send(azure, "PUT", where, body(profile(1, 2, fixedDate=dates)))
    made = read(answer)
    assert (answer.status, made["tags"], made["properties"]["name"]) == (201, {}, "scaled")
    assert made["id"].endswith("/providers/microsoft.insights/autoscalesettings/scaled")
    assert made["properties"]["profiles"][0]["fixedDate"]["start"] == "2026-12-31T13:00:00Z"
    assert send(azure, "PUT", where, body(profile(1, 2))).status == 200
    assert send(azure, "DELETE", where).status == 200


def test_what_is_scaled_keeps_within_the_bounds(azure: Azure) -> None:
    azure.put(SETTING, body(profile(3, 5), enabled=False))
    assert instances(azure) == 1
    azure.put(SETTING, body(profile(3, 5)))
    assert instances(azure) == 3
    azure.put(SETTING, body(profile(7, 9, name="nights"), profile(1, 2, name='{"name":"usual","for":"nights"}')))
    assert instances(azure) == 2


def test_bounds_are_numbers_in_order(azure: Azure) -> None:
    for wrong in (profile(2, 1), profile(1, 2, 3), profile("one", 2), profile(1, 2, "")):
        with refused("BadRequest", 400):
            azure.put(SETTING, body(wrong))
    with refused("BadRequest", 400, says="1 to 20 profiles"):
        azure.put(SETTING, body())
    with refused("LinkedResourceNotFound"):
        azure.put(SETTING, body(profile(1, 2), target=f"{ENDPOINT}/deployments/none"))
    assert not azure.exists(SETTING)
