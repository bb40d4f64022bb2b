"""Diagnostic settings, as Azure answers them and as a program makes them."""

import pulumi_azure_native as azure_native
import pytest

from azureml_sandbox import mock_azure
from azureml_sandbox.azure import Azure
from kit.arm_requests import read, send
from kit.clouds import PROVIDERS, REGION, STORAGE, WORKSPACE, refused, workspace

SETTING = f"{WORKSPACE}/providers/Microsoft.Insights/diagnosticSettings/logs"
LOGS = f"{PROVIDERS}/Microsoft.OperationalInsights/workspaces/logs"
METRICS = {"category": "AllMetrics", "enabled": True}
OFF = {"retentionPolicy": {"enabled": False, "days": 0}}


@pytest.fixture
def azure() -> Azure:
    made = workspace(Azure())
    made.put(LOGS, {"location": REGION})
    return made


def test_a_setting_is_answered_as_azure_does(azure: Azure) -> None:
    """azure-powershell, DiagnosticSetting.Recording.json, 2025-07: the scope in lower case, nulls for the rest."""
    given = {"logs": [{"categoryGroup": "allLogs", "enabled": True}], "metrics": [METRICS]}
    where = f"{SETTING}?api-version=2021-05-01-preview"
    answer = send(azure, "PUT", where, {"properties": {**given, "workspaceId": LOGS}})
    made = read(answer)
    assert (answer.status, made["location"]) == (200, None)
    assert made["id"] == f"{WORKSPACE.lower()}/providers/microsoft.insights/diagnosticSettings/logs"
    assert made["properties"]["metrics"] == [{"timeGrain": "PT1M", **METRICS, **OFF}]
    found = read(send(azure, "GET", where))
    assert found["location"] == REGION
    assert found["properties"] == {
        "storageAccountId": None,
        "serviceBusRuleId": None,
        "workspaceId": LOGS,
        "eventHubAuthorizationRuleId": None,
        "eventHubName": None,
        "logAnalyticsDestinationType": None,
        "metrics": [{**METRICS, **OFF}],
        "logs": [{"category": None, "categoryGroup": "allLogs", "enabled": True, **OFF}],
    }


def test_a_setting_sends_something_somewhere(azure: Azure) -> None:
    logs = [{"categoryGroup": "allLogs", "enabled": True}]
    with refused("BadRequest", 400, says="sink"):
        azure.put(SETTING, {"properties": {"logs": logs}})
    with refused("BadRequest", 400, says="logs or metrics"):
        azure.put(SETTING, {"properties": {"storageAccountId": STORAGE}})
    with refused("LinkedResourceNotFound"):
        azure.put(SETTING, {"properties": {"logs": logs, "workspaceId": f"{LOGS}-none"}})
    azure.put(SETTING, {"properties": {"logs": logs, "storageAccountId": STORAGE}})
    azure.delete(WORKSPACE)
    assert not azure.exists(SETTING)


def test_a_program_makes_a_setting(azure: Azure) -> None:
    with mock_azure(azure=azure) as made:
        azure_native.monitor.DiagnosticSetting(
            "logs",
            resource_uri=WORKSPACE.removeprefix("/"),
            name="logs",
            workspace_id=LOGS,
            logs=[{"categoryGroup": "allLogs", "enabled": True}],
        )
    assert made.get(SETTING)["properties"]["workspaceId"] == LOGS
