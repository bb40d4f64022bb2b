"""ID tokens of CI systems: verified by PyJWT against the issuer's published keys before a claim is looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from azureml_arm.credentials import claims_of
from azureml_policies.requester import web
from azureml_policies.requester.model import UnidentifiedError

if TYPE_CHECKING:
    import jwt

ALGORITHM = "RS256"
"""What GitHub, GitLab and Azure DevOps sign with (`id_token_signing_alg_values_supported`)."""
LEEWAY = 30
"""Seconds by which clocks may differ."""
_OWN = ": let the job request one itself"
_REFUSALS = {
    "ExpiredSignatureError": "expired at {expiry}: run the job again",
    "ImmatureSignatureError": "isn't valid yet: set the clock of the machine that runs the job",
    "InvalidAudienceError": (
        "is for the audience '{audience}', not for '{trust.audience}': set `{trust.section}.audience`"
    ),
    "InvalidSignatureError": "isn't signed by '{trust.issuer}'" + _OWN,
    "InvalidAlgorithmError": "isn't signed with {algorithm}" + _OWN,
    "MissingRequiredClaimError": "is incomplete ({error})" + _OWN,
    "PyJWKClientError": "is signed with a key that '{trust.issuer}' doesn't publish" + _OWN,
    "PyJWKSetError": (
        "can't be verified, for '{trust.issuer}' publishes no keys that can be used: "
        "see `{trust.section}.{trust.issuer_setting}`"
    ),
    "PyJWTError": "can't be read ({error})" + _OWN,
}
"""What PyJWT's errors mean for whoever runs the job, by the nearest class."""


@dataclass(frozen=True)
class Trust:
    """Whose tokens are believed, and for whom they must be."""

    issuer: str
    audience: str
    keys: str
    """Where the issuer publishes its keys (JWKS)."""
    section: str
    """The config's section, for messages."""
    issuer_setting: str = "issuer"
    """The setting in it that says who the issuer is."""


def verify(token: str, trust: Trust) -> dict[str, Any]:
    """Return the claims of a token that holds in every respect; UnidentifiedError says in which it doesn't."""
    import jwt

    try:
        _check_issuer(jwt.decode(token, options={"verify_signature": False}), trust)
        return jwt.decode(
            token,
            _key(token, trust),
            algorithms=[ALGORITHM],
            audience=trust.audience,
            issuer=trust.issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud"]},
        )
    except jwt.PyJWTError as error:
        raise UnidentifiedError(_refusal(error, token, trust)) from None


def _check_issuer(claims: dict[str, Any], trust: Trust) -> None:
    """Raise UnidentifiedError for a foreign issuer, before its keys are fetched and reported as unknown."""
    if claims.get("iss") != trust.issuer:
        raise UnidentifiedError(
            f"the ID token was issued by '{claims.get('iss')}', not by '{trust.issuer}': "
            f"set `{trust.section}.{trust.issuer_setting}` if that is yours"
        )


def _key(token: str, trust: Trust) -> jwt.PyJWK:
    import jwt

    class Keys(jwt.PyJWKClient):
        """Reads the keys with our retries and time limit."""

        def fetch_data(self) -> Any:
            """Return the key set, as JSON."""
            return web.fetch(self.uri, {})

    try:
        return Keys(trust.keys).get_signing_key_from_jwt(token)
    except web.WebError as error:
        raise UnidentifiedError(
            f"the keys of '{trust.issuer}' can't be read from {trust.keys} ({error}), so the ID token can't be "
            "verified: let the job reach that address, or try again"
        ) from None


def _refusal(error: Exception, token: str, trust: Trust) -> str:
    claims = _peek(token)
    kinds = (kind.__name__ for kind in type(error).__mro__)
    reason = next(_REFUSALS[kind] for kind in kinds if kind in _REFUSALS)
    return "the ID token " + reason.format(
        expiry=moment(claims.get("exp")), audience=claims.get("aud"), error=error, trust=trust, algorithm=ALGORITHM
    )


def _peek(token: str) -> dict[str, Any]:
    try:
        return claims_of(token)
    except ValueError:
        return {}


def text(claims: dict[str, Any], name: str) -> str:
    """Return a claim that must be there."""
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise UnidentifiedError(f"the ID token has no claim '{name}': the CI system is too old, or it is another one")
    return value


def moment(seconds: Any) -> str:
    """Return a time in a token, to be read by people."""
    try:
        return datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (TypeError, ValueError, OverflowError, OSError):
        return f"{seconds}"


def is_expired(seconds: Any) -> bool:
    """Return whether a time in a token is past, or none."""
    return not isinstance(seconds, int | float) or not seconds > time.time()  # neither is NaN
