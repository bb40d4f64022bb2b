"""The signed-in identity: who asks where no pipeline does.

The token is one for Azure Resource Manager, which alone can verify it: whoever forges one here gets nothing from
there. Claims: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from azureml_arm.clouds import PUBLIC
from azureml_arm.credentials import claims_of
from azureml_arm.sandbox import TENANT
from azureml_policies.requester import tokens
from azureml_policies.requester.model import Person, Requester, UnidentifiedError
from azureml_policies.requester.settings import Settings

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_NAMES = ("upn", "preferred_username", "unique_name", "name", "app_displayname", "appid", "oid")
_OVERAGE = ("_claim_names", "hasgroups")
"""Claims that say that there are more groups than a token holds."""

CredentialFactory = Callable[[], "TokenCredential"]


class SignedIn:
    """Whoever is signed in to Azure on this machine. One token is asked for, however often it is needed."""

    def __init__(self, credential: CredentialFactory, scope: str = PUBLIC.scope) -> None:
        self._credential, self._scope = credential, scope
        self._claims: dict[str, Any] | None = None

    def applies(self, environ: Mapping[str, str]) -> bool:  # noqa: ARG002 - the last resort, anywhere
        """Return true: it is asked last."""
        return True

    def requester(self, environ: Mapping[str, str], settings: Settings) -> Requester:
        """Return the identity in the token; UnidentifiedError where none is signed in, or only a pipeline is."""
        claims = self.claims()
        object_id, tenant = str(claims["oid"]).lower(), str(claims.get("tid") or "").lower()
        signed_in_as = _name(claims)
        if _is_application(claims) and tenant != TENANT and (environ.get("CI") or settings.pipelines):
            raise UnidentifiedError(
                f"the application '{signed_in_as}' is signed in, and a pipeline's own identity is not who asks: "
                "run it in the CI system that the pack's config sets up, or sign in yourself"
            )
        person = Person(object_id, settings.name_of(object_id) or signed_in_as, _groups(claims), tenant)
        return Requester((person,))

    @property
    def tenant(self) -> str:
        """Return the tenant of the identity."""
        return str(self.claims().get("tid") or "").lower()

    def claims(self) -> dict[str, Any]:
        """Return what the token says of the identity."""
        if self._claims is None:
            self._claims = _check(self._token())
        return self._claims

    def _token(self) -> str:
        from azure.core.exceptions import AzureError, ClientAuthenticationError

        try:
            return self._credential().get_token(self._scope).token
        except ClientAuthenticationError as error:
            raise UnidentifiedError(f"no one is signed in: run `az login` ({_first_line(error)})") from None
        except (AzureError, OSError, ValueError) as error:
            raise UnidentifiedError(
                f"Entra can't be asked who is signed in ({_first_line(error)}): try again, or run `az login`"
            ) from None


def _check(token: str) -> dict[str, Any]:
    try:
        claims = claims_of(token)
    except ValueError as error:
        raise UnidentifiedError(f"the token for Azure can't be read ({error}): run `az login` again") from None
    if not isinstance(claims.get("oid"), str) or not claims["oid"]:
        raise UnidentifiedError(
            "the token for Azure names no object id (`oid`): sign in with a work account, by `az login`"
        )
    if tokens.is_expired(claims.get("exp")):
        raise UnidentifiedError(
            f"the sign-in of {_name(claims)} expired at {tokens.moment(claims.get('exp'))}: run `az login` again"
        )
    return claims


def _name(claims: Mapping[str, Any]) -> str:
    return next(str(claims[name]) for name in _NAMES if claims.get(name))


def _is_application(claims: Mapping[str, Any]) -> bool:
    """Decide by `idtyp` where the token has it, else by the names that only a user's token holds."""
    kind = claims.get("idtyp")
    return kind == "app" if kind else not any(claims.get(name) for name in ("upn", "unique_name", "preferred_username"))


def _groups(claims: Mapping[str, Any]) -> frozenset[str]:
    groups = claims.get("groups")
    if not isinstance(groups, list) or any(claims.get(name) for name in _OVERAGE):
        return frozenset()
    return frozenset(str(group).lower() for group in groups)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
