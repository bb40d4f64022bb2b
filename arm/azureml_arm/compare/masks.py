"""Secrets: by which names they are known, and what stands where one isn't shown."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

Path = tuple[str, ...]
"""The names of properties on the way to a value, as they are written."""

MASK = "[secret]"
"""What Pulumi shows instead of a secret."""

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The property by which Pulumi marks a secret, an asset and the like (sdk/go/common/resource: SigKey)."""

_MASKS = re.compile(r"\[secret\]|\*{3,}|<(hidden|redacted)>", re.IGNORECASE)
_SECRET = re.compile(
    r"passw(or)?d$|passphrase$|secrets?$|secretvalue$|token$|^sas$|sas(uri|url)$|connectionstrings?$|signature$"
    r"|(account|access|shared|primary|secondary|api|instrumentation|private|encryption|master|client)key(data|s)?$"
    r"|^(pat|key|key[12]|keys)$|certificatedata$|^credentialvalue$"
)
_BELOW_SECRETS = frozenset({"secrets", "secret", "protectedsettings", "configurationprotectedsettings"})


def is_masked(value: Any) -> bool:
    """Return whether something stands where a secret isn't shown."""
    return isinstance(value, str) and _MASKS.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def is_secret(path: Path) -> bool:
    """Return whether a property holds a secret by its name: a public key doesn't, what is below `secrets` does."""
    names = [name.lower() for name in path]
    return bool(names) and (_SECRET.search(names[-1]) is not None or not _BELOW_SECRETS.isdisjoint(names[:-1]))


def holds_secret(path: Path, value: Any) -> bool:
    """Return whether a value is a secret, or has one in it."""
    if is_secret(path):
        return True
    if isinstance(value, Mapping):
        return any(holds_secret((*path, key), item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(holds_secret(path, item) for item in value)
    return is_masked(value)
