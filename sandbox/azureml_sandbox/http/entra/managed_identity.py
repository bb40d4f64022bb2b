"""The endpoint that a machine in Azure has for its identity's tokens (IMDS), which is plain http.

https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token. The machine
here is the sandbox's own application, unless somebody else is named. It is also how azure-identity's default signs in
under `azureml-sandbox run`: with a client id and a secret it asks the real Entra first whether the authority is one.
"""

from azureml_arm.sandbox import PEOPLE
from azureml_sandbox.azure import Azure
from azureml_sandbox.http import tokens
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.tokens import LIFETIME, Issuer
from azureml_sandbox.model import people
from azureml_sandbox.model.identities import ASSIGNED, CLIENT

ADDRESS = "169.254.169.254"
PATH = "/metadata/identity/oauth2/token"


def handle(azure: Azure, issuer: Issuer, request: Request) -> Response:
    """Answer a request for a token; nothing else is here."""
    if request.path.rstrip("/") != PATH:
        return _refuse(404, "not_found", f"There is only {PATH} here: everything else is on https.")
    if request.method != "GET":
        return _refuse(405, "method_not_allowed", f"{request.method} is not supported.")
    if request.header("metadata").lower() != "true":
        return _refuse(400, "bad_request_102", "Required metadata header not specified")
    resource = request.query.get("resource", "")
    if not resource:
        return _refuse(400, "invalid_request", "Required query variable 'resource' is missing")
    found = _identity(azure, request)
    if found is None:
        return _refuse(400, "invalid_request", "Identity not found: the sandbox has no such user-assigned identity.")
    client, principal = found
    times = issuer.times()
    claims = tokens.claims(azure, client, resource, times, principal)
    document = {
        "access_token": issuer.sign(claims),
        "client_id": client,
        "expires_in": str(LIFETIME),
        "expires_on": str(times[1]),
        "ext_expires_in": str(LIFETIME),
        "not_before": str(times[0]),
        "resource": resource,
        "token_type": "Bearer",
    }
    return Response.json(200, document)


def _identity(azure: Azure, request: Request) -> tuple[str, str] | None:
    """Return the client and object id that a request names: a user-assigned identity's, or one of the people's."""
    wanted = [request.query[name].lower() for name in ("client_id", "object_id", "msi_res_id", "mi_res_id")
              if request.query.get(name)]  # fmt: skip
    if not wanted or wanted[0] == CLIENT:
        return CLIENT, azure.identities.application(CLIENT)
    person = PEOPLE.get(wanted[0]) or people.by_object_id(wanted[0])
    if person is not None:
        return person.object_id, person.object_id
    for one in azure.resources(ASSIGNED):
        client, principal = azure.identities.client(one["id"]), azure.identities.principal(one["id"])
        if wanted[0] in (client, principal, one["id"].lower()):
            return client, principal
    return None


def _refuse(status: int, code: str, text: str) -> Response:
    return Response.json(status, {"error": code, "error_description": text})
