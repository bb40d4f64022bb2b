"""What the page never shows: values of secrets, wherever a body or a request's query has them.

Most never reach it: the model keeps what a type declares as secret apart from its body. This is for what somebody wrote
into a place that isn't meant for secrets, so it hides rather too much.
"""

import re
from typing import Any
from urllib.parse import parse_qsl

HIDDEN = "•••"
_NAMES = re.compile(
    r"(passw(or)?d|passphrase|pwd|secret|token|connection[-_ ]?string|(?<!public)(?<!public[-_])(?<!^)[-_]?key"
    r"|sas([-_]?ur[il])?|signature|pat)s?(value)?$",
    re.IGNORECASE,
)
"""Names of properties whose texts are secrets, by how they end: ``accountKey``, ``client_secret``, ``DB_PASSWORD``."""
_HOLDERS = re.compile(r"(secrets|keys|protectedsettings|protectedparameters)$", re.IGNORECASE)
"""Names of objects that hold nothing else; what ends in ``Type`` in them is a kind."""
_PLAIN = frozenset(
    {"$expand", "$filter", "$orderby", "$select", "$skip", "$top", "action", "api-version", "comp", "forcetopurge"}
    | {"include", "listviewtype", "maxresults", "position", "prefix", "recursive", "resource", "restype", "timeout"}
)
"""A query's parameters that are shown with their values."""
_IN_TEXTS = (
    re.compile(r"(?<=[?&;\s])((?:sig|code|access_token|client_secret)=)[^&;\s\"']+", re.IGNORECASE),
    re.compile(r"\b((?:AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd|InstrumentationKey)\s*=\s*)[^;\"']+",
               re.IGNORECASE),
    re.compile(r"(://)[^/\s@:\"']*:[^/\s@\"']+(?=@)"),
    re.compile(r"()\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),
    re.compile(r"()-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
)  # fmt: skip
"""Secrets inside of texts: signatures, connection strings, user and password in a URL, tokens, private keys."""


def mask(value: Any, name: str = "", *, secret: bool = False) -> Any:
    """Return a body without the values of its secrets; `name` is the property that it is the value of."""
    if isinstance(value, dict):
        inside = secret or _HOLDERS.search(name) is not None or name.lower().endswith("/secrets")
        return {key: mask(one, str(key), secret=inside) for key, one in value.items()}
    if isinstance(value, list):
        return [mask(one, name, secret=secret) for one in value]
    if not isinstance(value, str) or not value:
        return value
    is_secret = (secret and not name.lower().endswith("type")) or _NAMES.search(name) is not None
    return HIDDEN if is_secret else text(value)


def text(value: str) -> str:
    """Return a text without the secrets that are in it."""
    for pattern in _IN_TEXTS:
        value = pattern.sub(rf"\1{HIDDEN}", value)
    return value


def query(raw: str) -> str:
    """Return a request's query as it is shown: only parameters that are known to be harmless keep their values."""
    given = parse_qsl(raw, keep_blank_values=True)
    shown = ((name, text(value) if name.lower() in _PLAIN else HIDDEN if value else "") for name, value in given)
    return "&".join(f"{name}={value}" if value else name for name, value in shown)
