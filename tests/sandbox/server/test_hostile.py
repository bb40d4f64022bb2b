"""Callers who mean harm, and bytes that are no request: a real server says so in ARM's words, and nothing changes."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_sandbox.azure import Azure
from azureml_sandbox.http.tokens import claims
from azureml_sandbox.model.identities import CLIENT, SECRET
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.server.files import Home
from azureml_sandbox.server.keys import SignedTokens
from azureml_sandbox.server.record import running
from kit.paths import ROOT
from kit.served import Served, serving

ARM = "https://management.azure.com"
GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
GROUP = f"{GROUPS}/rg-hostile"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/sthostile"
VERSIONS = {GROUP: "2024-03-01", STORAGE: "2023-05-01"}
VERSION = "?api-version=2024-03-01"
LOCATION = b'{"location": "westeurope"}'
ACCOUNT = b'{"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}'


@dataclass(frozen=True)
class Answer:
    """What came back on a connection of its own."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """ARM's or a vault's error; fails where there is none."""
        found = json.loads(self.body)["error"]
        assert found["code"]
        assert found["message"]
        return dict(found)


@dataclass
class Target:
    """The server under attack."""

    served: Served
    token: str = ""
    tls: ssl.SSLContext = field(init=False)

    def __post_init__(self) -> None:
        self.tls = ssl.create_default_context(cafile=str(self.served.bundle))

    @property
    def host(self) -> str:
        return f"localhost:{self.served.port}"

    def raw(self, sent: bytes, *, is_short: bool = False) -> Answer:
        """Bytes as they are, and the first answer to them; `is_short`: hang up in the middle."""
        with (
            socket.create_connection(("127.0.0.1", self.served.port), 10) as plain,
            self.tls.wrap_socket(plain, server_hostname="localhost") as wrapped,
        ):
            wrapped.sendall(sent)
            if is_short:
                return Answer(0, {}, b"")
            response = http.client.HTTPResponse(wrapped, method=sent.partition(b" ")[0].decode("latin-1"))
            response.begin()
            return Answer(response.status, dict(response.getheaders()), response.read())

    def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> Answer:
        """A request whose every part may be odd; signed in and as JSON unless `headers` say else."""
        head = {
            "Host": self.host,
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        return self.raw("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1", "replace") + body)

    def state(self) -> list[tuple[Any, ...]]:
        """All that the server has stored."""
        with sqlite3.connect(f"file:{Home.of(self.served.folder).database}?mode=ro", uri=True) as database:
            return database.execute("SELECT * FROM cloud ORDER BY tab, key").fetchall()

    def settle(self) -> None:
        """Let operations come to their end, which they do at the next request."""
        assert self.ask("GET", f"{GROUP}{VERSION}").status == 200

    def make(self, resource_id: str, body: bytes) -> None:
        """A resource that is there before anybody attacks."""
        assert self.ask("PUT", f"{resource_id}?api-version={VERSIONS[resource_id]}", body).status < 300


def sign_in(target: Target) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "scope": f"{ARM}/.default",
    }
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    answer = target.ask("POST", f"/{TENANT}/oauth2/v2.0/token", urlencode(form).encode(), **kind)
    return str(json.loads(answer.body)["access_token"])


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with serving(tmp_path_factory.mktemp("hostile")) as served:
        made = Target(served)
        made.token = sign_in(made)
        made.make(GROUP, LOCATION)
        made.make(STORAGE, ACCOUNT)
        made.settle()
        yield made


def refused(target: Target, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
    """An answer that refuses in ARM's words, and leaves everything as it was."""
    before = target.state()
    answer = target.ask(method, path, body, **headers)
    assert 400 <= answer.status < 500, answer
    assert method == "HEAD" or answer.error
    assert target.state() == before
    return answer


# -- requests --------------------------------------------------------------------------------------------------------

DEEP = b'{"properties": ' * 20_000 + b"1" + b"}" * 20_000


