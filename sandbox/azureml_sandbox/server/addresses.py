"""Azure's addresses of data planes, rewritten as this server's own.

The model hands out Azure's (``https://NAME.blob.core.windows.net/``), whoever asks. Only what ARM itself
computes is rewritten here, by the property's name: what somebody wrote into a body comes back as it was written.
"""

import re
import socket
from functools import lru_cache

from azureml_sandbox.http.synapse import OWN as SYNAPSE

_KEPT = 16
"""Answers that are kept as they were rewritten: lists, which come again."""
_KEYS = "blob|dfs|file|queue|table|web|vaultUri|blobUri|sasUri|uri"
_PORT = "(?::443)?"
"""Azure names https's port in the places that it hands out for uploads."""
_STORAGE = re.compile(
    rf'("(?:{_KEYS})"\s*:\s*")https://([a-z0-9]+)\.(blob|dfs|file|queue|table|web)\.core\.windows\.net{_PORT}'.encode()
)
_VAULT = re.compile(rb'("vaultUri"\s*:\s*")https://([a-z0-9-]+)\.vault\.azure\.net', re.IGNORECASE)

_SYNAPSE = re.compile(rb'("dev"\s*:\s*")https://([a-z0-9-]+)\.dev\.azuresynapse\.net')
_DATABRICKS = re.compile(rb'("workspaceUrl"\s*:\s*")(adb-[0-9]+\.[0-9]+)\.azuredatabricks\.net')
_ANYWHERE = re.compile(rf"()https://([a-z0-9]+)\.(blob|dfs|file)\.core\.windows\.net{_PORT}".encode())
_HISTORY = re.compile(rb'("discoveryUrl"\s*:\s*")https://[a-z0-9]+\.api\.azureml\.ms/discovery"')
_SCORING = re.compile(
    rb'("(?:scoringUri|swaggerUri)"\s*:\s*")https://([a-z0-9-]+\.[a-z0-9]+)\.inference\.ml\.azure\.com', re.IGNORECASE
)

_ROUTED = re.compile(rb'("(?:scoringUri|swaggerUri)"\s*:\s*")https?://[^/"]+(/api/v1/endpoint/)')


class ServerAddresses:
    """How this server's data planes are addressed.

    `by_name`: by names below ``localhost``, as ``NAME.blob.core.localhost``, which need a resolver that knows them;
    otherwise storage accounts and vaults are a path.
    """

    def __init__(self, port: int, *, by_name: bool) -> None:
        self.by_name = by_name
        self._host = f".core.localhost:{port}".encode()
        self._paths = f"https://localhost:{port}/".encode()
        own = f"localhost:{port}"
        vault = rf"https://\2.vault.{own}" if by_name else rf"https://{own}/vault/\2"
        synapse = rf"https://\2.{SYNAPSE}:{port}" if by_name else rf"https://{own}/synapse/\2"
        databricks = rf"\2.azuredatabricks.{own}" if by_name else rf"{own}/databricks/\2"
        self._named: tuple[tuple[bytes, re.Pattern[bytes], bytes], ...] = (
            (b".azureml.ms/", _HISTORY, rf'\1https://{own}/discovery"'.encode()),
            (b".inference.ml.", _SCORING, rf"\1https://{own}/inference/\2".encode()),
            (b"/api/v1/endpoint/", _ROUTED, rf"\1https://{own}\2".encode()),
            (b".azuresynapse.net", _SYNAPSE, rf"\1{synapse}".encode()),
            (b".azuredatabricks.net", _DATABRICKS, rf"\1{databricks}".encode()),
            (b".azure.net", _VAULT, rf"\1{vault}".encode()),
        )
        """What shows that an answer may have an address, the address, and what is written instead."""
        self._rewrite = lru_cache(_KEPT)(self._rewrite_once)

    def _storage(self, found: re.Match[bytes]) -> bytes:
        """Return one address of a storage account's; lists have hundreds, and a template is slower by far."""
        before, account, service = found.groups()
        if self.by_name:
            return b"".join((before, b"https://", account, b".", service, self._host))
        return b"".join((before, self._paths, service, b"/", account))

    def rewrite(self, body: bytes) -> bytes:
        """Return an answer of ARM's with this server's addresses."""
        return self._rewrite(body)

    def _rewrite_once(self, body: bytes) -> bytes:
        for sign, address, instead in self._named:
            if sign in body:
                body = address.sub(instead, body)
        return _STORAGE.sub(self._storage, body) if b".windows.net" in body else body

    def rewrite_everywhere(self, body: bytes) -> bytes:
        """Return an answer in which every address is the service's own."""
        return _ANYWHERE.sub(self._storage, body)


def resolves() -> bool:
    """Return whether this machine knows that names below ``localhost`` are itself (RFC 6761)."""
    try:
        found = socket.getaddrinfo("sandbox.blob.core.localhost", 443, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(address[4][0] in ("127.0.0.1", "::1") for address in found)
