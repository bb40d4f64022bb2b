"""Tokens that are signed, and believed only if they were: RS256, by a key that is kept beside the state."""

import base64
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from azureml_sandbox.http.tokens import LIFETIME, Claims, TokenRefusedError, read
from azureml_sandbox.server.files import write_private

ALGORITHM = "RS256"
_FOREIGN = (ALGORITHM, "PS256")
"""What others may sign with: MSAL signs by a certificate with the latter."""
_BITS, _REMEMBERED = 2048, 4096
_INVALID = "The access token is invalid."


class SignedTokens:
    """Signs with one key; also reads the tokens of issuers whose keys are in a file (issuer -> JSON Web Key Set)."""

    strict = True

    def __init__(self, key_file: Path, issuers_file: Path) -> None:
        self._key = _key(key_file)
        self._issuers_file = issuers_file
        self._public = self._key.public_key()
        numbers: dict[str, Any] = RSAAlgorithm.to_jwk(self._public, as_dict=True)
        digest = hashlib.sha256(json.dumps(numbers, sort_keys=True).encode()).digest()
        self._kid = base64.urlsafe_b64encode(digest[:20]).decode().rstrip("=")
        self._jwk = {**numbers, "kid": self._kid, "x5t": self._kid, "use": "sig", "alg": ALGORITHM}
        self._known: dict[str, Claims] = {}

    def times(self) -> tuple[int, int]:
        """Return when a token of now begins and ends, after as long as Entra's."""
        now = int(time.time())
        return now, now + LIFETIME

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a JWT."""
        return jwt.encode(dict(claims), self._key, ALGORITHM, {"kid": self._kid})

    def keys(self) -> list[Claims]:
        """Return the one public key."""
        return [self._jwk]

    def verify(self, token: str) -> Claims:
        """Return what a token says that was signed here and is good now."""
        claims = self._known.get(token)
        if claims is None:
            claims = _decode(token, self._public)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[token] = claims
        _check_times(claims)
        return claims

    def verify_foreign(self, token: str) -> Claims:
        """Return what a token says whose issuer's keys are in the file of issuers."""
        issuer = str((read(token) or {}).get("iss"))
        keys = self._issuers().get(issuer)
        if keys is None:
            raise TokenRefusedError(
                "InvalidAuthenticationToken",
                f"No matching federated identity record found for the issuer '{issuer}'. The sandbox fetches nobody's "
                f'keys: add {{"{issuer}": {{"keys": [...]}}}}, its JSON Web Key Set, to {self._issuers_file}.',
            )
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = next(key for key in jwt.PyJWKSet.from_dict(keys).keys if kid in (None, key.key_id))
        except (StopIteration, jwt.PyJWTError):
            text = f"{self._issuers_file} has no key of '{issuer}' that the token names."
            raise TokenRefusedError("InvalidAuthenticationToken", text) from None
        claims = _decode(token, key.key, _FOREIGN)
        _check_times(claims)
        return claims

    def _issuers(self) -> dict[str, Any]:
        try:
            found = json.loads(self._issuers_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            text = f"{self._issuers_file} is not valid JSON: {error}"
            raise TokenRefusedError("InvalidAuthenticationToken", text) from None
        return found if isinstance(found, dict) else {}


def _decode(token: str, key: Any, algorithms: Sequence[str] = (ALGORITHM,)) -> Claims:
    try:
        required = ["exp", "iss", "aud"]
        unchecked = dict.fromkeys(("verify_aud", "verify_exp", "verify_nbf", "verify_iat"), False)
        options: Any = {**unchecked, "require": required}
        claims: Claims = jwt.decode(token, key, list(algorithms), options)
    except jwt.PyJWTError as error:
        raise TokenRefusedError("InvalidAuthenticationToken", f"{_INVALID} ({error})") from None
    if not all(isinstance(claims.get(name, 0), int | float) for name in ("exp", "nbf")):
        raise TokenRefusedError("InvalidAuthenticationToken", _INVALID)
    return claims


def _check_times(claims: Claims) -> None:
    now = time.time()
    if claims["exp"] < now:
        text = (
            f"The access token expiry UTC time '{_utc(claims['exp'])}' is earlier than current UTC time '{_utc(now)}'."
        )
        raise TokenRefusedError("ExpiredAuthenticationToken", text)
    if claims.get("nbf", 0) > now + 1:
        raise TokenRefusedError("InvalidAuthenticationToken", f"{_INVALID} (It isn't good yet.)")


def _utc(seconds: float) -> str:
    try:
        return time.strftime("%m/%d/%Y %H:%M:%S", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def _key(file: Path) -> rsa.RSAPrivateKey:
    if file.is_file():
        key = serialization.load_pem_private_key(file.read_bytes(), None)
        if isinstance(key, rsa.RSAPrivateKey):
            return key
    made = rsa.generate_private_key(65537, _BITS)
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(file, pem)
    return made
