"""What the workflows need in a subscription: state that isn't lost, a key for its secrets, and two identities.

One may read, for pull requests; the other may write, for what was merged. Neither has a password: GitHub's own tokens
are taken for theirs. Nobody, an admin included, reads the state with an account key.
"""

import pulumi
from pulumi_azure_native import authorization, keyvault, managedidentity, resources, storage

from azureml_arm import clouds, roles
from azureml_arm.names import assignment_guid, azure_name

config, azure = pulumi.Config(), pulumi.Config("azure-native")
repository, region = config.require("repository"), config.require("region")
environments = [name.strip() for name in config.require("environments").split(",") if name.strip()]
subscription = azure.require("subscriptionId")
cloud = clouds.choose({clouds.SETTING: azure.get("environment")})
tenant = azure.get("tenantId") or authorization.get_client_config().tenant_id

GROUP = config.get("resourceGroup") or "rg-azureml-state"
SALT = f"{subscription}/{GROUP}/{repository}"
ISSUER, AUDIENCE = "https://token.actions.githubusercontent.com", "api://AzureADTokenExchange"
DAYS = 90
"""How long deleted and overwritten state can be restored."""
GUARDRAILS = (
    "Microsoft.Authorization/roleDefinitions/read",
    "Microsoft.Authorization/roleDefinitions/write",
    "Microsoft.Authorization/roleDefinitions/delete",
)
"""What `guardrails: {data_scientist_role: …}` takes, and no built-in role has that can't also grant all."""
UNGRANTABLE = ("Owner", "User Access Administrator", "Role Based Access Control Administrator")
"""What the identity that writes can't give anybody, so that it can't become more than it is."""

group = resources.ResourceGroup("group", resource_group_name=GROUP, location=region)

account = storage.StorageAccount(
    "state",
    account_name=azure_name("storage", "state", "", SALT),
    resource_group_name=group.name,
    location=region,
    kind="StorageV2",
    sku={"name": "Standard_ZRS"},
    allow_blob_public_access=False,
    allow_shared_key_access=False,
    default_to_o_auth_authentication=True,
    enable_https_traffic_only=True,
    minimum_tls_version="TLS1_2",
    opts=pulumi.ResourceOptions(protect=not config.get_bool("disposable")),
)
service = storage.BlobServiceProperties(
    "history",
    account_name=account.name,
    resource_group_name=group.name,
    blob_services_name="default",
    is_versioning_enabled=True,
    delete_retention_policy={"enabled": True, "days": DAYS},
    container_delete_retention_policy={"enabled": True, "days": DAYS},
)
container = storage.BlobContainer(
    "container",
    account_name=account.name,
    resource_group_name=group.name,
    container_name="state",
    opts=pulumi.ResourceOptions(depends_on=[service]),
)
vault = keyvault.Vault(
    "vault",
    vault_name=azure_name("key_vault", "state", "", SALT),
    resource_group_name=group.name,
    location=region,
    properties={
        "tenantId": tenant,
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
        "enableSoftDelete": True,
        "enablePurgeProtection": True,
    },
    opts=pulumi.ResourceOptions(protect=not config.get_bool("disposable")),
)
key = keyvault.Key(
    "key",
    vault_name=vault.name,
    resource_group_name=group.name,
    key_name="pulumi",
    properties={"kty": "RSA", "keySize": 4096, "keyOps": ["encrypt", "decrypt", "wrapKey", "unwrapKey"]},
)


def identity(name: str, subjects: dict[str, str]) -> managedidentity.UserAssignedIdentity:
    """An identity for which GitHub's tokens with one of these subjects are taken."""
    made = managedidentity.UserAssignedIdentity(
        name, resource_name_=f"id-azureml-{name}", resource_group_name=group.name, location=region
    )
    before: list[pulumi.Resource] = []  # Azure takes one of an identity's credentials after another
    for word, subject in subjects.items():
        credential = managedidentity.FederatedIdentityCredential(
            f"{name}-{word}",
            federated_identity_credential_resource_name=word,
            resource_name_=made.name,
            resource_group_name=group.name,
            issuer=ISSUER,
            subject=f"repo:{repository}:{subject}",
            audiences=[AUDIENCE],
            opts=pulumi.ResourceOptions(depends_on=before),
        )
        before = [credential]
    return made


