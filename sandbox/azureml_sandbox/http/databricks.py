"""Databricks' own interface, as far as its tokens go: https://docs.databricks.com/api/azure/workspace/tokens.

It takes Entra ID; here, of who made the workspace and whoever may change it, as it has no users of its own.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial

from azureml_sandbox.http.actions import ScopedAction
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import Authorizer, Found, Plane, locate
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.services import databricks

AUDIENCE = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
"""Azure Databricks' application."""
_HOST = re.compile(r"(adb-\d+\.\d+)\.azuredatabricks\.(?:net|localhost)")
_PATH = re.compile(r"/databricks/(adb-\d+\.\d+)(/.*)")
_LONGEST = 730 * 24 * 3600
"""Seconds that a token lasts at most
(https://learn.microsoft.com/azure/databricks/admin/access-control/tokens)."""


def _workspace(found: Found) -> Body:
    """Return the workspace that answers at an address; ArmError (404)."""
    every = found.azure.resources(databricks.Workspace.type)
    here = f"{found.names[0]}.azuredatabricks.net"
    workspace = next((one for one in every if one["properties"].get("workspaceUrl") == here), None)
    if workspace is None:
        raise ArmError(404, "RESOURCE_DOES_NOT_EXIST", f"No workspace answers at {here}.")
    return workspace


def _authorise(access: Authorizer, found: Found) -> Request:
    workspace = _workspace(found)
    made_by = str((workspace["properties"].get("createdBy") or {}).get("oid") or "")
    needed = ScopedAction(f"{databricks.Workspace.type}/write", str(workspace["id"]))
    return access.for_maker(found.request, made_by, needed, AUDIENCE)


def _refuse(error: ArmError, _found: Found) -> Response:
    return Response.json(error.status, {"error_code": error.code, "message": error.message})


def _create(found: Found, workspace: Body) -> Body:
    body = found.request.json_object("MALFORMED_REQUEST")
    seconds = body.get("lifetime_seconds", _LONGEST)
    if not isinstance(seconds, int) or not 0 < seconds <= _LONGEST:
        raise ArmError(400, "INVALID_PARAMETER_VALUE", f"lifetime_seconds is {seconds!r}; expected 1 to {_LONGEST}.")
    return found.azure.part(databricks.Tokens).make(workspace["id"], str(body.get("comment") or ""), seconds)


def _list(found: Found, workspace: Body) -> Body:
    return {"token_infos": found.azure.part(databricks.Tokens).of(workspace["id"])}


def _delete(found: Found, workspace: Body) -> Body:
    token = str(found.request.json_object("MALFORMED_REQUEST").get("token_id"))
    if not found.azure.part(databricks.Tokens).revoke(workspace["id"], token):
        raise ArmError(404, "RESOURCE_DOES_NOT_EXIST", f"Token with ID {token} does not exist!")
    return {}


_OPERATIONS: Mapping[tuple[str, str], Callable[[Found, Body], Body]] = {
    ("POST", "/api/2.0/token/create"): _create,
    ("GET", "/api/2.0/token/list"): _list,
    ("POST", "/api/2.0/token/delete"): _delete,
}


def _handle(found: Found) -> Response:
    method, path = found.request.method, found.names[1]
    operation = _OPERATIONS.get((method, path.rstrip("/")))
    if operation is None:
        text = f"The sandbox doesn't model {method} {path} of Databricks; add it to http/databricks.py."
        raise ArmError(501, "FEATURE_DISABLED", text)
    return Response.json(200, operation(found, _workspace(found)))


PLANE = Plane("Databricks", partial(locate, path=_PATH, host=_HOST), _handle, _authorise, _refuse, in_process=True)
