"""Whatever is sent to a data plane gets an answer in the plane's own words, and nobody gets in by it."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_sandbox.azure import Azure
from azureml_sandbox.http import Request, handle, keyvault
from kit.clouds import STORAGE, VAULT, body, foundation

ODD = st.text(max_size=20) | st.sampled_from(["", "r", "2024-11-04", "c", "é", "\0", "2099-01-01T00:00:00Z", "x" * 999])
QUERIES = st.dictionaries(st.sampled_from(["sv", "sr", "sp", "se", "st", "sig", "sdd", "skoid", "ss", "srt"]), ODD)
HEADERS = st.dictionaries(
    st.sampled_from(["Authorization", "x-ms-range", "x-ms-date", "If-Match", "x-ms-blob-type", "x-ms-copy-source"]),
    st.sampled_from(
        ["SharedKey stacme:é", "SharedKey", "Bearer", "bytes=-5", "bytes=9-", "bytes=a-b", "*", "http://["]
    ),
)
METHODS = st.sampled_from(["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD"])
REFUSED = range(400, 502)


@pytest.fixture(scope="module")
def azure() -> Azure:
    made = foundation(Azure())
    made.put(STORAGE, body(STORAGE, allowSharedKeyAccess=True))
    made.put(f"{STORAGE}/blobServices/default/containers/data", {})
    made.put(f"{STORAGE}/fileServices/default/shares/data", {})
    made.blobs.put("stacme", "data", "x", b"1")
    return made


@settings(max_examples=150)
@given(
    service=st.sampled_from(["blob", "dfs", "file"]),
    method=METHODS,
    path=st.sampled_from(["/", "/data", "/data/x", "/data/../x", "//", "/data/%00", "/data/%C3%28"]),
    query=QUERIES,
    headers=HEADERS,
)
def test_nobody_gets_in_without_a_key(
    azure: Azure, service: str, *, method: str, path: str, query: dict[str, str], headers: dict[str, str]
) -> None:
    url = f"https://stacme.{service}.core.windows.net{path}?{urlencode(query)}"
    answer = handle(azure, Request(method, url, headers))
    assert answer.status in REFUSED
    assert answer.headers["x-ms-error-code"]
    assert azure.blobs.get("stacme", "data", "x") == b"1"


NAMES = st.sampled_from(["value", "attributes", "exp", "nbf", "tags"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=4))
PATHS = st.sampled_from(["/secrets", "/secrets/a", "/keys/a", "/"])


@settings(max_examples=150)
@given(method=METHODS, sent=JSON | st.binary(max_size=20), path=PATHS)
def test_a_vault_takes_or_refuses_any_body(azure: Azure, method: str, sent: Any, path: str) -> None:
    content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    request = Request(method, f"https://kv-acme.vault.azure.net{path}", {}, content)
    answer = keyvault.handle(azure, VAULT.rpartition("/")[2], request, "https://kv-acme.vault.azure.net", path)
    assert answer.status in (200, 204, *REFUSED)
    assert not answer.body or json.loads(answer.body)
