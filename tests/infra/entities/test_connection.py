"""Connections: az ml's YAML in, ARM's request bodies out."""

import json
from typing import Any

import pytest
import yaml

from azureml_infra.entities import connection as entities
from azureml_infra.entities.kinds import SERVICES, UnknownKindError, find_kind
from kit.entity_bodies import TYPES, load, refusals, request_body
from kit.paths import SHARED
from kit.rows import each

RECORDED = SHARED / "azure-recorded" / "connections.json"
GUID = "11111111-2222-3333-4444-555555555555"
OPENAI = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a"


def properties(text: str) -> dict[str, Any]:
    """Return the body's properties of a file, of the kind that its `type` says, held against Microsoft's type."""
    kind = find_kind(yaml.safe_load(text), "connections")
    made: dict[str, Any] = request_body(load(kind.model, text), "connections")["properties"]
    return made


CREDENTIALS: dict[str, tuple[str, str, Any]] = {
    "sas": ("{type: sas, sas_token: '${{secrets.s}}'}", "SAS", {"sas": "value of s"}),
    "account_key": ("{type: account_key, account_key: '${{secrets.s}}'}", "AccountKey", {"key": "value of s"}),
    "username by name": (
        "{type: UsernamePassword, username: '${{secrets.u}}', password: '${{secrets.s}}'}",
        "UsernamePassword",
        {"username": "value of u", "password": "value of s"},
    ),
    "service_principal": (
        "{type: service_principal, client_id: c, client_secret: '${{secrets.s}}', tenant_id: t}",
        "ServicePrincipal",
        {"clientId": "c", "clientSecret": "value of s", "tenantId": "t"},
    ),
    "custom_keys": ("{type: custom_keys, keys: {a: '${{secrets.s}}'}}", "CustomKeys", {"keys": {"a": "value of s"}}),
    "oauth2": (
        f"{{type: oauth2, client_id: {GUID}, client_secret: '${{{{secrets.s}}}}'}}",
        "OAuth2",
        {"clientId": GUID, "clientSecret": "value of s"},
    ),
    "aad": ("{type: aad}", "AAD", None),
    "none": ("{type: none}", "None", None),
    "left out": ("null", "None", None),
}


@each(("given", "kind", "sent"), CREDENTIALS.values(), ids=list(CREDENTIALS))
def test_each_way_to_sign_in_that_the_recordings_lack(given: str, kind: str, sent: Any) -> None:
    made = properties(f"{{name: feed, type: python_feed, target: 'https://feed', credentials: {given}}}")
    assert (made["authType"], made.get("credentials")) == (kind, sent)


def connection(category: str, auth: str, **more: Any) -> dict[str, Any]:
    return {"isSharedToAll": True, "category": category, "authType": auth, **more}


KINDS = {
    "azure_blob": (
        "{type: azure_blob, url: 'https://a/c', account_name: a, container_name: c}",
        connection("AzureBlob", "AAD", target="https://a/c", metadata={"AccountName": "a", "ContainerName": "c"}),
    ),
    "azure_data_lake_gen2": (
        "{type: azure_data_lake_gen2, target: 'https://a/f'}",
        connection("ADLSGen2", "AAD", target="https://a/f"),
    ),
    "azure_one_lake": (
        "{type: azure_one_lake, endpoint: o, one_lake_workspace_name: w, artifact: {type: lake_house, name: h}}",
        connection("AzureOneLake", "AAD", target="https://o/w/h.Lakehouse"),
    ),
    "azure_one_lake by id": (
        f"{{type: azure_one_lake, endpoint: o, one_lake_workspace_name: w, artifact: {{name: {GUID}}}}}",
        connection("AzureOneLake", "AAD", target=f"https://o/w/{GUID}"),
    ),
    "azure_open_ai": (
        f"{{type: azure_open_ai, azure_endpoint: e, api_version: '1', open_ai_resource_id: {OPENAI}}}",
        connection(
            "AzureOpenAI", "AAD", target="e", metadata={"ApiType": "Azure", "ApiVersion": "1", "ResourceId": OPENAI}
        ),
    ),
    "azure_ai_services": (
        f"{{type: azure_ai_services, endpoint: e, api_key: '${{{{secrets.k}}}}', ai_services_resource_id: {OPENAI}}}",
        connection(
            "AIServices", "ApiKey", target="e", credentials={"key": "value of k"}, metadata={"ResourceId": OPENAI}
        ),
    ),
    "azure_ai_search": (
        "{type: azure_ai_search, endpoint: e, credentials: {type: api_key, key: '${{secrets.k}}'}}",
        connection("CognitiveSearch", "ApiKey", target="e", credentials={"key": "value of k"}),
    ),
    "azure_content_safety": (
        "{type: azure_content_safety, endpoint: e}",
        connection("CognitiveService", "AAD", target="e", metadata={"Kind": "Content Safety"}),
    ),
    "azure_speech_services": (
        "{type: azure_speech_services, endpoint: e}",
        connection("CognitiveService", "AAD", target="e", metadata={"Kind": "speech"}),
    ),
    "api_key": (
        "{type: api_key, api_base: e, api_key: '${{secrets.k}}'}",
        connection("ApiKey", "ApiKey", target="e", credentials={"key": "value of k"}),
    ),
    "open_ai": (
        "{type: open_ai, api_key: '${{secrets.k}}'}",
        connection("OpenAI", "ApiKey", credentials={"key": "value of k"}),
    ),
    "serp": (
        "{type: serp, api_key: '${{secrets.k}}'}",
        connection("Serp", "ApiKey", credentials={"key": "value of k"}),
    ),
    "serverless": (
        "{type: serverless, endpoint: e, api_key: '${{secrets.k}}'}",
        connection("Serverless", "ApiKey", target="e", credentials={"key": "value of k"}),
    ),
}


