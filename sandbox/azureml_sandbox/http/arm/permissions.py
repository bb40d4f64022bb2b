"""What the caller may do at a scope: ``{scope}/providers/Microsoft.Authorization/permissions``.

https://learn.microsoft.com/rest/api/authorization/permissions
"""

import re

from azureml_arm.rbac.model import Permission
from azureml_arm.rbac.scopes import covers, segments
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.arm.lists import render_page
from azureml_sandbox.http.message import Response
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.services.authorization.rights import SignedInPrincipal


def permissions(call: Call, match: re.Match[str]) -> Response:
    """Return the permissions of every role that the caller has there, by themselves or by a group."""
    scope = call.azure.get(match[1])["id"]
    here = segments(scope)
    claims = call.request.claims or {}
    principal = SignedInPrincipal(str(claims.get("oid")), str(claims.get("oid")), frozenset(claims.get("groups") or ()))
    found: list[Body] = []
    for one in call.azure.rights.of(principal).assignments:
        above = segments(one.scope)
        if here is not None and above is not None and covers(above, here):
            found += [_render(block) for block in one.role.permissions]
    return render_page(call, found)


def _render(block: Permission) -> Body:
    return {
        "actions": list(block.actions),
        "notActions": list(block.not_actions),
        "dataActions": list(block.data_actions),
        "notDataActions": list(block.not_data_actions),
    }
