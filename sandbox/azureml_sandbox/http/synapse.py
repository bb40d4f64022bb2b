"""A Synapse workspace's own interface, as far as it says who has which role in it.

Requests and answers: azure-cli, src/azure-cli/azure/cli/command_modules/synapse/tests/latest/recordings/
test_access_control.yaml. Who may give roles: whoever made the workspace, and Azure Owners
(https://learn.microsoft.com/azure/synapse-analytics/security/synapse-workspace-synapse-rbac-roles).
"""

import re
from functools import partial

from azureml_arm.clouds import CLOUDS, PUBLIC
from azureml_sandbox.azure import Azure
from azureml_sandbox.http.actions import ScopedAction
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import Authorizer, Found, Plane, locate
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.services import synapse
from azureml_sandbox.services.synapse import RoleAssignment

AUDIENCE = f"https://{PUBLIC.synapse}"
OWN = "dev.azuresynapse.localhost"
"""The domain of a server's own Synapse workspaces."""
_HOST = re.compile(rf"([a-z0-9-]+)\.(?:{'|'.join(re.escape(one.synapse) for one in CLOUDS.values())}|{re.escape(OWN)})")
_PATH = re.compile(r"/synapse/([^/]+)(/.*|$)")
_ROLES = re.compile(r"/roleAssignments(?:/([0-9a-fA-F-]{36}))?/?")


def _authorise(access: Authorizer, found: Found) -> Request:
    workspace = _workspace(found)
    made_by = synapse.maker(workspace)
    needed = ScopedAction(f"{_GIVE}/{'read' if found.request.method == 'GET' else 'write'}", str(workspace["id"]))
    return access.for_maker(found.request, made_by, needed, AUDIENCE, f"https://{OWN}:{found.site.port}")


_GIVE = "Microsoft.Authorization/roleAssignments"


def _workspace(found: Found) -> Body:
    name = found.names[0].lower()
    there = found.azure.find_named(synapse.Workspace.type, name)
    if there is None:
        raise ArmError(404, "WorkspaceNotFound", f"The sandbox has no Synapse workspace named '{name}'.")
    return there


def _handle(found: Found) -> Response:
    workspace, azure, request = _workspace(found), found.azure, found.request
    synapse.refuse_strangers(azure, workspace)
    path = _ROLES.fullmatch(found.names[1])
    if path is None:
        text = (
            f"The sandbox doesn't model {request.method} {found.names[1] or '/'} of Synapse; add it to http/synapse.py."
        )
        raise ArmError(501, "NotImplemented", text)
    if path[1] is None:
        given = [_render(one) for one in azure.list(str(workspace["id"]), RoleAssignment.type)]
        wanted = [one for one in given if request.query.get("principalId", one["principalId"]) == one["principalId"]]
        return Response.json(200, {"count": len(wanted), "value": wanted})
    return _one(azure, request, f"{workspace['id']}/roleAssignments/{path[1].lower()}")


def _one(azure: Azure, request: Request, assignment: str) -> Response:
    if request.method == "PUT":
        return Response.json(200, _render(azure.provide(assignment, {"properties": request.json_object("BadRequest")})))
    if request.method == "DELETE":
        azure.delete(assignment)
        return Response(204)
    found = azure.find(assignment)
    if found is None:
        raise ArmError(404, "RoleAssignmentNotFound", "RoleAssignmentNotFound")
    return Response.json(200, _render(found))


def _render(found: Body) -> Body:
    given = found["properties"]
    return {
        "id": found["name"],
        "roleDefinitionId": given["roleId"],
        "principalId": given["principalId"],
        "scope": given["scope"],
        "principalType": given.get("principalType"),
    }


PLANE = Plane("Synapse", partial(locate, path=_PATH, host=_HOST), _handle, _authorise, in_process=True)