@each(("given", "sent"), KINDS.values(), ids=list(KINDS))
def test_each_kind_with_fields_of_its_own(given: str, sent: dict[str, Any]) -> None:
    assert properties(given.replace("{", "{name: con, ", 1)) == sent


def test_every_category_of_azure_has_a_word() -> None:
    """Microsoft's type has no others, and the words are az ml's form of them."""
    words = entities.ServiceConnection.model_json_schema()["properties"]["type"]["enum"]
    assert set(SERVICES) < set(words)
    made = {properties(f"{{name: con, type: {word}, target: t}}")["category"] for word in words}
    made |= {sent["category"] for _, sent in KINDS.values()}
    if TYPES.present:
        body = {"properties": {"authType": "None", "category": "?"}}
        (problem,) = TYPES.problems("Microsoft.MachineLearningServices/workspaces/connections", None, body) or [""]
        assert made == set(problem.partition("is not one of ")[2].partition(";")[0].split(", "))


def test_any_letter_case_and_former_names() -> None:
    made = properties(
        "{name: con, type: AzureSqlDb, target: t, tags: {a: 1, b: 2}, metadata: {a: 3}, is_shared: false}"
    )
    assert made == {
        "category": "AzureSqlDb",
        "authType": "None",
        "target": "t",
        "isSharedToAll": False,
        "metadata": {"a": "3", "b": "2"},
    }


@pytest.mark.skipif(not RECORDED.is_file(), reason="needs ../shared/azure-recorded")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "openai1",
            "{type: azure_open_ai, azure_endpoint: dummy, api_version: '1.0', metadata: {hello: world}, api_key: K}",
        ),
        ("custom1", "{type: custom, target: my_endpoint, metadata: {one: two}, credentials: {type: api_key, key: K}}"),
        ("api1", "{type: api_key, api_base: my_endpoint, metadata: {one: two}, api_key: K}"),
    ],
)
def test_bodies_are_what_azure_was_sent(name: str, text: str) -> None:
    """As azure-ai-ml sent them, but for the letter case of a category, which Azure answers with as it stands here."""
    exchanges = json.loads(RECORDED.read_text("utf-8"))["exchanges"]
    sent = next(one for one in exchanges if one["method"] == "PUT" and one["path"].endswith(f"/{name}"))
    made = properties(text.replace("{", f"{{name: {name}, ", 1).replace("key: K", "key: '${{secrets.k}}'"))
    made["credentials"] = sent["request"]["properties"]["credentials"]
    assert {**made, "category": made["category"].lower()} == {
        **sent["request"]["properties"],
        "category": sent["request"]["properties"]["category"].lower(),
    }
    assert made["category"] == sent["response"]["properties"]["category"]


def test_a_file_without_schema_is_known_by_its_fields() -> None:
    lake = {"type": "azure_data_lake_gen2", "name": "lake"}
    assert find_kind({**lake, "account_name": "a", "filesystem": "f"}).section == "datastores"
    assert find_kind({**lake, "target": "https://a"}).section == "connections"
    assert find_kind({"type": "azure_blob", "url": "https://a"}).section == "connections"
    assert find_kind({"type": "azure_blob", "container_name": "c"}).section == "datastores"
    assert find_kind({"type": "git", "target": "t"}).model is entities.ServiceConnection
    with pytest.raises(UnknownKindError):
        find_kind({"type": "jira", "target": "t"})
    assert find_kind({"type": "jira", "target": "t"}, "connections").model is entities.ServiceConnection


def test_a_credential_that_doesnt_fit() -> None:
    text = "{name: lake, type: azure_data_lake_gen2, target: t, credentials: {type: pat, pat: '${{secrets.s}}'}}"
    (found,) = refusals(entities.DataLakeGen2Connection, text)
    assert found[1:] == (
        "these credentials don't fit this kind of connection",
        "type: service_principal, managed_identity, aad or none",
    )
