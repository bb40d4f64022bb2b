"""A server of the sandbox in a process of its own, and what a client needs to know of it."""

import contextlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import requests

from azureml_arm.sandbox import TENANT
from azureml_sandbox.model.identities import SECRET
from azureml_sandbox.server.environment import leading_to
from azureml_sandbox.server.files import Home
from azureml_sandbox.server.record import running
from kit import warm
from kit.paths import ROOT

_READY = re.compile(r"https://localhost:(\d+)")


@dataclass(frozen=True)
class Served:
    """A running server."""

    port: int
    folder: Path
    """The project's folder: state, certificates and keys are in its ``.sandbox``."""

    @property
    def url(self) -> str:
        """Return ARM's, Entra's and everybody's address, without a slash at the end."""
        return f"https://localhost:{self.port}"

    @property
    def authority(self) -> Path:
        """Return the certificate to trust: to read the bundle, which has the web's too, takes longer than a request."""
        return self.folder / ".sandbox" / "ca" / "ca.pem"

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that lead Azure's clients here, signed in as the sandbox's own application."""
        home = Home(self.folder / ".sandbox")
        record = running(home)
        assert record is not None
        home.bundle = self.authority
        return leading_to(home, record)

    @cached_property
    def session(self) -> requests.Session:
        """Return what trusts the server: reading the certificates takes longer than many a request."""
        made = requests.Session()
        made.trust_env = False
        made.verify = str(self.authority)
        return made

    def token(self, client: str, audience: str = "https://management.azure.com") -> str:
        """Return a token of an application's own."""
        form = {"client_id": client, "client_secret": SECRET, "grant_type": "client_credentials"}
        form["scope"] = f"{audience}/.default"
        signed = self.session.post(f"{self.url}/{TENANT}/oauth2/v2.0/token", data=form, timeout=30)
        return str(signed.json()["access_token"])

    def ask(self, who: str, method: str, url: str, body: Any = None) -> requests.Response:
        """Ask as somebody: ``olga``, or ``olga@AUDIENCE`` with a token for that and not for Azure Resource Manager."""
        headers = {"Authorization": f"Bearer {self.token(*who.split('@'))}"}
        return self.session.request(method, url, json=body, headers=headers, timeout=30)

    def make(self, place: str, version: str, body: Any, who: str = "olga") -> Any:
        """Return what a PUT of a resource answers."""
        return self.ask(who, "PUT", f"{self.url}{place}?api-version={version}", body).json()


@contextlib.contextmanager
def serving(folder: Path, *options: str) -> Iterator[Served]:
    """Yield a server for as long as the block lasts; `options` are those of ``azureml-sandbox serve``."""
    line = [warm.python(), "-m", "azureml_sandbox", "serve", "--cwd", str(folder), *options]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            match = _READY.search(first)
            assert match, first + process.stdout.read()
            yield Served(int(match[1]), folder)
        finally:
            process.terminate()
            process.wait(10)
