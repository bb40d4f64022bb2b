"""Whether a name may be had: ``checkNameAvailability`` of the services whose names are the world's."""

from __future__ import annotations

import re

from azureml_arm import ids
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.message import Response
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request, not_modelled
from azureml_sandbox.model.resource import ResourceType, Write
from azureml_sandbox.services import TYPES

_INVALID = {"Microsoft.ContainerRegistry/registries": "Invalid"}
_NOT_VALID, TAKEN = "AccountNameInvalid", "AlreadyExists"
"""The reasons; storage and Key Vault say the first one for what breaks a rule."""
_RESERVED = ("microsoft", "windows", "login", "xbox")
"""What no resource may be called
(https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-reserved-resource-name)."""


def availability(call: Call, match: re.Match[str]) -> Response:
    """Return whether a service's name is free."""
    kind = _kind(call, match[2])
    call.azure.get(match[1])
    name = str(call.body.get("name") or "")
    reason, message = _reason(call, kind, name)
    told: Body = {"nameAvailable": not reason}
    return Response.json(200, {**told, "reason": reason, "message": message} if reason else told)


def resource_name(call: Call, _match: re.Match[str]) -> Response:
    """Return whether a name is a reserved word."""
    name, type_name = str(call.body.get("name") or ""), str(call.body.get("type") or "")
    reserved = any(word in name.lower() for word in _RESERVED)
    return Response.json(200, {"name": name, "type": type_name, "status": "Reserved" if reserved else "Allowed"})


def _kind(call: Call, namespace: str) -> ResourceType:
    given = str(call.body.get("type") or "")
    if not given:
        raise bad_request("The request needs a 'type', such as Microsoft.Storage/storageAccounts.")
    kind = TYPES.get(given.lower())
    if kind is None or kind.unique is None or given.partition("/")[0].lower() != namespace.lower():
        raise not_modelled(f"{namespace}/checkNameAvailability of {given}", namespace_known=True)
    return kind


def _reason(call: Call, kind: ResourceType, name: str) -> tuple[str, str]:
    if kind.name_rule is not None and not kind.name_rule.allows(name):
        text = f"'{name}' is not a valid name: expected {kind.name_rule.sentence}."
        return _INVALID.get(kind.type, _NOT_VALID), text
    target = ids.parse(f"/subscriptions/{call.azure.subscription}/resourceGroups/-/providers/{kind.type}/{name or '-'}")
    claim = kind.uniqueness(Write(call.azure, target, {"location": str(call.body.get("location") or "")}, None, ""))
    if claim is not None and call.azure.holder(claim[0]) is not None:
        return TAKEN, claim[1].refusal(name).message
    return "", ""
