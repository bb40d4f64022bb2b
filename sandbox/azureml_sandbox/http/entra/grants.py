"""The ways to a token that Entra's token endpoint takes: https://learn.microsoft.com/entra/identity-platform."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from azureml_arm.sandbox import PEOPLE
from azureml_sandbox.azure import Azure
from azureml_sandbox.http import tokens
from azureml_sandbox.http.message import Request
from azureml_sandbox.http.tokens import LIFETIME, Claims, Issuer, TokenRefusedError
from azureml_sandbox.model import derived, people
from azureml_sandbox.model.identities import SECRET

EXCHANGE = "api://AzureADTokenExchange"
"""The audience of a token that is exchanged for one of Entra's (workload identity federation)."""
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
REFRESH, DEVICE = "sandbox:refresh", "sandbox:device"
"""The audiences of tokens that are only for the token endpoint itself."""
_OPENID = frozenset({"openid", "profile", "email", "offline_access"})
_DEVICE_LIFETIME = 900


class SignInRefusedError(Exception):
    """A sign-in that Entra refuses: OAuth's error code, and Entra's text with its number."""

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status


@dataclass(frozen=True)
class Desk:
    """One request to Entra, with all that answers it; `approver` is the person who approves device codes."""

    azure: Azure
    issuer: Issuer
    request: Request
    tenant: str
    approver: str

    @cached_property
    def form(self) -> dict[str, str]:
        """Return the fields that were sent."""
        try:
            fields = parse_qs(self.request.body.decode())
        except (UnicodeDecodeError, ValueError):
            raise SignInRefusedError("invalid_request", "AADSTS900144: the body is no form.") from None
        return {name: values[0] for name, values in fields.items()}

    @cached_property
    def client(self) -> str:
        """Return the client id; one of the sandbox's people may be named."""
        given = self.form.get("client_id", "")
        if not given:
            raise SignInRefusedError(
                "invalid_request", "AADSTS900144: The request body must contain the following parameter: 'client_id'."
            )
        person = PEOPLE.get(given.lower())
        return person.object_id if person else given

    @cached_property
    def scopes(self) -> list[str]:
        """Return the scopes asked for; with a device code, those of its own request."""
        made = self.form.get("device_code", "")
        if made and "scope" not in self.form:
            return [str(scope) for scope in _private_claims(self, made, DEVICE).get("scope", ())]
        return self.form.get("scope", "").split()

    @cached_property
    def audience(self) -> str:
        """Return the resource that the token is for."""
        resource = next((scope for scope in self.scopes if scope not in _OPENID), self.form.get("resource", ""))
        if not resource:
            raise SignInRefusedError("invalid_scope", "AADSTS70011: The provided value for 'scope' is not valid.")
        if resource.endswith("/.default"):
            return resource.removesuffix("/.default")
        return resource.rpartition("/")[0] if resource in self.scopes and "://" in resource else resource


def token(desk: Desk) -> Claims:
    """Return what the token endpoint answers."""
    name = desk.form.get("grant_type", "")
    grant = GRANTS.get(name)
    if grant is None:
        taken = ", ".join(GRANTS)
        hint = " (No one in the sandbox has a password: use a device code, or a client id and its secret.)"
        text = f"AADSTS70003: the sandbox doesn't support the grant '{name}'; it takes {taken}."
        raise SignInRefusedError("unsupported_grant_type", text + (hint if name == "password" else ""))
    return grant(desk)


def _client_credentials(desk: Desk) -> Claims:
    _check_credential(desk)
    claims = tokens.claims(desk.azure, desk.client, desk.audience, desk.issuer.times())
    return _bearer(desk.issuer.sign(claims))


def _check_credential(desk: Desk) -> None:
    secret, assertion = desk.form.get("client_secret"), desk.form.get("client_assertion")
    if not (secret or assertion):
        text = "AADSTS7000216: 'client_assertion' or 'client_secret' is required."
        raise SignInRefusedError("invalid_client", text, 401)
    if not desk.issuer.strict:
        return
    if assertion:
        _check_assertion(desk, assertion)
    elif secret != SECRET:
        text = f"AADSTS7000215: Invalid client secret provided. (In the sandbox every secret is '{SECRET}'.)"
        raise SignInRefusedError("invalid_client", text, 401)


