"""The server and whoever reaches its port: well-formed refusals, nothing changed, no answers under another name."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from served import Served, serving

from arm.sandbox import PEOPLE, SUBSCRIPTION, TENANT

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-here"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/sthere"
VERSION = "api-version=2023-01-01"
FAILED, UNAUTHORISED = 500, 401


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("hostile"), "--memory") as served:
        made = Client(served, "olga")
        assert made.ask("PUT", f"{GROUP}?{VERSION}", b'{"location": "westeurope"}')[0] == 201
        body = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
        assert made.ask("PUT", f"{STORAGE}?{VERSION}", json.dumps(body).encode())[0] < 300
        yield served


def token(served: Served, name: str) -> str:
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": "sandbox"}
    answer = requests.post(
        f"{served.url}/{TENANT}/oauth2/v2.0/token",
        {**form, "scope": "https://management.azure.com/.default"},
        verify=str(served.bundle),
        timeout=30,
    )
    return str(answer.json()["access_token"])


class Client:
    """Somebody who sends what it is told, on one connection."""

    def __init__(self, served: Served, name: str) -> None:
        context = ssl.create_default_context(cafile=str(served.bundle))
        self._connection = http.client.HTTPSConnection("localhost", served.port, context=context, timeout=30)
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token(served, name)}"}

    def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self._connection.request(method, target, body, {**self._headers, **headers})
        answer = self._connection.getresponse()
        assert not any(name.lower() == "x-injected" for name, _ in answer.getheaders())
        return answer.status, answer.read()


def raw(served: Served, text: bytes) -> bytes:
    """All that is answered to some bytes."""
    context = ssl.create_default_context(cafile=str(served.bundle))
    with (
        socket.create_connection(("127.0.0.1", served.port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(text)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    "host",
    [
        "Host: ]",
        "Host: [::1",
        "Host: localhost/x?",
        "Host: localhost#",
        "Host: a@localhost",
        "Host:",
        "Host: localhost:x",
        "X-Other: one",
        "Host: localhost\r\nHost: evil.example",
    ],
)
def test_a_host_that_is_none_is_refused(server: Served, host: str) -> None:
    answer = raw(server, f"GET {GROUP}?{VERSION} HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "169.254.169.254", "azure.localhost.example"]
)
def test_another_sites_name_for_this_machine_is_answered_with_nothing(server: Served, host: str) -> None:
    for path in ("/", "/metadata/endpoints", GROUP, f"/{TENANT}/oauth2/v2.0/token"):
        answer = raw(server, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 421 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "MisdirectedRequest"


@pytest.mark.parametrize(
    "text",
    [
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01 rubbish\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\rX-Injected: 1\r\n\r\n",
    ],
)
def test_what_isnt_http_is_refused(server: Served, text: bytes) -> None:
    assert raw(server, text).startswith(b"HTTP/1.1 400 ")


def test_it_listens_on_loopback_alone(server: Served) -> None:
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("no /proc/net/tcp, which tells who listens where")
    rows = [row.split() for row in (table.read_text() + Path("/proc/net/tcp6").read_text()).splitlines()]
    listening = {row[1].split(":")[0] for row in rows if row[1].endswith(f":{server.port:04X}") and row[3] == "0A"}
    assert listening == {"0100007F"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[" * 100_000, 400, "InvalidRequestContent"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, 400, "InvalidRequestContent"),
        (b'{"tags": {"a": "' + b"x" * 5_000_000 + b'"}}', 413, "RequestContentTooLarge"),
        (b'{"tags": {"a": "\xff"}}', 400, "InvalidRequestContent"),
        (b'{"location": NaN}', 400, "InvalidRequestContent"),
    ],
)
def test_a_body_that_is_too_much(server: Served, body: bytes, status: int, code: str) -> None:
    answer = Client(server, "olga").ask("PUT", f"{GROUP}?{VERSION}", body)
    assert (answer[0], json.loads(answer[1])["error"]["code"]) == (status, code)


_WORDS = f"""subscriptions {SUBSCRIPTION} resourceGroups rg-here providers Microsoft.Storage storageAccounts sthere
    Microsoft.MachineLearningServices workspaces blob dfs file vault inference history discovery v1.0 {TENANT} oauth2
    token .well-known metadata identity _page deployments Microsoft.Authorization roleAssignments listKeys
    Microsoft.Resources tags default .. . %2e%2e ..%2f..%2fetc%2fpasswd %00 %ff %0d%0aX-Injected:%201 * {{a}}"""
SEGMENTS = st.sampled_from([*_WORDS.split(), "", "a" * 300])
PATHS = st.lists(SEGMENTS, max_size=10).map("/".join)
TARGETS = PATHS.map(lambda path: f"/{path}") | PATHS.map(lambda path: f"{STORAGE}/{path}")
NAMES = st.sampled_from(["api-version", "$top", "$filter", "comp", "restype", "resource", "sig", "se", "sv", "skoid"])
VALUES = st.sampled_from(["2023-01-01", "", "-1", "list", "container", "x", "\0", "é", "9" * 30, "filesystem"])
QUERIES = st.dictionaries(NAMES, VALUES, max_size=4)
BODIES = st.sampled_from([b"", b"{}", b"[]", b"null", b"{", b"\xff", b"<a/>", b"grant_type=password"])
METHODS = st.sampled_from(["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "BREW"])


@settings(max_examples=300, deadline=None)
@given(method=METHODS, target=TARGETS, query=QUERIES, body=BODIES, name=st.sampled_from(["rita", "", "forged"]))
def test_whatever_is_sent_nothing_fails_and_a_reader_changes_nothing(
    hostile: Hostile, *, method: str, target: str, query: dict[str, str], body: bytes, name: str
) -> None:
    client = hostile.clients[name]
    headers = {"rita": {}, "": {"Authorization": ""}, "forged": {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}}
    status, answer = client.ask(method, f"{target}?{urlencode(query)}", body, **headers[name])
    assert status != FAILED
    if status == UNAUTHORISED and target.startswith("/subscriptions") and method != "HEAD":
        assert json.loads(answer)["error"]["code"]
    assert hostile.state() == hostile.before


class Hostile:
    """Those who send rubbish, and what there is."""

    def __init__(self, served: Served) -> None:
        self.clients = {name: Client(served, PEOPLE["rita"].name) for name in ("rita", "", "forged")}
        self._owner = Client(served, "olga")
        self._folder = served.folder
        self.before = self.state()

    def state(self) -> tuple[bytes, set[Path]]:
        """All resources, and the files in and beside the project's folder."""
        resources = self._owner.ask("GET", f"/subscriptions/{SUBSCRIPTION}/resources?{VERSION}")[1]
        return resources, {*self._folder.parent.rglob("*")}


@pytest.fixture(scope="module")
def hostile(server: Served) -> Hostile:
    return Hostile(server)
