"""Azure's HTTP on the model, request by request; the clients that send them are in test_sandbox_transport.py."""

import json
from typing import Any

import pytest

from azureml_sandbox.azure import SUBSCRIPTION, TENANT, Azure
from azureml_sandbox.http import HostNotModelledError, Request, Response, handle
from azureml_sandbox.http.arm.checks import namespace_of, supported_versions
from azureml_sandbox.model.identities import CALLER, CLIENT
from kit.arm_requests import access_token
from kit.clouds import BODIES, GROUP, PROVIDERS, STORAGE, VAULT, WORKSPACE, body, compute, workspace

ARM = "https://management.azure.com"
BLOBS = "https://stacme.blob.core.windows.net"
ENTRA = "https://login.microsoftonline.com"


def ask(azure: Azure, method: str, path: str, given: Any = None, **more: Any) -> tuple[int, Any]:
    """Send a signed-in request to ARM, and return the status and the JSON that came back."""
    token = access_token(azure, more.get("client", CLIENT), more.get("audience", ARM))
    content = given if isinstance(given, bytes) else b"" if given is None else json.dumps(given).encode()
    version = more.get("version", f"?api-version={supported_versions(namespace_of(path))[0]}")
    response = handle(azure, Request(method, f"{ARM}{path}{version}", {"authorization": f"Bearer {token}"}, content))
    return response.status, json.loads(response.body) if response.body else None


# -- ARM -------------------------------------------------------------------------------------------------------------


def test_a_resource_is_made_read_changed_and_deleted(azure: Azure) -> None:
    status, made = ask(azure, "PUT", WORKSPACE, BODIES[WORKSPACE])
    assert (status, made["id"]) == (200, WORKSPACE)
    assert made["systemData"]["createdBy"] == CALLER
    assert ask(azure, "HEAD", WORKSPACE) == (204, None)
    assert ask(azure, "GET", WORKSPACE.lower()) == (200, made)
    status, changed = ask(azure, "PATCH", WORKSPACE, {"tags": {"a": "b"}}, client="0000")
    assert (status, changed["tags"]) == (200, {"a": "b"})
    assert changed["systemData"]["createdBy"] == CALLER != changed["systemData"]["lastModifiedBy"]
    assert ask(azure, "DELETE", WORKSPACE) == (200, None)
    assert ask(azure, "DELETE", WORKSPACE) == (204, None)
    assert ask(azure, "HEAD", WORKSPACE) == (404, None)
    assert azure.get_deleted(WORKSPACE)
    purge = "?api-version=2025-12-01&forceToPurge=true"
    assert ask(azure, "DELETE", WORKSPACE, version=purge) == (204, None)
    azure.purge(WORKSPACE)
    ask(azure, "PUT", WORKSPACE, BODIES[WORKSPACE])
    assert ask(azure, "DELETE", WORKSPACE, version=purge) == (200, None)
    assert azure.get_deleted(WORKSPACE) is None


def test_observers_see_the_version_that_was_asked_with(azure: Azure) -> None:
    versions: list[str | None] = []
    azure.observers.append(lambda request: versions.append(request.api_version))
    ask(azure, "PUT", VAULT, BODIES[VAULT], version="?api-version=2024-11-01")
    assert versions == ["2024-11-01"]


def test_actions_are_posts(azure: Azure) -> None:
    assert len(ask(azure, "POST", f"{STORAGE}/listKeys")[1]["keys"]) == 2
    workspace(azure)
    target = f"{WORKSPACE}/computes/anna-ci"
    azure.put(target, compute("ComputeInstance", vmSize="STANDARD_DS3_V2"))
    assert ask(azure, "POST", f"{target}/stop") == (200, None)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/subscriptions", ["Sandbox"]),
        (f"/subscriptions/{SUBSCRIPTION}/resourcegroups", ["rg-acme"]),
        (f"/subscriptions/{SUBSCRIPTION}/resources", ["appi-acme", "kv-acme", "stacme"]),
        (f"{GROUP}/resources", ["appi-acme", "kv-acme", "stacme"]),
        (f"{PROVIDERS}/Microsoft.KeyVault/vaults", ["kv-acme"]),
        (f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Storage/storageAccounts", ["stacme"]),
        (f"{STORAGE}/blobServices/default/containers", ["data"]),
    ],
)
def test_lists(azure: Azure, path: str, names: list[str]) -> None:
    azure.put(f"{STORAGE}/blobServices/default/containers/data", {})
    status, answer = ask(azure, "GET", path)
    assert status == 200
    assert [found.get("name") or found["displayName"] for found in answer["value"]] == names


