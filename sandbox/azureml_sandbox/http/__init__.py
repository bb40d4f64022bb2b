"""Azure's HTTP, without a network: a request to one of its hosts becomes a call of the model.

Transport-neutral: a patched client, a server on loopback or a test hands over a `Request` and gets a `Response`.
"""

from __future__ import annotations

from azureml_sandbox.azure import Azure
from azureml_sandbox.http import arm
from azureml_sandbox.http.entra import endpoints as entra
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.optional import datalake as dfs
from azureml_sandbox.http.optional import discovery
from azureml_sandbox.http.optional import fileshares as files
from azureml_sandbox.http.storage import blob

__all__ = ["HostNotModelledError", "Request", "Response", "handle"]

ARM_HOST = "management.azure.com"
ENTRA_HOSTS = frozenset({"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"})
STORAGE = {"blob": blob.handle, "dfs": dfs.handle, "file": files.handle}
"""The services of a storage account that are modelled."""
STORAGE_SUFFIX = ".core.windows.net"


class HostNotModelledError(Exception):
    """A request to a host that the sandbox doesn't stand in for."""


def handle(azure: Azure, request: Request) -> Response:
    """Answer a request as Azure would; HostNotModelledError for any host but theirs."""
    host = request.host
    if host == ARM_HOST:
        return arm.handle(azure, request)
    if host in ENTRA_HOSTS:
        return entra.handle(azure, request)
    account, _, service = host.removesuffix(STORAGE_SUFFIX).partition(".")
    if host.endswith(STORAGE_SUFFIX) and service in STORAGE:
        return STORAGE[service](azure, account, request)
    if discovery.HOST.fullmatch(host) and discovery.is_ours(request.path):
        return discovery.handle(azure, request)
    raise HostNotModelledError(
        f"{request.method} {request.url}: the sandbox doesn't stand in for {host or 'a URL without a host'}, and lets "
        f"no request out. It answers for {ARM_HOST}, {', '.join(sorted(ENTRA_HOSTS))} and "
        f"*.({'|'.join(STORAGE)}){STORAGE_SUFFIX}; another host "
        "needs a handler in sandbox/http/."
    )
