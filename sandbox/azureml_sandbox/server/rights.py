"""Whether Azure's role-based access control lets somebody do something, and how it refuses."""

from collections.abc import Callable

from azureml_arm.rbac.model import Decision, Effect
from azureml_sandbox.azure import Azure
from azureml_sandbox.http.actions import ScopedAction
from azureml_sandbox.http.arm.visible import name_of
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.services.authorization.rights import SignedInPrincipal


def check(azure: Azure, needed: ScopedAction, principal: SignedInPrincipal) -> None:
    """Raise ArmError where somebody may not do something."""
    decision = azure.rights.decide(needed.action, needed.scope, principal)
    if not decision.allowed:
        raise _forbidden_error(decision, principal)


def authoriser(azure: Azure) -> Callable[[str, str, str], None]:
    """Return what raises ArmError where a caller, by object id, may not do an action at a scope."""

    def authorise(caller: str, action: str, scope: str) -> None:
        groups = azure.identities.groups(caller)
        check(azure, ScopedAction(action, scope), SignedInPrincipal(caller.lower(), name_of(caller), groups))

    return authorise


def _forbidden_error(decision: Decision, principal: SignedInPrincipal) -> ArmError:
    who = f"The client '{principal.name}' with object id '{principal.object_id}'"
    denies = decision.of(Effect.DENIES)
    if denies and decision.of(Effect.GRANTS):
        text = (
            f"{who} has permission to perform action '{decision.action}' on scope '{decision.scope}'; however, the "
            f"access is denied because of the {denies[0].what} and Id '{denies[0].id}'."
        )
        return ArmError(403, "DenyAssignmentAuthorizationFailed", text)
    text = (
        f"{who} does not have authorization to perform action '{decision.action}' over scope '{decision.scope}' or the "
        "scope is invalid. If access was recently granted, please refresh your credentials."
    )
    return ArmError(403, "AuthorizationFailed", text)
