"""A plane: one of Azure's interfaces, with the addresses at which it answers and how it refuses.

A request goes through the table of planes (`azureml_sandbox.http.PLANES`): the first that matches it authorises it,
handles it and renders the answer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from azureml_arm.clouds import CLOUDS, PUBLIC
from azureml_sandbox.azure import Azure
from azureml_sandbox.http.actions import ScopedAction
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.tokens import Issuer
from azureml_sandbox.model.errors import ArmError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ARM_HOST = urlsplit(PUBLIC.resource_manager).netloc
ARM_HOSTS = frozenset(urlsplit(cloud.resource_manager).netloc for cloud in CLOUDS.values())
"""Where clients of each cloud look for Azure Resource Manager: a stack of any of them can be rehearsed here."""


def suffix(name: str) -> str:
    """Return a pattern of a suffix of hosts in each cloud (`storage`, `key_vault`), and below ``localhost``."""
    known = (str(getattr(cloud, name)) for cloud in CLOUDS.values())
    own = f"{getattr(PUBLIC, name).partition('.')[0]}.localhost"
    return "|".join(map(re.escape, (own, *known)))


ML_HOST = re.compile(r"(?:cert-)?[a-z0-9]+\.(?:api\.azureml\.ms|experiments\.azureml\.net|api\.ml\.azure\.localhost)")
"""Azure ML's own addresses, by region."""
ML_AUDIENCE = "https://ml.azure.com"
"""What tokens for Azure ML itself are for; those for ARM do as well."""


class Addresses(Protocol):
    """How a server's own addresses stand in for Azure's."""

    def rewrite(self, body: bytes) -> bytes:
        """Return an answer of ARM's with this server's addresses."""

    def rewrite_everywhere(self, body: bytes) -> bytes:
        """Return an answer in which every address of a storage account is this server's."""


class Authorizer(Protocol):
    """Who asks, and what they may do. Each returns the request with its verified token, or raises ArmError."""

    def for_arm(self, request: Request, *audiences: str) -> Request:
        """Check a request to ARM."""

    def for_plane(self, request: Request, needed: ScopedAction) -> Request:
        """Check a request to a data plane that takes the rights which ARM takes."""

    def for_storage(self, request: Request, service: str, account: str) -> Request:
        """Check a request to a storage account."""

    def for_vault(self, request: Request, vault: str, path: str, *audiences: str) -> Request:
        """Check a request to a key vault."""

    def for_maker(self, request: Request, maker: str, needed: ScopedAction, *audiences: str) -> Request:
        """Check a request to the own interface of a Synapse or Databricks workspace: its `maker` needs no role."""


@dataclass(frozen=True)
class Site:
    """Where planes answer: at Azure's own addresses and, on a server, below ``localhost`` as well."""

    azure: Azure
    port: int = 0
    """The server's; 0 in this process, where nobody signs in."""
    issuer: Issuer | None = None
    approver: str = "olga"
    """The person who approves every device code."""

    def is_local(self, request: Request) -> bool:
        """Return whether a request is for a server's own address."""
        return self.port > 0 and request.host in LOOPBACK

    def is_ml(self, request: Request) -> bool:
        """Return whether a request is for an address of Azure ML's, or for this server's own."""
        return self.is_local(request) or ML_HOST.fullmatch(request.host) is not None

    @property
    def own(self) -> tuple[str, str]:
        """Return this server's audiences; azure-ai-ml makes Azure ML's name out of the portal's, which metadata has."""
        return f"https://localhost:{self.port}", f"https://ml.azure.localhost:{self.port}"


@dataclass(frozen=True)
class Found:
    """A request that has found its plane, as the plane sees it; `names` are those in its address."""

    site: Site
    request: Request
    names: tuple[str, ...] = ()

    @property
    def azure(self) -> Azure:
        """Return the model."""
        return self.site.azure


def locate(site: Site, request: Request, path: re.Pattern[str], host: re.Pattern[str]) -> Found | None:
    """Match an address: a server's own by its path, Azure's by its host. The names are the groups of the pattern; the
    last of `path` is what is below, which for a host is the whole path.
    """
    if site.is_local(request):
        match = path.fullmatch(request.path)
        return None if match is None else Found(site, request, match.groups())
    match = host.fullmatch(request.host)
    return None if match is None else Found(site, request, (*match.groups(), request.path))


def refuse(error: ArmError, found: Found) -> Response:
    """Return an error as ARM sends it."""
    if error.status != 401:  # noqa: PLR2004 - unauthorised
        return Response.refusal(error)
    where = f"https://{found.request.authority}/{found.azure.tenant}"
    description = error.message.replace("\\", "/").replace('"', "'").encode("ascii", "replace").decode()
    challenge = f'Bearer authorization_uri="{where}", error="invalid_token", error_description="{description}"'
    return Response.refusal(error, {"WWW-Authenticate": challenge})


def _authorise_all(_access: Authorizer, found: Found) -> Request:
    return found.request


def _render_as_is(_addresses: Addresses, body: bytes) -> bytes:
    return body


@dataclass(frozen=True)
class Plane:
    """One interface. Functions that it doesn't name ask for no token, refuse as ARM does and answer as the model."""

    name: str
    match: Callable[[Site, Request], Found | None]
    handle: Callable[[Found], Response]
    authorise: Callable[[Authorizer, Found], Request] = _authorise_all
    refuse: Callable[[ArmError, Found], Response] = refuse
    render: Callable[[Addresses, bytes], bytes] = _render_as_is
    in_process: bool = False
    """Whether it also answers programs in this process, which have no token that anybody has signed."""