@pytest.mark.parametrize(
    ("method", "path", "given", "expected"),
    [
        ("GET", f"{PROVIDERS}/Microsoft.KeyVault/vaults/none", None, (404, "ResourceNotFound")),
        ("GET", f"{PROVIDERS}/Microsoft.Web/sites", None, (404, "NoRegisteredProviderFound")),
        ("GET", f"{GROUP}/things", None, (400, "InvalidResourceId")),
        ("POST", f"{VAULT}/explode", None, (404, "InvalidResourceType")),
        ("OPTIONS", VAULT, None, (405, "MethodNotAllowed")),
    ],
)
def test_refusals_are_arms_own(azure: Azure, method: str, path: str, given: Any, expected: tuple[int, str]) -> None:
    answered, answer = ask(azure, method, path, given)
    assert (answered, answer["error"]["code"]) == expected
    assert answer["error"]["message"]


def test_arm_wants_a_token_for_itself(azure: Azure) -> None:
    wrong = ask(azure, "GET", GROUP, audience="https://storage.azure.com")
    assert (wrong[0], wrong[1]["error"]["code"]) == (401, "InvalidAuthenticationTokenAudience")
    for header in ({}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Bearer nonsense"}):
        response = handle(azure, Request("GET", f"{ARM}{GROUP}?api-version=1", header))
        assert response.status == 401


def test_a_host_that_is_not_modelled_is_refused(azure: Azure) -> None:
    with pytest.raises(HostNotModelledError, match=r"GET https://kv-acme\.vault\.azure\.net/secrets.*sandbox/http/"):
        handle(azure, Request("GET", "https://kv-acme.vault.azure.net/secrets"))


# -- Entra -----------------------------------------------------------------------------------------------------------


def entra(azure: Azure, method: str, path: str, form: str = "") -> tuple[int, Any]:
    """Send a request to Entra, and return the status and the JSON that came back."""
    response = handle(azure, Request(method, f"{ENTRA}{path}", {}, form.encode()))
    return response.status, json.loads(response.body)


def test_entra_can_be_discovered(azure: Azure) -> None:
    _, configuration = entra(azure, "GET", f"/{TENANT}/v2.0/.well-known/openid-configuration")
    assert configuration["token_endpoint"] == f"{ENTRA}/{TENANT}/oauth2/v2.0/token"
    assert "login.microsoftonline.com" in entra(azure, "GET", "/common/discovery/instance")[1]["metadata"][0]["aliases"]
    assert entra(azure, "GET", f"/{TENANT}/discovery/v2.0/keys")[1] == {"keys": []}


@pytest.mark.parametrize(
    ("path", "form", "status", "code"),
    [
        ("/other/oauth2/v2.0/token", "", 400, "AADSTS90002"),
        (f"/{TENANT}/oauth2/v2.0/token", "grant_type=password", 400, "AADSTS70003"),
        (f"/{TENANT}/oauth2/v2.0/token", "grant_type=client_credentials&client_id=x", 401, "AADSTS7000216"),
        (f"/{TENANT}/oauth2/v2.0/devicecode", "", 400, "AADSTS900144"),
        (f"/{TENANT}/oauth2/v2.0/logout", "", 404, "AADSTS900144"),
    ],
)
def test_entra_refuses_in_its_own_words(azure: Azure, path: str, form: str, status: int, code: str) -> None:
    answered, answer = entra(azure, "POST", path, form)
    assert (answered, answer["error_description"].partition(":")[0]) == (status, code)


# -- blobs -----------------------------------------------------------------------------------------------------------


def blob(azure: Azure, method: str, path: str, content: bytes = b"", **headers: str) -> Response:
    """Send a signed-in request to the account's blob endpoint."""
    token = access_token(azure, CLIENT, "https://storage.azure.com/")
    given = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return handle(azure, Request(method, f"{BLOBS}{path}", given, content))


@pytest.fixture
def container(azure: Azure) -> Azure:
    azure.put(f"{STORAGE}/blobServices/default/containers/data", {})
    return azure


def test_names_and_metadata_keep_their_characters(container: Azure) -> None:
    written = blob(container, "PUT", "/data/a%20b/%C3%A4.txt", b"x", x_ms_blob_type="BlockBlob", x_ms_meta_Name="N")
    assert written.status == 201
    assert [found.name for found in container.blobs.list("stacme", "data")] == ["a b/ä.txt"]
    read = blob(container, "HEAD", "/data/a%20b/%C3%A4.txt")
    assert (read.headers["x-ms-meta-Name"], read.headers["Content-Length"], read.body) == ("N", "1", b"")
    assert read.headers["ETag"] == written.headers["ETag"]


def test_parts_of_a_blob_can_be_read(container: Azure) -> None:
    container.blobs.put("stacme", "data", "x", b"0123456789")
    part = blob(container, "GET", "/data/x", x_ms_range="bytes=2-4")
    assert (part.status, part.body, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert blob(container, "GET", "/data/x", range="bytes=8-").body == b"89"
    assert blob(container, "GET", "/data/x").body == b"0123456789"
    assert blob(container, "GET", "/data/x", x_ms_range="bytes=10-").headers["x-ms-error-code"] == "InvalidRange"


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("GET", "/data/none", {}, (404, "BlobNotFound")),
        ("GET", "/none/x", {}, (404, "ContainerNotFound")),
        ("HEAD", "/none?restype=container", {}, (404, "ContainerNotFound")),
        ("PUT", "/data?restype=container", {}, (409, "ContainerAlreadyExists")),
        ("PUT", "/data/x", {"x_ms_blob_type": "PageBlob"}, (501, "NotImplemented")),
        ("PUT", "/data/x", {"x_ms_blob_type": "BlockBlob", "if_none_match": "*"}, (409, "BlobAlreadyExists")),
        ("PUT", "/data/x", {"x_ms_blob_type": "BlockBlob", "if_match": '"other"'}, (412, "ConditionNotMet")),
        ("PUT", "/data/x?comp=blocklist", {}, (400, "InvalidXmlDocument")),
        ("PUT", "/data/x?comp=lease", {}, (501, "NotImplemented")),
        ("GET", "/?comp=blobs", {}, (501, "NotImplemented")),
        ("PUT", "/data/x?comp=tags", {}, (501, "NotImplemented")),
    ],
)
def test_the_blob_service_refuses_in_its_own_words(
    container: Azure, method: str, path: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    container.blobs.put("stacme", "data", "x", b"")
    response = blob(container, method, path, b"", **headers)
    assert (response.status, response.headers["x-ms-error-code"]) == expected
    assert (f"<Code>{expected[1]}</Code>".encode() in response.body) == (method != "HEAD")


def test_an_unknown_block_is_refused(container: Azure) -> None:
    listed = b"<BlockList><Latest>AAAA</Latest></BlockList>"
    assert blob(container, "PUT", "/data/x?comp=blocklist", listed).headers["x-ms-error-code"] == "InvalidBlockList"


def test_lists_have_pages(container: Azure) -> None:
    for name in ("a/1", "a/2", "b", "c"):
        container.blobs.put("stacme", "data", name, b"")
    first = blob(container, "GET", "/data?restype=container&comp=list&delimiter=/&maxresults=2")
    assert first.body.count(b"<BlobPrefix><Name>a/</Name>") == 1
    assert b"<NextMarker>c</NextMarker>" in first.body
    second = blob(container, "GET", "/data?restype=container&comp=list&delimiter=/&maxresults=2&marker=c")
    assert b"<Name>c</Name>" in second.body
    assert b"<Name>b</Name>" not in second.body


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "NoAuthenticationInformation"),
        ({"Authorization": "SharedKey stacme:c2lnbmVk"}, "KeyBasedAuthenticationNotPermitted"),
    ],
)
def test_who_may_read_depends_on_the_account(container: Azure, headers: dict[str, str], code: str) -> None:
    container.blobs.put("stacme", "data", "x", b"1")
    refused = handle(container, Request("GET", f"{BLOBS}/data/x", headers))
    assert refused.headers["x-ms-error-code"] == code
    container.put(STORAGE, body(STORAGE, allowSharedKeyAccess=True))
    response = handle(container, Request("GET", f"{BLOBS}/data/x", headers))
    forged = "AuthenticationFailed" if headers else code
    assert (response.status, response.headers["x-ms-error-code"]) == (403 if headers else 401, forged)


def test_a_token_for_arm_does_not_open_an_account(container: Azure) -> None:
    token = access_token(container, CLIENT, ARM)
    response = handle(container, Request("GET", f"{BLOBS}/data/x", {"Authorization": f"Bearer {token}"}))
    assert (response.status, response.headers["x-ms-error-code"]) == (401, "InvalidAuthenticationInfo")
    assert handle(container, Request("GET", "https://none.blob.core.windows.net/data/x")).status == 404
