"""The services of a storage account: what each adds, and the plane that leads to them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter

from azureml_sandbox.azure import Azure
from azureml_sandbox.data.blobs import Blobs
from azureml_sandbox.http import plane
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import Found, Plane, Site, suffix
from azureml_sandbox.http.storage import access
from azureml_sandbox.http.storage.access import Operation, StorageCall
from azureml_sandbox.model.errors import ArmError

_HOST = re.compile(rf"([a-z0-9-]+)\.(blob|dfs|file|queue|table)\.(?:{suffix('storage')})")
_PATH = re.compile(r"/(blob|dfs|file|queue|table)/([^/]+)(/.*|$)")


@dataclass(frozen=True)
class StorageService:
    """One service: how it finds the operation that a request is for and the permission that it takes."""

    name: str
    select: Callable[[StorageCall], tuple[Operation, str]]
    blobs: Callable[[Azure], Blobs] = attrgetter("blobs")
    """Its part of the accounts' data."""
    refuse: Callable[[ArmError, Request], Response] = access.refuse

    def handle(self, azure: Azure, account: str, request: Request, prefixes: tuple[str, ...] = ("",)) -> Response:
        """Answer a request to an account's endpoint; `prefixes` are paths that may have led to it."""
        place = access.place_of(self.name, account, request)
        try:
            permissions = access.permissions(azure, place, request, prefixes)
            return access.perform(StorageCall(azure, self.blobs(azure), place, request, permissions), self.select)
        except ArmError as error:
            return self.refuse(error, request)


Operations = Mapping[tuple[str, str, str], tuple[Operation, str]]


def operation(operations: Operations, call: StorageCall, kind: str, module: str) -> tuple[Operation, str]:
    """Return the operation for a request's method, a kind of thing and ``comp``; ArmError where none is modelled."""
    comp = call.request.query.get("comp", "")
    found = operations.get((call.request.method, kind, comp))
    if found is None:
        shown = f"{call.request.method} of a {kind or 'container'} with comp={comp or '(none)'}"
        raise not_modelled(shown, module)
    return found


def not_modelled(shown: str, module: str) -> ArmError:
    """Return the refusal of an operation that the sandbox doesn't have."""
    return ArmError(501, "NotImplemented", f"The sandbox doesn't model {shown}; add it to azureml_sandbox/{module}.")


def make_plane(services: tuple[StorageService, ...]) -> Plane:
    """Return the plane of these services."""
    known = {service.name: service for service in services}

    def match(site: Site, request: Request) -> Found | None:
        found = _locate(site, request)
        return None if found is None or (not site.port and found.names[0] not in known) else found

    def authorise(allowed: plane.Authorizer, found: Found) -> Request:
        service, account = found.names
        if service not in known:
            raise not_modelled(f"the {service} service", "http/")
        return allowed.for_storage(found.request, service, account)

    def handle(found: Found) -> Response:
        service, account = found.names
        return known[service].handle(found.azure, account, found.request, ("", f"/{service}/{account}"))

    return Plane("storage", match, handle, authorise, _refuse, in_process=True)


def _locate(site: Site, request: Request) -> Found | None:
    """Find the service and the account: in the host's name, or, on a server, in the path."""
    if site.is_local(request):
        path = _PATH.fullmatch(request.path)
        if path is None:
            return None
        service, account = path[1], path[2]
        return Found(site, _without(request, f"/{service}/{account}"), (service, account.lower()))
    host = _HOST.fullmatch(request.host)
    return None if host is None else Found(site, request, (host[2], host[1]))


def _without(request: Request, prefix: str) -> Request:
    """Return a request as the service behind a prefix of its path sees it."""
    rest = request.url.removeprefix(request.base)
    return replace(request, url=request.base + rest.replace(prefix, "", 1))


def _refuse(error: ArmError, found: Found) -> Response:
    return access.refuse(error, found.request)
