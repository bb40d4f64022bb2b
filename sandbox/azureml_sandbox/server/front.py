"""Which of Azure's services a request is for, by host and path; and what becomes of it."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import replace

from azureml_sandbox import page
from azureml_sandbox.azure import Azure
from azureml_sandbox.faults import DroppedConnectionError
from azureml_sandbox.http import ARM_HOST, ENTRA_HOSTS, STORAGE, arm, keyvault, metadata
from azureml_sandbox.http.actions import Asked
from azureml_sandbox.http.entra import endpoints as entra
from azureml_sandbox.http.entra import managed_identity as identity
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.optional import discovery, history, inference
from azureml_sandbox.http.storage import access as storage
from azureml_sandbox.http.tokens import Issuer
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.server.access import Access
from azureml_sandbox.server.addresses import Addresses

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NAMED = re.compile(r"([a-z0-9-]+)\.(?:(blob|dfs|file|queue|table)\.core\.(?:localhost|windows\.net)|"
                    r"(vault)\.(?:localhost|azure\.net))")  # fmt: skip
_PATHS = re.compile(r"/(blob|dfs|file|queue|table|vault)/([^/]+)(/.*|$)")
_ARM_ROOTS = frozenset({"subscriptions", "providers", "tenants"})
_LOG = logging.getLogger("azureml_sandbox.server")


class Front:
    """One server's answers. `approver` is the person who approves every device code."""

    def __init__(
        self, azure: Azure, issuer: Issuer, port: int, *, by_name: bool = False, approver: str = "olga"
    ) -> None:
        self.azure = azure
        self.issuer = issuer
        self.port = port
        self.addresses = Addresses(port, by_name=by_name)
        self.recent = page.Recent()
        self._access = Access(azure, issuer)
        self._approver = approver

    def answer(self, request: Request) -> Response:
        """Answer a request, whatever it is, and keep it among the recent ones."""
        started, status = time.perf_counter(), None
        try:
            answer = self._answered(request)
            status = answer.status
            return answer
        finally:
            self.recent.add(request, status, time.perf_counter() - started)

    def _answered(self, request: Request) -> Response:
        """The answer; what fails in here is a bug, and told as one."""
        try:
            return self._routed(request)
        except ArmError as error:
            return self._refused(error, request)
        except DroppedConnectionError:
            raise
        except RecursionError:
            return _json_error(400, "InvalidRequestContent", "The request is nested too deeply.")
        except Exception:
            number = uuid.uuid4().hex
            _LOG.exception("request %s failed: %s %s", number, request.method, request.path)
            text = f"The sandbox itself failed, which is a bug in it; its log has the details of request {number}."
            return _json_error(500, "InternalServerError", text)

    def answer_machine(self, request: Request) -> Response:
        """Answer a request to the endpoint that a machine's identity has, which is plain http."""
        if request.host not in LOOPBACK and request.host != identity.ADDRESS:
            return _misdirected(request)
        return identity.handle(self.azure, self.issuer, request)

    def _routed(self, request: Request) -> Response:
        return self._machine_learning(request) or self._resources(request)

    def _machine_learning(self, request: Request) -> Response | None:
        """The answer of one of Azure ML's data planes; None for what isn't theirs."""
        local = request.host in LOOPBACK
        if local or discovery.HOST.fullmatch(request.host):
            if history.is_discovery(request.path):
                return history.discovery(request.base)
            if history.is_ours(request.path):
                return self._history(request)
        scored = inference.PATH.fullmatch(request.path) if local else inference.HOST.fullmatch(request.host)
        return None if scored is None else self._inference(request, *(*scored.groups(), request.path)[:3])

    def _resources(self, request: Request) -> Response:
        host = request.host
        if host in LOOPBACK:
            is_page = page.is_ours(request.path)
            return page.handle(self.azure, request, self.recent) if is_page else self._by_path(request)
        if host == ARM_HOST or (discovery.HOST.fullmatch(host) and _is_arms(request.path)):
            return self._arm(request)
        if host in ENTRA_HOSTS:
            return self._entra(request)
        named = _NAMED.fullmatch(host)
        if named is None:
            return _misdirected(request)
        if named[3]:
            return self._vault(request, named[1], request.base, request.path)
        return self._storage(request, named[2], named[1])

    def _by_path(self, request: Request) -> Response:
        first = request.path.strip("/").partition("/")[0].lower()
        found = _PATHS.fullmatch(request.path)
        if found is not None:
            service, name, rest = found[1], found[2].lower(), found[3] or "/"
            base = f"{request.base}/{service}/{found[2]}"
            if service == "vault":
                return self._vault(request, name, base, rest)
            return self._storage(_moved(request, f"/{service}/{found[2]}"), service, name)
        if request.path.rstrip("/").lower() == "/metadata/endpoints":
            return metadata.handle(request, self.port)
        if first in _ARM_ROOTS or discovery.is_ours(request.path):
            return self._arm(request)
        if entra.is_tenant(self.azure, first) or "/oauth2/" in request.path or "/.well-known/" in request.path:
            return self._entra(request)
        text = (
            f"There is nothing at '{request.path}': ARM is below /subscriptions and /providers, Entra below "
            f"/{self.azure.tenant}, storage below /blob/ACCOUNT, key vaults below /vault/NAME."
        )
        return _json_error(404, "NotFound", text)

    def _history(self, request: Request) -> Response:
        verified = self._access.for_plane(request, history.asked(request))
        answer = history.handle(self.azure, verified)
        return replace(answer, body=self.addresses.told_everywhere(answer.body))

    def _inference(self, request: Request, name: str, region: str, path: str) -> Response:
        found = inference.endpoint(self.azure, name, region)
        needed = inference.needed(self.azure, found, request)
        if needed is not None:
            request = self._access.for_plane(request, needed)
        return inference.handle(self.azure, found, request, path)

    def _arm(self, request: Request) -> Response:
        request = arm.collapsed(request)
        listed = inference.JOBS.fullmatch(request.path) if discovery.is_ours(request.path) else None
        if listed is not None:
            batch = self.azure.get(listed[1])
            self._access.for_plane(request, Asked(inference.READ_JOBS, batch["id"]))
            return inference.jobs(self.azure, batch, listed[2])
        base = f"https://{request.authority}"
        # azure-ai-ml makes Azure ML's name out of the portal's, which metadata tells.
        own = (f"https://localhost:{self.port}", f"https://ml.azure.localhost:{self.port}")
        if discovery.is_ours(request.path):
            verified = self._access.for_arm(discovery.moved(request), base, discovery.AUDIENCE, *own)
            answer = discovery.handle(self.azure, replace(request, verified=verified.verified))
        else:
            answer = arm.handle(self.azure, self._access.for_arm(request, base, *own))
        return replace(answer, body=self.addresses.told(answer.body))

    def _entra(self, request: Request) -> Response:
        return entra.handle(self.azure, request, self.issuer, self._approver)

    def _storage(self, request: Request, service: str, account: str) -> Response:
        handler = STORAGE.get(service)
        if handler is None:
            text = f"The sandbox doesn't model the {service} service; add it to azureml_sandbox/http/."
            return storage.refused(ArmError(501, "NotImplemented", text), request)
        try:
            verified = self._access.for_storage(request, service, account)
        except ArmError as error:
            return storage.refused(error, request)
        return handler(self.azure, account, verified, ("", f"/{service}/{account}"))

    def _vault(self, request: Request, name: str, base: str, path: str) -> Response:
        local = f"vault.localhost:{self.port}"
        by_name = request.authority.endswith(f".{local}")
        resource = f"https://{local}" if by_name else keyvault.AUDIENCE
        if not request.header("authorization"):
            return keyvault.challenge(f"localhost:{self.port}", self.azure.tenant, resource)
        verified = self._access.for_vault(request, name, path, resource)
        own = f"https://{name}.{local}" if request.host in LOOPBACK else base
        return keyvault.handle(self.azure, name, verified, base, path, own=own)

    def _refused(self, error: ArmError, request: Request) -> Response:
        answer = Response.json(error.status, error.body)
        if error.status != 401:  # noqa: PLR2004 - unauthorised
            return answer
        where = f"https://{request.authority}/{self.azure.tenant}"
        told = (
            f'Bearer authorization_uri="{where}", error="invalid_token", error_description="{_quotable(error.message)}"'
        )
        return replace(answer, headers={**answer.headers, "WWW-Authenticate": told})


def _is_arms(path: str) -> bool:
    """Whether it is one of ARM's below an address of Azure ML: its own, or an operation that is polled there."""
    return discovery.is_ours(path) or path.strip("/").partition("/")[0].lower() in _ARM_ROOTS


def _moved(request: Request, prefix: str) -> Request:
    """The request as the service behind a path prefix sees it."""
    cut: Callable[[str], str] = lambda url: url.replace(prefix, "", 1)  # noqa: E731
    return replace(request, url=request.base + cut(request.url.removeprefix(request.base)))


def _quotable(text: str) -> str:
    return text.replace("\\", "/").replace('"', "'").encode("ascii", "replace").decode()


def _misdirected(request: Request) -> Response:
    text = f"The sandbox doesn't answer for '{request.host}': ask https://localhost, or a name below it."
    return _json_error(421, "MisdirectedRequest", text)


def _json_error(status: int, code: str, message: str) -> Response:
    return Response.json(status, ArmError(status, code, message).body)
