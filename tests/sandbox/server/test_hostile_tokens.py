"""Tokens that nobody believes, and sign-ins that get none."""

import base64
import json
import re
import time
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_arm.sandbox import TENANT
from azureml_sandbox.azure import Azure
from azureml_sandbox.http.tokens import claims
from azureml_sandbox.model.identities import CLIENT
from azureml_sandbox.server.files import Home
from azureml_sandbox.server.keys import SignedTokens
from kit.hostile import ARM, GROUP, VERSION, Target, refusal


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forge(target: Target) -> dict[str, str]:
    """Tokens that nobody should believe, by what is wrong with them."""
    home = Home.of(target.served.folder)
    own = SignedTokens(home.ca / "tokens.key", home.issuers)
    good = claims(Azure(), CLIENT, ARM, own.times())
    key = rsa.generate_private_key(65537, 2048)
    public = jwt.PyJWK(own.keys()[0]).key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    own_key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    secret = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    head = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(good)}"
    mac = base64.urlsafe_b64encode(secret.sign(head.encode(), public)).decode().rstrip("=")
    now = int(time.time())
    return {
        "unsigned": jwt.encode(good, "", "none"),
        "without a signature": f"{part({'alg': 'none'})}.{part(good)}.",
        "another case of none": f"{part({'alg': 'nOnE'})}.{part(good)}.",
        "signed with the public key": f"{head}.{mac}",
        "another key": jwt.encode(good, key, "RS256", {"kid": own.keys()[0]["kid"]}),
        "its own key": jwt.encode(good, key, "RS256", {"jwk": own_key}),
        "another content": re.sub(r"\.[^.]+\.", f".{part({**good, 'oid': 'x'})}.", own.sign(good)),
        "expired": own.sign({**good, "exp": now - 10}),
        "not yet": own.sign({**good, "nbf": now + 3600}),
        "exp is no number": own.sign({**good, "exp": "soon"}),
        "no exp": own.sign({name: value for name, value in good.items() if name != "exp"}),
        "another audience": own.sign({**good, "aud": "https://vault.azure.net"}),
        "a list of audiences": own.sign({**good, "aud": [ARM]}),
        "another issuer": own.sign({**good, "iss": "https://sts.windows.net/elsewhere/"}),
        "nobody": own.sign({name: value for name, value in good.items() if name != "oid"}),
        "huge": own.sign({**good, "groups": ["x" * 36] * 500})[:-5],
        "no token": "x",
        "dots": "..",
        "deep": f"{part({'alg': 'RS256'})}.{base64.urlsafe_b64encode(b'[' * 30_000).decode()}.x",
        "not ASCII": "\xe9\xff",
    }


CODES = {
    "expired": "ExpiredAuthenticationToken",
    "another audience": "InvalidAuthenticationTokenAudience",
    "a list of audiences": "InvalidAuthenticationTokenAudience",
    "another issuer": "InvalidAuthenticationTokenTenant",
    "nobody": "InvalidAuthenticationTokenTenant",
}
"""The codes of those that are tokens, but not for here and now."""


def test_tokens_that_nobody_believes(target: Target) -> None:
    for why, token in forge(target).items():
        answer = refusal(target, "DELETE", f"{GROUP}{VERSION}", Authorization=f"Bearer {token}")
        assert (answer.status, answer.error["code"]) == (401, CODES.get(why, "InvalidAuthenticationToken")), why
        assert answer.headers["www-authenticate"].startswith("Bearer "), why
        assert 'error="invalid_token"' in answer.headers["www-authenticate"], why
    for scheme in ("", "Basic eDp4", "Bearer", "SharedKey sthostile:x", "Negotiate x"):
        assert refusal(target, "DELETE", f"{GROUP}{VERSION}", Authorization=scheme).status == 401


def test_a_signed_token_of_somebody_unknown_may_do_nothing(target: Target) -> None:
    home = Home.of(target.served.folder)
    own = SignedTokens(home.ca / "tokens.key", home.issuers)
    unknown = "99999999-0000-4000-8000-000000000000"
    token = own.sign({**claims(Azure(), CLIENT, ARM, own.times()), "oid": unknown, "sub": unknown})
    assert refusal(target, "DELETE", f"{GROUP}{VERSION}", Authorization=f"Bearer {token}").status == 403


@settings(max_examples=40)
@given(
    form=st.dictionaries(
        st.sampled_from(
            [
                "grant_type",
                "client_id",
                "client_secret",
                "scope",
                "refresh_token",
                "device_code",
                "client_assertion",
                "client_assertion_type",
                "resource",
                "username",
                "code",
            ]
        ),
        st.sampled_from(
            [
                "",
                "\0",
                "é",
                "client_credentials",
                "refresh_token",
                "olga",
                "a.b.c",
                "x" * 3000,
                "sandbox/.default",
                "urn:ietf:params:oauth:grant-type:device_code",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ]
        ),
    ),
    tenant=st.sampled_from([TENANT, "common", "organizations", "x", "%00"]),
)
def test_entra_hands_out_nothing_for_nothing(target: Target, form: dict[str, str], tenant: str) -> None:
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    answer = target.ask("POST", f"/{tenant}/oauth2/v2.0/token", urlencode(form).encode(), **kind)
    assert 400 <= answer.status < 500
    assert json.loads(answer.body)["error"]
