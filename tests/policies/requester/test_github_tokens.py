"""GitHub's ID tokens: one that is incomplete, forged, or can't be verified names nobody."""

import base64
import json
from typing import Any

import jwt
import pytest

from azureml_policies.requester import web
from kit.ci_host import KID, Host, keys, sign
from kit.github_runs import JWKS, ask, claims, config, proposal, push


@pytest.fixture
def host(host: Host) -> Host:
    host.answers = {JWKS: keys(), **proposal("dana")}
    return host


@pytest.mark.parametrize("claim", ["event_name", "ref", "sha", "actor", "run_attempt", "repository"])
def test_a_token_that_says_too_little_names_nobody(host: Host, claim: str) -> None:
    fewer = {name: value for name, value in claims(host).items() if name != claim}
    assert ask(host, sign(fewer)).problem == (
        f"the ID token has no claim '{claim}': the CI system is too old, or it is another one"
    )


@pytest.mark.parametrize("claim", ["exp", "iat", "aud"])
def test_a_token_needs_its_claims(host: Host, claim: str) -> None:
    fewer = {name: value for name, value in claims(host).items() if name != claim}
    assert ask(host, sign(fewer)).problem == (
        f'the ID token is incomplete (Token is missing the "{claim}" claim): let the job request one itself'
    )


def test_a_foreign_signature_is_refused(host: Host) -> None:
    found = ask(host, sign(claims(host), by="foreign"))
    assert found.problem == f"the ID token isn't signed by '{host.url}': let the job request one itself"


def test_a_key_that_is_not_published_is_refused(host: Host) -> None:
    found = ask(host, sign(claims(host), by="foreign", kid="foreign"))
    assert found.problem == (
        f"the ID token is signed with a key that '{host.url}' doesn't publish: let the job request one itself"
    )


def test_claims_changed_after_signing_are_refused(host: Host) -> None:
    head, _, signature = sign(claims(host)).split(".")
    forged = base64.urlsafe_b64encode(json.dumps(push(host, actor="carl")).encode()).decode().rstrip("=")
    found = ask(host, f"{head}.{forged}.{signature}")
    assert found.problem == f"the ID token isn't signed by '{host.url}': let the job request one itself"


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_only_rs256_is_accepted(host: Host, algorithm: str) -> None:
    secret = "" if algorithm == "none" else keys()["keys"][0]["n"]
    token = jwt.encode(claims(host), secret, algorithm=algorithm, headers={"kid": KID})
    assert ask(host, token).problem == "the ID token isn't signed with RS256: let the job request one itself"


@pytest.mark.parametrize(
    ("token", "why"), [("", "Not enough segments"), ("a.b", "Not enough segments"), ("a.b.c", "Invalid header padding")]
)
def test_what_is_no_token_is_reported(host: Host, token: str, why: str) -> None:
    assert ask(host, token).problem == f"the ID token can't be read ({why}): let the job request one itself"


def test_keys_out_of_reach(host: Host) -> None:
    host.answers[JWKS] = 503
    assert ask(host, sign(claims(host))).problem == (
        f"the keys of '{host.url}' can't be read from {host.url}{JWKS} (HTTP 503 Service Unavailable), so the ID token "
        "can't be verified: let the job reach that address, or try again"
    )
    assert host.paths().count(JWKS) == 1 + len(web.PAUSES)


def test_keys_of_an_address_that_does_not_answer(host: Host) -> None:
    gone = "http://127.0.0.1:1"
    found = ask(host, sign(claims(host, iss=gone)), config(host, issuer=gone))
    assert found.problem.startswith(f"the keys of '{gone}' can't be read from {gone}{JWKS} (")
    assert "refused" in found.problem


@pytest.mark.parametrize("published", [{"keys": []}, {"nothing": 1}, {"keys": "none"}, {"keys": [{"kty": "RSA"}]}])
def test_keys_that_are_none(host: Host, published: Any) -> None:
    host.answers[JWKS] = published
    assert ask(host, sign(claims(host))).problem == (
        f"the ID token can't be verified, for '{host.url}' publishes no keys that can be used: "
        "see `guardrails.github.issuer`"
    )
