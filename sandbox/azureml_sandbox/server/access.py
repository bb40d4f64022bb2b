"""Who asks, by their token, and whether Azure's role-based access control lets them."""

from azureml_arm import ids
from azureml_arm.rbac.scopes import segments
from azureml_sandbox.azure import Azure
from azureml_sandbox.http import actions, arm, keyvault, tokens
from azureml_sandbox.http.arm.checks import is_elsewhere
from azureml_sandbox.http.arm.visible import has_role_in, principal_of
from azureml_sandbox.http.message import Request
from azureml_sandbox.http.plane import ML_AUDIENCE
from azureml_sandbox.http.storage import access as storage
from azureml_sandbox.http.tokens import Issuer, TokenRefusedError
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.server import rights
from azureml_sandbox.services.authorization.rights import SignedInPrincipal


class TokenAccess:
    """The checks before a request reaches the model."""

    def __init__(self, azure: Azure, issuer: Issuer) -> None:
        self._azure = azure
        self._issuer = issuer
        self._rights = azure.rights
        azure.authorise = rights.authoriser(azure)

    def for_arm(self, request: Request, *audiences: str) -> Request:
        """Return the request with what its token says, once its sender may do what it asks; ArmError."""
        _check_path(request)
        verified = self._verify(request, (*arm.AUDIENCES, *audiences), arm.AUDIENCES[0])
        needed = actions.required_action(request.method, request.path)
        is_here = is_elsewhere(request.path, self._azure.subscription) is None
        if needed is not None and is_here and not self._is_visible(request, verified):
            rights.check(self._azure, needed, principal_of(verified.claims or {}))
        return verified

    def for_plane(self, request: Request, needed: actions.ScopedAction) -> Request:
        """Return the same for a data plane of Azure ML, which takes the rights that ARM takes."""
        # azure-ai-ml makes Azure ML's name out of the portal's, which metadata has.
        own = (f"https://{request.authority}", f"https://ml.azure.{request.authority}")
        audiences = (*arm.AUDIENCES, ML_AUDIENCE, *own)
        verified = self._verify(request, audiences, arm.AUDIENCES[0])
        rights.check(self._azure, needed, principal_of(verified.claims or {}))
        return verified

    def for_storage(self, request: Request, service: str, account: str) -> Request:
        """Return the same for a storage account, which judges keys, signatures and the roles on its data itself."""
        if not request.header("authorization").lower().startswith("bearer"):
            return request
        audiences = (storage.AUDIENCE, f"https://{account}.{service}.core.windows.net")
        return self._verify(request, audiences, storage.AUDIENCE)

    def for_vault(self, request: Request, vault: str, path: str, *audiences: str) -> Request:
        """Return the same for a key vault, by roles or by its access policies."""
        verified = self._verify(request, (keyvault.AUDIENCE, *audiences), keyvault.AUDIENCE)
        needed = keyvault.required_access(request.method, path)
        try:
            resource = self._azure.vaults.vault(vault)
        except ArmError:
            return verified
        if needed is not None and not self._may_open(resource, *needed, principal_of(verified.claims or {})):
            text = f"Caller is not authorized to perform action on resource. Action: '{needed[0]}' ('{needed[1]}')."
            raise ArmError(403, "Forbidden", text)
        return verified

    def for_maker(self, request: Request, maker: str, needed: actions.ScopedAction, *audiences: str) -> Request:
        """Return the same for another service's workspace: for who made it, and whoever has a right on it in Azure."""
        verified = self._verify(request, audiences, audiences[0])
        principal = principal_of(verified.claims or {})
        if principal.object_id != maker:
            rights.check(self._azure, needed, principal)
        return verified

    def _verify(self, request: Request, audiences: tuple[str, ...], canonical: str) -> Request:
        scheme, _, token = request.header("authorization").partition(" ")
        if not token:
            text = "Authentication failed. The 'Authorization' header is missing or has no bearer token."
            raise ArmError(401, "AuthenticationFailed", text)
        if scheme.lower() != "bearer":
            text = f"Authentication failed. The authentication scheme '{scheme}' is not supported: use Bearer."
            raise ArmError(401, "AuthenticationFailedInvalidHeader", text)
        try:
            claims = self._issuer.verify(token.strip())
        except TokenRefusedError as refused:
            raise ArmError(401, refused.code, refused.message) from None
        issuer = tokens.issuer_of(self._azure)
        if claims.get("iss") != issuer or not claims.get("oid"):
            text = f"The token is from the wrong issuer '{claims.get('iss')}': it must be the tenant's, '{issuer}'."
            raise ArmError(401, "InvalidAuthenticationTokenTenant", text)
        audience = str(claims.get("aud")).rstrip("/")
        if audience not in audiences:
            text = (
                f"The access token has been obtained for wrong audience or resource '{claims.get('aud')}'. It should "
                f"exactly match one of the allowed audiences {', '.join(audiences)}."
            )
            raise ArmError(401, "InvalidAuthenticationTokenAudience", text)
        groups = self._azure.identities.groups(str(claims["oid"]))
        return request.with_claims({**claims, "aud": canonical, "groups": sorted(groups)})

    def _is_visible(self, request: Request, verified: Request) -> bool:
        """Return whether it only reads a subscription or group in which its sender has any role."""
        if request.method not in ("GET", "HEAD") or not ids.is_id(request.path):
            return False
        target = ids.parse(request.path)
        if target.type not in (ids.SUBSCRIPTION, ids.RESOURCE_GROUP):
            return False
        return has_role_in(self._azure, target.text, principal_of(verified.claims or {}))

    def _may_open(self, vault: dict[str, object], action: str, word: str, principal: SignedInPrincipal) -> bool:
        properties = vault["properties"]
        assert isinstance(properties, dict)  # noqa: S101 - every vault has them
        if properties.get("enableRbacAuthorization"):
            return self._rights.may_data(action, str(vault["id"]), principal)
        theirs = {principal.object_id, *principal.groups}
        for policy in properties.get("accessPolicies") or []:
            if str(policy.get("objectId")).lower() in theirs:
                allowed = [str(one).lower() for one in (policy.get("permissions") or {}).get("secrets") or []]
                if word in allowed or "all" in allowed:
                    return True
        return False


def _check_path(request: Request) -> None:
    if request.path.strip("/") and segments(request.path) is None:
        raise bad_request(f"The request URI '{request.encoded_path}' is not valid.", "InvalidRequestUri")
