"""What Entra's tokens say of whom, and who vouches for them.

In this process tokens are unsigned: they say who asks, to a model that trusts everybody. A server signs them
(`azureml_sandbox.server.keys`) and believes only what it signed.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, Protocol

from azureml_arm.credentials import claims_of
from azureml_sandbox.azure import Azure
from azureml_sandbox.model import derived, people

ISSUED, EXPIRES = 1_767_225_600, 4_102_444_800
"""2026-01-01 and 2100-01-01: an unsigned token is the same in every run and doesn't run out."""
LIFETIME = 3599
"""Seconds, as Entra says."""
Claims = dict[str, Any]


class TokenRefusedError(Exception):
    """A token that isn't believed: ARM's code for it, and why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Issuer(Protocol):
    """Who signs tokens and checks them."""

    strict: bool
    """Whether secrets and assertions are checked at all."""

    def times(self) -> tuple[int, int]:
        """Return from when until when a token made now is good, in seconds since 1970."""

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a token with these claims."""

    def verify(self, token: str) -> Claims:
        """Return what a token of this issuer says; TokenRefusedError unless it was signed here and is good now."""

    def verify_foreign(self, token: str) -> Claims:
        """Return what somebody else's token says; TokenRefusedError unless their keys are known here."""

    def keys(self) -> list[Claims]:
        """Return the public keys, as a JSON Web Key Set lists them."""


class Unsigned:
    """Signs nothing and believes everything: for requests that never leave this process."""

    strict = False

    def times(self) -> tuple[int, int]:
        """Return the same times for every token."""
        return ISSUED, EXPIRES

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return the claims in a JWT's shape."""
        return ".".join([_part({"typ": "JWT", "alg": "none"}), _part(claims), "c2FuZGJveA"])

    def verify(self, token: str) -> Claims:
        """Return its claims, as they are."""
        claims = read(token)
        if claims is None:
            raise TokenRefusedError("InvalidAuthenticationToken", "The access token is invalid.")
        return claims

    verify_foreign = verify

    def keys(self) -> list[Claims]:
        """Return no keys."""
        return []


def read(token: str) -> Claims | None:
    """Return what a token says, unchecked; None for what is no token."""
    try:
        return claims_of(token)
    except (ValueError, RecursionError):
        return None


def issuer_of(azure: Azure) -> str:
    """Return the issuer that access tokens of the tenant name, as ARM's do."""
    return f"https://sts.windows.net/{azure.tenant}/"


def claims(azure: Azure, client: str, audience: str, times: tuple[int, int], principal: str = "") -> Claims:
    """Return an access token's claims: for an application, or for a person who is signed in through one."""
    who = principal or azure.identities.application(client)
    issued, expires = times
    return {
        "aud": audience,
        "iss": issuer_of(azure),
        "iat": issued,
        "nbf": issued,
        "exp": expires,
        "appid": client,
        **_subject(azure, who),
        "oid": who,
        "sub": who,
        "tid": azure.tenant,
        "uti": derived.guid("token", client, audience),
        "ver": "1.0",
    }


def _subject(azure: Azure, principal: str) -> Claims:
    """Return who it is, as tokens for applications and for users say it."""
    person = people.by_object_id(principal)
    groups = sorted(azure.identities.groups(principal))
    caller = {"idtyp": "app"} if person is None else {"idtyp": "user", "name": person.name, "upn": people.upn(person)}
    return {**caller, **({"groups": groups} if groups and person is not None else {})}


def _part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
