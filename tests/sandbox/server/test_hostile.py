"""Callers who mean harm: a real server says so in ARM's words, and nothing changes."""

import gzip
from xml.etree import ElementTree

import pytest

from kit.hostile import GROUP, GROUPS, LOCATION, VERSION, Target, refusal
from kit.rows import each

# -- requests --------------------------------------------------------------------------------------------------------

DEEP = b'{"properties": ' * 20_000 + b"1" + b"}" * 20_000


@each(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b"[]", {}, 400),
        (b"null", {}, 400),
        (b'"text"', {}, 400),
        (b"{", {}, 400),
        (b"\xff\xfe{}", {}, 400),
        (b'{"location": "\xc3"}', {}, 400),
        (b'{"location": "\\ud800"}', {}, 400),
        (b'{"location": NaN}', {}, 400),
        (b'{"location": "westeurope", "properties": {"a": 1e999}}', {}, 400),
        (b'{"location": "westeurope", "properties": {"a": ' + b"9" * 5000 + b"}}", {}, 400),
        (b'{"location": 1}', {}, 400),
        (b'{"location": "westeurope", "tags": {"a": {}}}', {}, 400),
        (gzip.compress(LOCATION, mtime=0), {"Content_Encoding": "gzip"}, 400),
        (LOCATION, {"Content_Type": "text/xml"}, 415),
        (DEEP, {}, 400),
        (b'{"location": "westeurope", "properties": {"a": "' + b"x" * 5_000_000 + b'"}}', {}, 413),
    ],
)
def test_a_body_that_is_no_resource(target: Target, body: bytes, headers: dict[str, str], status: int) -> None:
    assert refusal(target, "PUT", f"{GROUPS}/rg-new{VERSION}", body, **headers).status == status


@each(
    "path",
    [
        f"{GROUPS}/..{VERSION}",
        f"{GROUPS}/%2e%2e/%2e%2e{VERSION}",
        f"{GROUPS}/..%2f..%2fetc%2fpasswd{VERSION}",
        f"{GROUPS}/a%5c..%5cb{VERSION}",
        f"{GROUPS}/a%00b{VERSION}",
        f"{GROUPS}/a%0d%0aX-Injected:%20b{VERSION}",
        f"{GROUPS}/a%ffb{VERSION}",
        f"{GROUPS}/{'a' * 3000}{VERSION}",
        f"{GROUPS}/{'a/' * 800}{VERSION}",
        f"{GROUP}/providers{VERSION}",
        f"{GROUP}/providers/Microsoft.Storage{VERSION}",
        f"/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/a{VERSION}",
        f"/..%2f..%2fetc/passwd{VERSION}",
        f"{GROUPS}/rg-new",
        f"{GROUPS}/rg-new?api-version=",
        f"{GROUPS}/rg-new?api-version=newest",
        f"{GROUPS}/rg-new?api-version=1999-01-01",
        f"{GROUPS}/rg-new?api-version=2999-01-01",
        f"{GROUPS}/rg-new?api-version=2024-02-31",
        f"{GROUPS}/rg-new?api-version=2024-03-01%0d%0aX:y",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_path_or_version_that_there_is_not(target: Target, method: str, path: str) -> None:
    answer = refusal(target, method, path, LOCATION if method == "PUT" else b"")
    assert "X-Injected" not in answer.headers


ESCAPES = ["..%2f..%2f..%2f__main__.py", "%2e%2e/%2e%2e/render.py", "../../render.py", "%00", "//etc"]


@pytest.mark.parametrize("path", ESCAPES)
def test_the_page_hands_out_its_own_files_only(target: Target, path: str) -> None:
    assert target.ask("GET", f"/_page/static/{path}").status == 404


@pytest.mark.parametrize(
    "query",
    [
        "$top=-1",
        "$top=0",
        "$top=99999999999999999999",
        "$top=x",
        "$skiptoken=!!!",
        "$skiptoken=WzEsMl0=",
        "$filter=a%20eq",
        "$filter=((((",
        "$orderby=%00",
    ],
)
def test_a_list_that_is_asked_for_absurdly(target: Target, query: str) -> None:
    path = f"{GROUP}/providers/Microsoft.Storage/storageAccounts?api-version=2023-05-01&{query}"
    assert refusal(target, "GET", path).status == 400


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PROPFIND", "LINK"])
def test_a_method_that_arm_has_not(target: Target, method: str) -> None:
    assert refusal(target, method, f"{GROUP}{VERSION}").status == 405


@pytest.mark.parametrize("condition", ["x", '"', "W/", "*" * 5000, "\x80\xff"])
def test_a_condition_that_nothing_meets(target: Target, condition: str) -> None:
    network = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net?api-version=2024-05-01"
    assert target.ask("PUT", network, LOCATION).status < 300
    target.settle()
    assert refusal(target, "PUT", network, LOCATION, If_Match=condition).status == 412


@each(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.2",
        "10.0.0.1",
        "sandbox",
        "management.azure.com.evil.example",
        "localhost@evil.example",
        "[",
        "[::",
        "",
        "a b",
        "localhost/subscriptions",
        "localhost?a",
        "localhost:99999999",
        "\xe9.localhost",
    ],
)
def test_a_host_that_is_not_ours(target: Target, host: str) -> None:
    for path in (f"{GROUP}{VERSION}", "/", "/metadata/endpoints"):
        assert refusal(target, "GET", path, Host=host).status in (400, 421)


# -- data planes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["blob", "dfs", "file"])
@pytest.mark.parametrize(
    "path",
    [
        "/c/b",
        "/c/..%2f..%2fb",
        "/%00",
        "//",
        "/c?restype=container&comp=list&maxresults=x",
        "/c/b?sv=1&sig=x&se=x&sp=r&sr=b",
        "/c/b?comp=block&blockid=%00",
    ],
)
def test_storage_refuses_in_xml_or_json(target: Target, service: str, path: str) -> None:
    before = target.state()
    for method in ("GET", "PUT", "DELETE"):
        answer = target.ask(method, f"/{service}/sthostile{path}", b"x", Authorization="SharedKey sthostile:eA==")
        assert 400 <= answer.status < 500
        code = answer.error["code"] if answer.body[:1] == b"{" else ElementTree.fromstring(answer.body).findtext("Code")
        assert code
    assert target.state() == before
