"""Connections, triggers and imports as azure-ai-ml sends them are those that we send, file by file.

Normalised: the letter case of words that Azure corrects; what has no value. Different on purpose: azure-ai-ml sends an
account key as `sas`, which ARM's type doesn't have, and takes no GUID for a lakehouse's id; its monitors and imports by
schedule are those of a preview.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("azure.ai.ml", reason="no azure-ai-ml")

import yaml
from azure.ai.ml import load_connection
from azure.ai.ml.entities._load_functions import load_schedule

from azureml_infra.entities.body import body
from azureml_infra.entities.kinds import find_kind
from kit.entity_bodies import PlainResolver

_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a"
_PAT = "credentials: {type: pat, pat: SECRET}"
_USER = "credentials: {type: username_password, username: me, password: SECRET}"
FILES: dict[str, str] = {
    "git": f"type: git, target: t, {_PAT}",
    "python_feed": f"type: python_feed, target: t, {_USER}",
    "container_registry": "type: container_registry, target: t, credentials: {type: managed_identity, client_id: c, "
    "resource_id: r}",
    "s3": "type: s3, target: t, credentials: {type: access_key, access_key_id: i, secret_access_key: SECRET}",
    "snowflake": f"type: snowflake, target: t, {_USER}",
    "azure_sql_db": f"type: azure_sql_db, target: t, {_USER}",
    "azure_synapse_analytics": f"type: azure_synapse_analytics, target: t, {_USER}",
    "azure_my_sql_db": f"type: azure_my_sql_db, target: t, {_USER}",
    "azure_postgres_db": f"type: azure_postgres_db, target: t, {_USER}",
    "custom": "type: custom, target: t, metadata: {a: b}, credentials: {type: api_key, key: SECRET}",
    "none": "type: git, target: t, is_shared: false",
    "azure_blob": "type: azure_blob, url: u, account_name: a, container_name: c",
    "azure_blob by sas": "type: azure_blob, url: u, account_name: a, container_name: c, credentials: {type: sas, "
    "sas_token: SECRET}",
    "azure_data_lake_gen2": "type: azure_data_lake_gen2, target: t",
    "azure_data_lake_gen2 by principal": "type: azure_data_lake_gen2, target: t, credentials: "
    "{type: service_principal, client_id: c, client_secret: SECRET, tenant_id: t}",
    "azure_one_lake": "type: azure_one_lake, endpoint: o, one_lake_workspace_name: w, "
    "artifact: {type: lake_house, name: h}",
    "azure_open_ai": f"type: azure_open_ai, azure_endpoint: e, api_version: '1', open_ai_resource_id: {_ID}",
    "azure_open_ai by key": "type: azure_open_ai, azure_endpoint: e, api_key: SECRET",
    "azure_ai_services": f"type: azure_ai_services, endpoint: e, api_key: SECRET, ai_services_resource_id: {_ID}",
    "azure_ai_search": "type: azure_ai_search, endpoint: e",
    "azure_content_safety": "type: azure_content_safety, endpoint: e, api_key: SECRET",
    "azure_speech_services": "type: azure_speech_services, endpoint: e",
    "api_key": "type: api_key, api_base: e, api_key: SECRET",
    "open_ai": "type: open_ai, api_key: SECRET",
    "serp": "type: serp, api_key: SECRET",
    "serverless": "type: serverless, endpoint: e, api_key: SECRET",
}


def normalise(properties: dict[str, Any]) -> dict[str, Any]:
    """Return a body without what the module's docstring names."""
    said = {name: value for name, value in (properties.get("metadata") or {}).items() if value is not None}
    rest = {name: value for name, value in properties.items() if value is not None and name != "metadata"}
    return {**rest, "category": properties["category"].lower(), **({"metadata": said} if said else {})}


@pytest.mark.parametrize("text", FILES.values(), ids=list(FILES))
def test_each_is_sent_alike(text: str, tmp_path: Path) -> None:
    file = tmp_path / "connection.yml"
    file.write_text(f"{{name: con, {text.replace('SECRET', 'value of s')}}}")
    sent = load_connection(file)._to_rest_object().as_dict()["properties"]
    named = text.replace("SECRET", "'${{secrets.s}}'")
    ours = yaml.safe_load(f"{{name: con, {named}}}")
    made = body(find_kind(ours, "connections").model.model_validate(ours), PlainResolver())["properties"]
    assert normalise(made) == normalise(sent)


TRIGGERS = (
    "{type: cron, expression: 0 2 * * *}",
    "{type: cron, expression: 15 10 * * 1, time_zone: Pacific Standard Time, start_time: '2022-03-10T10:15:00'}",
    "{type: recurrence, frequency: week, interval: 2, schedule: {hours: [4, 8], minutes: 0, week_days: [monday]}}",
    "{type: recurrence, frequency: month, interval: 1, schedule: {hours: 1, minutes: 0, month_days: [1, 15]}}",
    "{type: recurrence, frequency: hour, interval: 6, end_time: '2099-01-01T00:00:00'}",
)


def lower(value: Any) -> Any:
    """Return a body with its words in lower case, a time without the letter between, and nothing that has no value."""
    if isinstance(value, dict):
        return {name: lower(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [lower(one) for one in value]
    return value.lower().replace("t00:00", " 00:00").replace("t10:15", " 10:15") if isinstance(value, str) else value


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_each_trigger_is_sent_alike(trigger: str, tmp_path: Path) -> None:
    file = tmp_path / "schedule.yml"
    text = f"{{name: nightly, trigger: {trigger}, create_job: 'azureml:done'}}"
    file.write_text(text)
    sent = load_schedule(file)._to_rest_object().as_dict()["properties"]["trigger"]
    ours = yaml.safe_load(text)
    made = body(find_kind(ours, "schedules").model.model_validate(ours), PlainResolver())["properties"]["trigger"]
    assert lower(made) == lower(sent)
