"""Azure's HTTP, without a network: a request to one of its hosts becomes a call of the model.

Transport-neutral: a patched client, a server on loopback or a test hands over a `Request` and gets a `Response`.
"""

from azureml_sandbox.azure import Azure
from azureml_sandbox.http import arm, databricks, keyvault, metadata, synapse
from azureml_sandbox.http.entra import endpoints as entra
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.optional import datalake, discovery, history, inference
from azureml_sandbox.http.plane import ARM_HOST, Plane, Site
from azureml_sandbox.http.storage import blob, fileshares
from azureml_sandbox.http.storage.service import StorageService, make_plane
from azureml_sandbox.model.errors import ArmError

__all__ = ["ARM_HOST", "PLANES", "HostNotModelledError", "Request", "Response", "handle"]

STORAGE: tuple[StorageService, ...] = (
    blob.SERVICE,
    fileshares.SERVICE,
    datalake.SERVICE,
)
"""The services of a storage account that are modelled."""
PLANES: tuple[Plane, ...] = (
    *history.PLANES,
    *inference.PLANES,
    keyvault.PLANE,
    databricks.PLANE,
    synapse.PLANE,
    make_plane(STORAGE),
    metadata.PLANE,
    discovery.PLANE,
    arm.PLANE,
    entra.PLANE,
)
"""Every interface that is modelled; the first that matches a request answers it."""


class HostNotModelledError(Exception):
    """A request to a host that the sandbox doesn't stand in for."""


def handle(azure: Azure, request: Request) -> Response:
    """Answer a request of this process as Azure would; HostNotModelledError for any host but theirs."""
    site = Site(azure)
    for plane in PLANES:
        found = plane.match(site, request) if plane.in_process else None
        if found is not None:
            try:
                return plane.handle(found)
            except ArmError as error:
                return plane.refuse(error, found)
    raise HostNotModelledError(
        f"{request.method} {request.url}: the sandbox doesn't stand in for {request.host or 'a URL without a host'}, "
        f"and lets no request out. It answers for {ARM_HOST}, {', '.join(sorted(entra.HOSTS))} and "
        f"*.({'|'.join(service.name for service in STORAGE)}).core.windows.net; another host needs a handler in "
        "sandbox/http/."
    )
