"""What ARM looks at before any service does: path, version, body; and the headers of every answer."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azureml_sandbox.azure import SUBSCRIPTION, Azure
from kit.arm_requests import read, refusal, send
from kit.clouds import BODIES, GROUP, PROVIDERS, REGION, STORAGE, VAULT

IDENTITY = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id-acme"


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("", "MissingApiVersionParameter"),
        ("latest", "InvalidApiVersionParameter"),
        ("2024-13-01", "InvalidApiVersionParameter"),
        ("2024-01-01-final", "InvalidApiVersionParameter"),
        ("1999-01-01", "NoRegisteredProviderFound"),
        ("2099-01-01", "NoRegisteredProviderFound"),
    ],
)
def test_a_version_that_there_is_not_is_refused(azure: Azure, version: str, code: str) -> None:
    answer = send(azure, "GET", f"{STORAGE}?api-version={version}")
    assert refusal(answer) == (400, code)
    if version:
        assert "2024-01-01" in read(answer)["error"]["message"]


@pytest.mark.parametrize("version", ["2024-01-01", "2019-06-01", "2023-05-01-preview"])
def test_versions_that_there_are(azure: Azure, version: str) -> None:
    assert send(azure, "GET", f"{STORAGE}?api-version={version}").status == 200


@pytest.mark.any_body("malformed on purpose")
@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"location": NaN}', 400),
        (b"\xff\xfe", 400),
        (b'{"tags": []}', 400),
        (b'{"tags": {"a": 1}}', 400),
        (b'{"location": 7}', 400),
        (b'{"properties": "none"}', 400),
        (b'{"a": "\\ud800"}', 400),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
        (b'{"a": "' + b"x" * 5_000_000 + b'"}', 413),
    ],
)
def test_bodies_that_are_none(azure: Azure, content: bytes, status: int) -> None:
    before = azure.resources()
    answer = send(azure, "PUT", IDENTITY, content)
    code = "InvalidRequestContent" if status == 400 else "RequestContentTooLarge"
    assert refusal(answer) == (status, code)
    assert azure.resources() == before


def test_a_body_must_be_json(azure: Azure) -> None:
    answer = send(azure, "PUT", IDENTITY, {"location": REGION}, content_type="text/xml")
    assert refusal(answer) == (415, "UnsupportedMediaType")


def test_empty_segments_are_overlooked(azure: Azure) -> None:
    """azure-mgmt-resource sends them for a resource without a parent."""
    assert send(azure, "GET", STORAGE.replace("Storage/", "Storage//")).status == 200


@pytest.mark.parametrize("path", ["/../x", "/%2e%2e/x", "/a%00b", "/a%0d%0ab", "/<x>", "/" + "x" * 3000])
def test_paths_that_no_resource_has(azure: Azure, path: str) -> None:
    assert send(azure, "GET", f"{GROUP}{path}").status in (400, 414)


def test_every_answer_has_an_id_of_its_own(azure: Azure) -> None:
    first, second = send(azure, "GET", GROUP), send(azure, "GET", GROUP)
    assert first.headers["x-ms-request-id"] != second.headers["x-ms-request-id"]
    assert int(first.headers["x-ms-ratelimit-remaining-subscription-reads"]) > 0
    mine = send(azure, "GET", f"{GROUP}-none", x_ms_correlation_request_id="mine-1", x_ms_client_request_id="c-1",
                x_ms_return_client_request_id="true")  # fmt: skip
    assert mine.headers["x-ms-correlation-request-id"] == "mine-1"
    assert mine.headers["x-ms-client-request-id"] == "c-1"
    spoofed = send(azure, "GET", GROUP, x_ms_correlation_request_id="a\r\nSet-Cookie: b")
    assert "Set-Cookie" not in spoofed.headers["x-ms-correlation-request-id"]
    assert "x-ms-ratelimit-remaining-subscription-writes" in send(azure, "PUT", GROUP, BODIES[GROUP]).headers


def test_a_patch_merges_and_null_removes(azure: Azure) -> None:
    change = {"tags": {"a": "b"}, "properties": {"networkAcls": {"defaultAction": "Deny"}}}
    answer = send(azure, "PATCH", STORAGE, change)
    assert answer.status == 200
    acls = read(answer)["properties"]["networkAcls"]
    assert (acls["defaultAction"], acls["bypass"]) == ("Deny", "AzureServices")
    assert read(send(azure, "PATCH", STORAGE, {"tags": {"c": "d"}}))["tags"] == {"c": "d"}
    assert (
        "enablePurgeProtection"
        not in read(send(azure, "PATCH", VAULT, {"properties": {"enablePurgeProtection": None}}))["properties"]
    )


ODD = st.one_of(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(["subscriptions", SUBSCRIPTION, "resourceGroups", "rg-acme", "providers", "Microsoft.Storage", "..",
                     "storageAccounts", "stacme", "blobServices", "locations", "operationStatuses", "tags", "default"]),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "tags", "properties"]), inner),
    max_leaves=8,
)


@pytest.mark.any_body("nonsense on purpose")
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "BREW"]),
    path=st.lists(ODD, max_size=10),
    content=st.one_of(st.binary(max_size=20), JSON),
)
def test_nonsense_is_answered_in_arms_words(azure: Azure, method: str, path: list[str], content: Any) -> None:
    answer = send(azure, method, "/" + "/".join(path).replace("?", "%3F").replace("#", "%23"), content)
    assert answer.status < 500 or answer.status == 501
    if answer.status >= 400 and method != "HEAD":
        error = json.loads(answer.body)["error"]
        assert error["code"]
        assert error["message"]
