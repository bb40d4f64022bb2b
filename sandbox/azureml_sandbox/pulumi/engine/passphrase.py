"""Pulumi's passphrase encryption of secret configuration: PBKDF2-SHA256 and AES-256-GCM.

The salt line and each value are ``v1:`` and base64 parts: the salt is ``v1:SALT:v1:NONCE:TEXT`` (its text says
"pulumi", to detect a wrong passphrase), a value ``v1:NONCE:TEXT``.
"""

import base64
import functools
import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_ITERATIONS = 1_000_000
_KEY_BYTES = 32


def decrypt(secure: str, passphrase: str, salt: str) -> str:
    """Return the text of a value; ValueError for a wrong passphrase or a damaged value."""
    _version, encoded, check = salt.split(":", 2)
    key = _key(passphrase, base64.b64decode(encoded))
    _open(key, check, "the passphrase is not the one this stack was encrypted with")
    return _open(key, secure, "the value is damaged")


@functools.lru_cache(maxsize=4)
def _key(passphrase: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ITERATIONS, _KEY_BYTES)


def _open(key: bytes, sealed: str, otherwise: str) -> str:
    try:
        _version, nonce, text = sealed.split(":")
        return AESGCM(key).decrypt(base64.b64decode(nonce), base64.b64decode(text), None).decode()
    except (InvalidTag, ValueError) as error:
        raise ValueError(otherwise) from error