@pytest.mark.parametrize(
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
    assert refused(target, "PUT", f"{GROUPS}/rg-new{VERSION}", body, **headers).status == status


@pytest.mark.parametrize(
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
    answer = refused(target, method, path, LOCATION if method == "PUT" else b"")
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
    assert refused(target, "GET", path).status == 400


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PROPFIND", "LINK"])
def test_a_method_that_arm_has_not(target: Target, method: str) -> None:
    assert refused(target, method, f"{GROUP}{VERSION}").status == 405


@pytest.mark.parametrize("condition", ["x", '"', "W/", "*" * 5000, "\x80\xff"])
def test_a_condition_that_nothing_meets(target: Target, condition: str) -> None:
    network = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net?api-version=2024-05-01"
    assert target.ask("PUT", network, LOCATION).status < 300
    target.settle()
    assert refused(target, "PUT", network, LOCATION, If_Match=condition).status == 412


@pytest.mark.parametrize(
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
        assert refused(target, "GET", path, Host=host).status in (400, 421)


# -- tokens ----------------------------------------------------------------------------------------------------------


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(target: Target) -> dict[str, str]:
    """Tokens that nobody should believe, by what is wrong with them."""
    home = Home.of(target.served.folder)
    own = SignedTokens(home.ca / "tokens.key", home.issuers)
    good = claims(Azure(), CLIENT, ARM, own.times())
    key = rsa.generate_private_key(65537, 2048)
    public = jwt.PyJWK(own.keys()[0]).key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    own_key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    secret = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    head = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(good)}"
    mac = base64.urlsafe_b64encode(secret.sign(head.encode(), public)).decode().rstrip("=")
    now = int(time.time())
    return {
        "unsigned": jwt.encode(good, "", "none"),
        "without a signature": f"{part({'alg': 'none'})}.{part(good)}.",
        "another case of none": f"{part({'alg': 'nOnE'})}.{part(good)}.",
        "signed with the public key": f"{head}.{mac}",
        "another key": jwt.encode(good, key, "RS256", {"kid": own.keys()[0]["kid"]}),
        "its own key": jwt.encode(good, key, "RS256", {"jwk": own_key}),
        "another content": re.sub(r"\.[^.]+\.", f".{part({**good, 'oid': 'x'})}.", own.sign(good)),
        "expired": own.sign({**good, "exp": now - 10}),
        "not yet": own.sign({**good, "nbf": now + 3600}),
        "exp is no number": own.sign({**good, "exp": "soon"}),
        "no exp": own.sign({name: value for name, value in good.items() if name != "exp"}),
        "another audience": own.sign({**good, "aud": "https://vault.azure.net"}),
        "a list of audiences": own.sign({**good, "aud": [ARM]}),
        "another issuer": own.sign({**good, "iss": "https://sts.windows.net/elsewhere/"}),
        "nobody": own.sign({name: value for name, value in good.items() if name != "oid"}),
        "huge": own.sign({**good, "groups": ["x" * 36] * 500})[:-5],
        "no token": "x",
        "dots": "..",
        "deep": f"{part({'alg': 'RS256'})}.{base64.urlsafe_b64encode(b'[' * 30_000).decode()}.x",
        "not ASCII": "\xe9\xff",
    }


def test_tokens_that_nobody_believes(target: Target) -> None:
    for why, token in forged(target).items():
        answer = refused(target, "DELETE", f"{GROUP}{VERSION}", Authorization=f"Bearer {token}")
        assert answer.status == 401, why
        assert answer.headers["www-authenticate"].startswith("Bearer "), why
    for scheme in ("", "Basic eDp4", "Bearer", "SharedKey sthostile:x", "Negotiate x"):
        assert refused(target, "DELETE", f"{GROUP}{VERSION}", Authorization=scheme).status == 401


def test_a_signed_token_of_somebody_unknown_may_do_nothing(target: Target) -> None:
    home = Home.of(target.served.folder)
    own = SignedTokens(home.ca / "tokens.key", home.issuers)
    unknown = "99999999-0000-4000-8000-000000000000"
    token = own.sign({**claims(Azure(), CLIENT, ARM, own.times()), "oid": unknown, "sub": unknown})
    assert refused(target, "DELETE", f"{GROUP}{VERSION}", Authorization=f"Bearer {token}").status == 403


@settings(max_examples=40, deadline=None)
@given(
    form=st.dictionaries(
        st.sampled_from(
            [
                "grant_type",
                "client_id",
                "client_secret",
                "scope",
                "refresh_token",
                "device_code",
                "client_assertion",
                "client_assertion_type",
                "resource",
                "username",
                "code",
            ]
        ),
        st.sampled_from(
            [
                "",
                "\0",
                "é",
                "client_credentials",
                "refresh_token",
                "olga",
                "a.b.c",
                "x" * 3000,
                "sandbox/.default",
                "urn:ietf:params:oauth:grant-type:device_code",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ]
        ),
    ),
    tenant=st.sampled_from([TENANT, "common", "organizations", "x", "%00"]),
)
def test_entra_hands_out_nothing_for_nothing(target: Target, form: dict[str, str], tenant: str) -> None:
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    answer = target.ask("POST", f"/{tenant}/oauth2/v2.0/token", urlencode(form).encode(), **kind)
    assert 400 <= answer.status < 500
    assert json.loads(answer.body)["error"]


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


# -- HTTP itself -----------------------------------------------------------------------------------------------------


def wire(target: Target, *lines: str, body: bytes = b"") -> bytes:
    """A PUT of a group with these lines as its last headers."""
    head = [
        f"PUT {GROUPS}/rg-smuggled{VERSION} HTTP/1.1",
        f"Host: {target.host}",
        f"Authorization: Bearer {target.token}",
    ]
    return "\r\n".join([*head, *lines, "", ""]).encode() + body


def chunks(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 26", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 4"),
        ("Content-Length: 26", "Content-Length: 2"),
        ("Content-Length: -1",),
        ("Content-Length: 0x1a",),
        ("Content-Length: +26",),
        ("Content-Length: 99999999999999999999999",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding: identity",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding : chunked",),
        ("X-Folded: a\r\n b", "Content-Length: 26"),
        ("X: a\nTransfer-Encoding: chunked",),
        ("Host: evil.example", "Content-Length: 26"),
    ],
)
def test_a_request_with_two_ends_is_none(target: Target, lines: tuple[str, ...]) -> None:
    before = target.state()
    for body in (LOCATION, chunks(LOCATION), b"0\r\n\r\n" + wire(target, "Content-Length: 26", body=LOCATION)):
        answer = target.raw(wire(target, *lines, body=body))
        assert answer.status == 400
        assert answer.error
    assert target.state() == before


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\nHost: localhost\n\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /a\0b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET subscriptions HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_arms_words(target: Target, sent: bytes) -> None:
    answer = target.raw(sent)
    assert answer.status == 400
    assert answer.error["code"] == "BadRequest"


