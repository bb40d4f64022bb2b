"""Microsoft.ManagedIdentity: identities that exist by themselves, and whose tokens stand for them."""

from azureml_arm import ids
from azureml_arm.names import RULES, NameRule
from azureml_sandbox.model.bodies import Body, lower_group_word
from azureml_sandbox.model.errors import bad_request, conflict
from azureml_sandbox.model.resource import ResourceType, Write

MOST = 20
"""Federated credentials that one identity may have
(https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations)."""


class UserAssignedIdentity(ResourceType):
    """A user-assigned identity, with its principal."""

    type = "Microsoft.ManagedIdentity/userAssignedIdentities"
    tracked = True
    state = None
    created_status = 201
    name_rule = RULES["user_assigned_identity"]

    def finish(self, _write: Write, resource: Body) -> Body:
        """Write ids in the service's own way."""
        return {**resource, "id": lower_group_word(resource["id"])}

    def computed_properties(self, write: Write) -> Body:
        """Return the principal that Entra makes."""
        return {
            "tenantId": write.azure.tenant,
            "principalId": write.azure.identities.principal(write.id.text),
            "clientId": write.azure.identities.client(write.id.text),
        }


class FederatedIdentityCredential(ResourceType):
    """Whose tokens are taken for the identity's: an issuer, and a subject that it names."""

    type = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
    state = None
    created_status = 201
    located = True
    name_rule = NameRule(
        r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,119}",
        "3 to 120 letters, digits, dashes and underscores, with a letter or digit first",
        "account",
        longest=120,
    )

    def finish(self, _write: Write, resource: Body) -> Body:
        """Write ids as the identity's are written."""
        return {**resource, "id": lower_group_word(resource["id"])}

    def check(self, write: Write) -> None:
        """Require issuer, subject and one audience; refuse two credentials with the same, and too many."""
        for needed in ("issuer", "subject", "audiences"):
            if not write.properties.get(needed):
                raise bad_request(f"A federated identity credential needs 'properties.{needed}'.", "InvalidRequest")
        if len(write.properties["audiences"]) != 1:
            raise bad_request("A federated identity credential has one audience.", "InvalidRequest")
        others = [
            one for one in write.azure.list(write.id.parent or "", self.type) if not ids.same(one["id"], write.id.text)
        ]
        if len(others) >= MOST:
            raise bad_request(f"An identity has at most {MOST} federated credentials.", "TooManyCredentials")
        if any(_claims(one["properties"]) == _claims(write.properties) for one in others):
            raise conflict("Issuer and subject combination already exists for this Managed Identity.")


def _claims(properties: Body) -> tuple[str, str]:
    return str(properties.get("issuer")), str(properties.get("subject"))