def grant(
    to: managedidentity.UserAssignedIdentity,
    word: str,
    role: str,
    scope: pulumi.Input[str],
    *,
    definition: pulumi.Input[str] | None = None,
    condition: str = "",
) -> authorization.RoleAssignment:
    """Give an identity a role, a built-in one unless its definition's id is given.

    The assignment's name is the same in every run.
    """
    return authorization.RoleAssignment(
        word,
        role_assignment_name=assignment_guid(SALT, role, word),
        scope=scope,
        principal_id=to.principal_id,
        principal_type="ServicePrincipal",
        role_definition_id=roles.definition_id(role, subscription) if definition is None else definition,
        condition=condition or None,
        condition_version="2.0" if condition else None,
    )


def without_the_powerful() -> str:
    """Grants and revokes any role but those that could grant themselves more."""
    guids = ", ".join(found.id for role in UNGRANTABLE if (found := roles.find(role)))
    kept = "Microsoft.Authorization/roleAssignments"
    parts = (("write", "Request"), ("delete", "Resource"))
    return " AND ".join(
        f"((!(ActionMatches{{'{kept}/{verb}'}})) OR "
        f"(@{of}[{kept}:RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {{{guids}}}))"
        for verb, of in parts
    )


preview = identity("preview", {"pull-request": "pull_request", "main": "ref:refs/heads/main"})
up = identity("up", {f"environment-{name}": f"environment:{name}" for name in environments})

everything = f"/subscriptions/{subscription}"
grant(preview, "preview-reads", "Reader", everything)
grant(up, "up-writes", "Contributor", everything)
grant(up, "up-grants", "Role Based Access Control Administrator", everything, condition=without_the_powerful())
if config.get_bool("guardrails"):
    # Whoever writes role definitions can write one with every right, and give it to themselves.
    grant(up, "up-writes-policies", "Resource Policy Contributor", everything)
    definitions = authorization.RoleDefinition(
        "guardrails-role",
        role_definition_id=assignment_guid(SALT, "guardrails-role"),
        scope=everything,
        role_name=f"Role definitions of platforms ({GROUP})",
        description="What `guardrails:` of a platform needs beyond Contributor",
        role_type="CustomRole",
        assignable_scopes=[everything],
        permissions=[{"actions": list(GUARDRAILS)}],
    )
    grant(up, "up-writes-roles", "guardrails-role", everything, definition=definitions.id)
of_state = [
    grant(preview, "preview-reads-state", "Storage Blob Data Reader", container.id),
    grant(up, "up-writes-state", "Storage Blob Data Contributor", container.id),
]
of_vault = [
    grant(preview, "preview-decrypts", "Key Vault Crypto User", key.id),
    grant(up, "up-encrypts", "Key Vault Crypto User", key.id),
]

# A lock keeps whatever is below it from being deleted, so it comes last and, with `disposable`, goes first.
for name, kept, below in (("state", account, [container, *of_state]), ("vault", vault, [key, *of_vault])):
    authorization.ManagementLockByScope(
        f"{name}-lock",
        lock_name="kept",
        scope=kept.id,
        level="CanNotDelete",
        notes="Without it no stack knows what it has made.",
        opts=pulumi.ResourceOptions(depends_on=below),
    )

# Pulumi's storage client takes the public cloud's domain unless it is named (google/go-cloud, blob/azureblob).
domain = "" if cloud == clouds.PUBLIC else f"&domain=blob.{cloud.storage}"
backend = pulumi.Output.concat("azblob://", container.name, "?storage_account=", account.name, domain)
provider = pulumi.Output.concat("azurekeyvault://", vault.name, f".{cloud.key_vault}/keys/", key.name)
pulumi.export("variables", {
    "AZURE_TENANT_ID": tenant,
    "AZURE_SUBSCRIPTION_ID": subscription,
    "AZURE_PREVIEW_CLIENT_ID": preview.client_id,
    "AZURE_UP_CLIENT_ID": up.client_id,
    "PULUMI_BACKEND_URL": backend,
})  # fmt: skip
pulumi.export("commands", [
    pulumi.Output.concat("pulumi login '", backend, "'"),
    pulumi.Output.concat("pulumi stack init dev --secrets-provider '", provider, "'"),
    pulumi.Output.concat("gh variable set AZURE_PREVIEW_CLIENT_ID --body ", preview.client_id),
])  # fmt: skip