def test_a_body_that_never_ends_does_nothing(target: Target) -> None:
    before = target.state()
    target.raw(wire(target, "Content-Length: 100", body=LOCATION), is_short=True)
    target.raw(wire(target, "Transfer-Encoding: chunked", body=chunks(LOCATION)[:-5]), is_short=True)
    assert target.ask("GET", f"{GROUP}{VERSION}").status == 200  # after those two: they were received first
    assert target.state() == before


def test_a_body_in_chunks_is_a_body(target: Target) -> None:
    name = "rg-chunks"
    sent = wire(target, "Transfer-Encoding: chunked", "Connection: close", body=chunks(LOCATION))
    assert target.raw(sent.replace(b"rg-smuggled", name.encode())).status == 201
    assert target.ask("DELETE", f"{GROUPS}/{name}{VERSION}").status < 300
    target.settle()


def test_nobody_gets_a_websocket(target: Target) -> None:
    answer = target.ask("GET", f"{GROUP}{VERSION}", Connection="Upgrade", Upgrade="websocket", Sec_WebSocket_Key="eA==")
    assert answer.status == 200
    assert json.loads(answer.body)["name"] == "rg-hostile"


@settings(max_examples=60, deadline=None)
@given(
    method=st.sampled_from(["GET", "PUT", "PATCH", "POST", "DELETE", "HEAD"]),
    parts=st.lists(
        st.sampled_from(
            [
                "subscriptions",
                SUBSCRIPTION,
                "resourceGroups",
                "rg-hostile",
                "providers",
                "..",
                "%00",
                "Microsoft.Storage",
                "storageAccounts",
                "sthostile",
                "blob",
                "vault",
                "secrets",
                "*",
                TENANT,
                "oauth2",
                "_page",
                "static",
                "metadata",
                "identity",
                "history",
                "v1.0",
            ],
        ),
        max_size=9,
    ),
    body=st.sampled_from([b"", b"{}", b"[1]", b"\xff", b"a=b"]),
    authorization=st.sampled_from([None, "", "Bearer x", "Bearer \xe9"]),
)
def test_no_request_breaks_it(
    target: Target, method: str, parts: list[str], body: bytes, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = target.ask(method, f"/{'/'.join(parts)}{VERSION}", body, **headers)
    assert answer.status < 500 or answer.status == 501
    if answer.status >= 400 and method != "HEAD" and answer.body[:1] == b"{":
        assert json.loads(answer.body)["error"]


# -- the machine -----------------------------------------------------------------------------------------------------

proc = pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs Linux's /proc")


@proc
def test_it_listens_on_loopback_only(target: Target) -> None:
    record = running(Home.of(target.served.folder))
    assert record is not None
    links = [str(one.readlink()) for one in Path(f"/proc/{record.pid}/fd").iterdir() if one.is_symlink()]
    own = {link.removeprefix("socket:[").rstrip("]") for link in links if link.startswith("socket:")}
    listening = []
    for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        for line in Path(f"/proc/{record.pid}/net/{table}").read_text("ascii").splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if rest[5] in own and (state == "0A" or not table.startswith("tcp")):
                listening.append((table, *local.split(":")))
    assert {(table, address) for table, address, _ in listening} == {("tcp", "0100007F")}
    assert {int(port, 16) for _, _, port in listening} == {record.port, record.machine_port}


@proc
def test_it_writes_nothing_outside_of_its_folder(target: Target) -> None:
    record = running(Home.of(target.served.folder))
    assert record is not None
    assert {one.name for one in target.served.folder.iterdir()} == {".sandbox"}
    home = str(Home.of(target.served.folder).folder)
    for one in Path(f"/proc/{record.pid}/fdinfo").iterdir():
        opened = str(Path(f"/proc/{record.pid}/fd/{one.name}").readlink())
        flags = int(re.search(r"flags:\s*(\d+)", one.read_text("ascii"))[1], 8)  # type: ignore[index]
        if opened.startswith("/") and not opened.startswith("/dev/") and flags & os.O_ACCMODE:
            assert opened.startswith(home), opened


def test_a_kill_loses_no_write_that_was_answered(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "azureml_sandbox", "serve", "--cwd", str(tmp_path)]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().partition("localhost:")[2].split()[0]
        target = Target(Served(int(port), tmp_path))
        target.token = sign_in(target)
        answered: list[str] = []
        enough = threading.Event()

        def write(writer: int) -> None:
            for number in range(10_000):
                name = f"rg-{writer}-{number}"
                try:
                    status = target.ask("PUT", f"{GROUPS}/{name}{VERSION}", LOCATION).status
                except (OSError, http.client.HTTPException):
                    return
                assert status == 201
                answered.append(name)
                if len(answered) >= 80:
                    enough.set()

        writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
        for one in writers:
            one.start()
        assert enough.wait(30)
        process.send_signal(signal.SIGKILL)
        for one in writers:
            one.join(30)
    azure = Azure(SqliteStore(Home.of(tmp_path).database))
    there = {body["name"] for body in azure.resources("Microsoft.Resources/resourceGroups")}
    assert set(answered) <= there
    stored = {key for key, _ in azure.store.scan("resources")}
    indexed = {key.partition(" ")[2] for key, _ in azure.store.scan("types") if key}
    assert stored == indexed
    azure.close()
    with sqlite3.connect(Home.of(tmp_path).database) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with serving(tmp_path) as again:
        target = Target(again, target.token)
        listed = json.loads(target.ask("GET", f"{GROUPS}{VERSION}").body)["value"]
        assert {body["name"] for body in listed} == there
