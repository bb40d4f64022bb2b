"""A server under attack, and requests whose every part may be odd."""

import http.client
import json
import socket
import sqlite3
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_sandbox.model.identities import CLIENT, SECRET
from azureml_sandbox.server.files import Home
from kit.served import Served

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
        """Return ARM's or a vault's error; fail where there is none."""
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
        self.tls = ssl.create_default_context(cafile=str(self.served.authority))

    @property
    def host(self) -> str:
        """Return the server's host and port."""
        return f"localhost:{self.served.port}"

    def raw(self, sent: bytes, *, is_short: bool = False) -> Answer:
        """Send bytes as they are, and return the first answer; `is_short`: hang up in the middle."""
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
        """Send a request whose every part may be odd; signed in and as JSON unless `headers` say else."""
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
        """Return all that the server has stored."""
        with sqlite3.connect(f"file:{Home.of(self.served.folder).database}?mode=ro", uri=True) as database:
            return database.execute("SELECT * FROM cloud ORDER BY tab, key").fetchall()

    def settle(self) -> None:
        """Let operations come to their end, which they do at the next request."""
        assert self.ask("GET", f"{GROUP}{VERSION}").status == 200

    def make(self, resource_id: str, body: bytes) -> None:
        """Make a resource that is there before anybody attacks."""
        assert self.ask("PUT", f"{resource_id}?api-version={VERSIONS[resource_id]}", body).status < 300


def sign_in(target: Target) -> str:
    """Return a token of the server's own client."""
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "scope": f"{ARM}/.default",
    }
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    answer = target.ask("POST", f"/{TENANT}/oauth2/v2.0/token", urlencode(form).encode(), **kind)
    return str(json.loads(answer.body)["access_token"])


def refusal(target: Target, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
    """Return an answer that refuses in ARM's words, and leaves everything as it was."""
    before = target.state()
    answer = target.ask(method, path, body, **headers)
    assert 400 <= answer.status < 500, answer
    assert method == "HEAD" or answer.error
    assert target.state() == before
    return answer