def _check_assertion(desk: Desk, assertion: str) -> None:
    if desk.form.get("client_assertion_type") != JWT_BEARER:
        raise SignInRefusedError("invalid_request", f"AADSTS900144: 'client_assertion_type' must be {JWT_BEARER}.")
    given = tokens.read(assertion)
    if given is None:
        raise SignInRefusedError("invalid_client", "AADSTS50027: The client assertion is not a JWT.", 401)
    ours = given.get("iss") == tokens.issuer_of(desk.azure)
    try:
        claims = desk.issuer.verify(assertion) if ours else desk.issuer.verify_foreign(assertion)
    except TokenRefusedError as refused:
        raise SignInRefusedError("invalid_client", f"AADSTS700211: {refused.message}", 401) from None
    # A client that signs for itself has a certificate, and names the endpoint that it asks.
    itself = str(claims.get("iss")).lower() == desk.client.lower()
    expected = desk.request.url.partition("?")[0] if itself else EXCHANGE
    if claims.get("aud") != expected:
        text = f"AADSTS700212: No matching federated identity record found for the audience '{claims.get('aud')}'; "
        raise SignInRefusedError("invalid_client", f"{text}it must be '{expected}'.", 401)


def device_code(desk: Desk) -> Claims:
    """Start a sign-in on another device; it is approved already, by the sandbox's `approver`."""
    made = _private(desk, DEVICE, {"appid": desk.client, "scope": desk.scopes}, _DEVICE_LIFETIME)
    page = f"https://{desk.request.authority}/common/oauth2/deviceauth"
    return {
        "device_code": made,
        "user_code": derived.alphanumeric("device", made)[1:9].upper(),
        "verification_uri": page,
        "expires_in": _DEVICE_LIFETIME,
        "interval": 1,
        "message": f"There is nothing to do: the sandbox signs you in as {desk.approver}.",
    }


def _device_code(desk: Desk) -> Claims:
    _private_claims(desk, desk.form.get("device_code", ""), DEVICE)
    return _for_a_person(desk, PEOPLE[desk.approver].object_id)


def _refresh_token(desk: Desk) -> Claims:
    claims = _private_claims(desk, desk.form.get("refresh_token", ""), REFRESH)
    return _for_a_person(desk, str(claims["oid"]))


def _for_a_person(desk: Desk, principal: str) -> Claims:
    """Return the access, refresh and id token of somebody who is signed in through an application."""
    times = desk.issuer.times()
    access = desk.issuer.sign(tokens.claims(desk.azure, desk.client, desk.audience, times, principal))
    person = people.by_object_id(principal)
    home = {"uid": principal, "utid": desk.azure.tenant}
    identity = {
        "aud": desk.client,
        "iss": f"https://{desk.request.authority}/{desk.azure.tenant}/v2.0",
        "iat": times[0],
        "exp": times[1],
        "oid": principal,
        "sub": principal,
        "tid": desk.azure.tenant,
        "name": person.name if person else principal,
        "preferred_username": people.upn(person) if person else principal,
        "ver": "2.0",
    }
    return {
        **_bearer(access),
        "scope": " ".join(desk.scopes),
        "refresh_token": _private(desk, REFRESH, {"appid": desk.client, "oid": principal}),
        "id_token": desk.issuer.sign(identity),
        "client_info": base64.urlsafe_b64encode(json.dumps(home).encode()).decode().rstrip("="),
    }


def _private(desk: Desk, audience: str, claims: dict[str, Any], seconds: int = 0) -> str:
    """Return a token that only the token endpoint reads."""
    issued, expires = desk.issuer.times()
    times = {"iat": issued, "nbf": issued, "exp": issued + seconds if seconds else expires}
    return desk.issuer.sign({"aud": audience, "iss": tokens.issuer_of(desk.azure), **times, **claims})


def _private_claims(desk: Desk, text: str, audience: str) -> Claims:
    try:
        claims = desk.issuer.verify(text)
    except TokenRefusedError as refused:
        raise SignInRefusedError("invalid_grant", f"AADSTS70000: {refused.message}") from None
    if claims.get("aud") != audience or str(claims.get("appid")).lower() != desk.client.lower():
        raise SignInRefusedError("invalid_grant", "AADSTS70000: The grant was issued for another purpose or client.")
    return claims


def _bearer(access: str) -> Claims:
    return {"token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME, "access_token": access}


GRANTS: dict[str, Callable[[Desk], Claims]] = {
    "client_credentials": _client_credentials,
    "refresh_token": _refresh_token,
    DEVICE_CODE: _device_code,
}
