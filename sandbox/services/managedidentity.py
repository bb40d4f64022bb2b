"""Microsoft.ManagedIdentity: identities that exist by themselves."""

from __future__ import annotations

from arm.names import RULES
from sandbox.resource import Body, ResourceType, Write


class UserAssignedIdentity(ResourceType):
    """A user-assigned identity, with its principal."""

    type = "Microsoft.ManagedIdentity/userAssignedIdentities"
    tracked = True
    state = None
    created_status = 201
    name_rule = RULES["user_assigned_identity"]

    def computed(self, write: Write) -> Body:
        """The principal that Entra makes."""
        return {
            "tenantId": write.azure.tenant,
            "principalId": write.azure.identities.principal(write.id.text),
            "clientId": write.azure.identities.client(write.id.text),
        }
