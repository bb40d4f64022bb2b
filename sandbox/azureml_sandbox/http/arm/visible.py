"""What somebody sees of subscriptions and groups in which they have any role."""

from collections.abc import Mapping
from typing import Any

from azureml_arm.rbac.scopes import covers, segments
from azureml_sandbox.azure import Azure
from azureml_sandbox.http.actions import required_action
from azureml_sandbox.model import people
from azureml_sandbox.services.authorization.rights import SignedInPrincipal


def principal_of(claims: Mapping[str, Any]) -> SignedInPrincipal:
    """Return who a verified token is of."""
    identity = str(claims["oid"]).lower()
    return SignedInPrincipal(
        identity, name_of(identity, str(claims.get("appid") or "")), frozenset(claims.get("groups") or ())
    )


def name_of(identity: str, application: str = "") -> str:
    """Return how messages call somebody."""
    person = people.by_object_id(identity)
    return people.upn(person) if person else application or identity


def has_role_in(azure: Azure, scope: str, principal: SignedInPrincipal) -> bool:
    """Return whether somebody has any role at a scope or below it."""
    here = segments(scope)
    found = (segments(one.scope) for one in azure.rights.of(principal).assignments)
    return here is not None and any(one is not None and covers(here, one) for one in found)


def is_listed(azure: Azure, scope: str, principal: SignedInPrincipal) -> bool:
    """Return whether ARM lists a subscription or group to somebody: they may read it, or have a role in it."""
    needed = required_action("GET", scope)
    may_read = needed is None or azure.rights.decide(needed.action, needed.scope, principal).allowed
    return may_read or has_role_in(azure, scope, principal)
