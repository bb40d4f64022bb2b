"""One server's answers: each request goes to the first plane that matches it."""

import logging
import time
import uuid
from dataclasses import replace

from azureml_sandbox import page
from azureml_sandbox.azure import Azure
from azureml_sandbox.faults import DroppedConnectionError
from azureml_sandbox.http import PLANES
from azureml_sandbox.http.entra import managed_identity
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import LOOPBACK, Found, Plane, Site
from azureml_sandbox.http.tokens import Issuer
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.server.access import TokenAccess
from azureml_sandbox.server.addresses import ServerAddresses

_LOG = logging.getLogger("azureml_sandbox.server")


class Front:
    """One server's answers. `approver` is the person who approves every device code."""

    def __init__(
        self, azure: Azure, issuer: Issuer, port: int, *, by_name: bool = False, approver: str = "olga"
    ) -> None:
        self.azure = azure
        self.issuer = issuer
        self.recent = page.Recent()
        self._site = Site(azure, port, issuer, approver)
        self._addresses = ServerAddresses(port, by_name=by_name)
        self._access = TokenAccess(azure, issuer)
        self._planes = (page.make_plane(self.recent), *PLANES)

    def answer(self, request: Request) -> Response:
        """Answer a request, whatever it is, and keep it among the recent ones."""
        started, status = time.perf_counter(), None
        try:
            answer = self._answer(request)
            status = answer.status
            return answer
        finally:
            self.recent.add(request, status, time.perf_counter() - started)

    def answer_machine(self, request: Request) -> Response:
        """Answer a request to the endpoint that a machine's identity has, which is plain http."""
        if request.host not in LOOPBACK and request.host != managed_identity.ADDRESS:
            return self._refuse_address(request)
        return managed_identity.handle(self.azure, self.issuer, request)

    def _answer(self, request: Request) -> Response:
        """Answer a request; what fails in here is a bug, and the answer says so."""
        try:
            for plane in self._planes:
                found = plane.match(self._site, request)
                if found is not None:
                    return self._pass(plane, found)
            return self._refuse_address(request)
        except DroppedConnectionError:
            raise
        except RecursionError:
            return Response.refusal(bad_request("The request is nested too deeply.", "InvalidRequestContent"))
        except Exception:
            number = uuid.uuid4().hex
            _LOG.exception("request %s failed: %s %s", number, request.method, request.path)
            text = f"The sandbox itself failed, which is a bug in it; its log has the details of request {number}."
            return Response.refusal(ArmError(500, "InternalServerError", text))

    def _pass(self, plane: Plane, found: Found) -> Response:
        try:
            with self.azure.store.steady():
                answer = plane.handle(replace(found, request=plane.authorise(self._access, found)))
        except ArmError as error:
            return plane.refuse(error, found)
        return replace(answer, body=plane.render(self._addresses, answer.body))

    def _refuse_address(self, request: Request) -> Response:
        if request.host not in LOOPBACK:
            text = f"The sandbox doesn't answer for '{request.host}': ask https://localhost, or a name below it."
            return Response.refusal(ArmError(421, "MisdirectedRequest", text))
        text = (
            f"There is nothing at '{request.path}': ARM is below /subscriptions and /providers, Entra below "
            f"/{self.azure.tenant}, storage below /blob/ACCOUNT, key vaults below /vault/NAME."
        )
        return Response.refusal(ArmError(404, "NotFound", text))
