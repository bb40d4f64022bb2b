"""Values that Azure makes up (GUIDs, keys, names), here derived from the resource's id so that runs repeat."""

import base64
import hashlib
import uuid

_NAMESPACE = uuid.UUID("5d1c3f1e-6b0a-4d0c-9a2e-8f6f6a3b7c11")

MOMENT = "2026-01-01T00:00:00Z"
"""When everything happens in the sandbox, so that what it returns is the same in every run."""

PURGED = "2026-04-01T00:00:00Z"
"""When Azure ends by itself what was deleted at that time: 90 days later."""


def guid(*parts: str) -> str:
    """Return a GUID for an id and a purpose, whatever the letter case."""
    return str(uuid.uuid5(_NAMESPACE, "|".join(parts).lower()))


def key(*parts: str) -> str:
    """Return an access key: 64 bytes in base64, as storage accounts have them."""
    return base64.b64encode(hashlib.sha512("|".join(parts).lower().encode()).digest()).decode()


def alphanumeric(*parts: str) -> str:
    """Return 32 letters and digits that look random, a letter first."""
    return "a" + hashlib.sha256("|".join(parts).lower().encode()).hexdigest()[:31]
