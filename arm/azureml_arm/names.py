"""What Azure allows as a name, and deterministic names that it allows.

Rules: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules, and for Azure ML's own
resources the patterns of its REST API (2025-12-01) and of `az ml`.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from uuid import UUID, uuid5

Scope = Literal["world", "region", "subscription", "resource group", "workspace", "account", "endpoint"]

ANONYMOUS_COMPONENT = "azureml_anonymous"
"""The name of all components without one, by az ml; the service chooses the version of each."""


@dataclass(frozen=True)
class NameRule:
    """What a name of one kind may look like, and where it must be the only one.

    `sentence` says the pattern in words, to follow "expected". `short` is the word that generated names start with.
    """

    pattern: str
    sentence: str
    scope: Scope
    short: str = ""
    longest: int = 255

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Return the compiled pattern; use `fullmatch`."""
        return re.compile(self.pattern)

    def allows(self, name: str) -> bool:
        """Return whether Azure accepts the name (not whether it is free)."""
        return len(name) <= self.longest and self.regex.fullmatch(name) is not None

    @property
    def wide(self) -> bool:
        """Return whether a name can clash with someone else's: outside of its resource group."""
        return self.scope in ("world", "region", "subscription")


_CONTAINER = NameRule(
    r"[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]",
    "3 to 63 lower-case letters, digits and single dashes, with a letter or digit first and last",
    "account",
    longest=63,
)
_CLUSTER = NameRule(
    r"[a-zA-Z][a-zA-Z0-9-]{1,30}[a-zA-Z0-9]",
    "3 to 32 letters, digits and dashes, with a letter first and no dash last",
    "workspace",
    longest=32,
)
_ENDPOINT = NameRule(
    r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,30}[a-zA-Z0-9]",
    "3 to 32 letters, digits and single dashes, with a letter first and no dash last",
    "region",
    longest=32,
)
_CONNECTION = NameRule(
    r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}",
    "3 to 33 letters, digits, dashes and underscores, with a letter or digit first",
    "workspace",
    longest=33,
)
_ASSET = NameRule(
    r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}",
    "1 to 255 letters, digits, dots, dashes and underscores, with a letter or digit first",
    "workspace",
)

RULES: dict[str, NameRule] = {
    "resource_group": NameRule(
        r"[\w().-]{0,89}[\w()-]",
        "1 to 90 letters, digits, underscores, parentheses, dashes and dots, with no dot last",
        "resource group",
        "rg",
        90,
    ),
    "template_deployment": NameRule(
        r"[\w().-]{1,64}",
        "1 to 64 letters, digits, underscores, parentheses, dashes and dots",
        "resource group",
        "",
        64,
    ),
    "storage": NameRule(r"[a-z0-9]{3,24}", "3 to 24 lower-case letters and digits", "world", "st", 24),
    "blob_container": _CONTAINER,
    "file_share": _CONTAINER,
    "key_vault": NameRule(
        r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]",
        "3 to 24 letters, digits and single dashes, with a letter first and no dash last",
        "world",
        "kv",
        24,
    ),
    "vault_secret": NameRule(r"[a-zA-Z0-9-]{1,127}", "1 to 127 letters, digits and dashes", "account", longest=127),
    "registry": NameRule(r"[a-zA-Z0-9]{5,50}", "5 to 50 letters and digits", "world", "cr", 50),
    "ml_registry": NameRule(
        r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}",
        "3 to 33 letters, digits, dashes and underscores, with a letter or digit first",
        "world",
        longest=33,
    ),
    "log_analytics": NameRule(
        r"[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]",
        "4 to 63 letters, digits and dashes, with a letter or digit first and last",
        "resource group",
        "log",
        63,
    ),
    "application_insights": NameRule(
        r"[^%&\\?/]{0,254}[^%&\\?/. ]",
        "1 to 255 characters, none of % & \\ ? /, with no dot last",
        "resource group",
        "appi",
    ),
    "user_assigned_identity": NameRule(
        r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}",
        "3 to 128 letters, digits, dashes and underscores, with a letter or digit first",
        "resource group",
        "id",
        128,
    ),
    "policy": NameRule(
        r"[^<>*%&:?+/\\#\s]{1,63}[^<>*%&:?+/\\#.\s]",
        "2 to 64 characters, none of < > * % & : ? + / \\ #, with no dot last",
        "subscription",
        longest=64,
    ),
    "workspace": NameRule(
        r"[a-zA-Z0-9][\w-]{2,32}",
        "3 to 33 letters, digits, dashes and underscores, with a letter or digit first",
        "resource group",
        "mlw",
        33,
    ),
    "synapse_workspace": NameRule(
        r"(?!.*-ondemand)[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?",
        "1 to 50 lower-case letters, digits and dashes, with no dash first or last, and no -ondemand",
        "world",
        "syn",
        50,
    ),
    "spark_pool": NameRule(
        r"[a-zA-Z][a-zA-Z0-9]{0,14}", "1 to 15 letters and digits, with a letter first", "workspace", longest=15
    ),
    "compute_cluster": _CLUSTER,
    "attached_compute": _CLUSTER,
    "compute_instance": NameRule(
        r"[a-zA-Z](?![a-zA-Z0-9-]*-\d*$)[a-zA-Z0-9-]{2,23}",
        "3 to 24 letters, digits and dashes, with a letter first and at least one letter after the last dash",
        "region",
        "ci",
        24,
    ),
    "kubernetes_namespace": NameRule(
        r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
        "1 to 63 lower-case letters, digits and dashes, with a letter or digit first and last",
        "workspace",
        longest=63,
    ),
    "databricks": NameRule(
        r"[a-zA-Z0-9_-]{3,64}", "3 to 64 letters, digits, dashes and underscores", "resource group", "dbw", 64
    ),
    "datastore": NameRule(
        r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,254}",
        "1 to 255 letters, digits, dashes and underscores, with a letter or digit first",
        "workspace",
    ),
    "connection": _CONNECTION,
    "outbound_rule": _CONNECTION,
    "online_endpoint": _ENDPOINT,
    "batch_endpoint": _ENDPOINT,
    "deployment": NameRule(_ENDPOINT.pattern, _ENDPOINT.sentence, "endpoint", longest=32),
    "environment": _ASSET,
    "data": _ASSET,
    "model": _ASSET,
    "code": _ASSET,
    "component": _ASSET,
    "job": _ASSET,
    "port": NameRule(
        r"[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)*",
        "1 to 255 letters, digits and underscores, with no digit first",
        "workspace",
    ),
    "step": NameRule(
        r"[a-zA-Z_][a-zA-Z0-9_-]*",
        "1 to 255 letters, digits, underscores and dashes, with no digit or dash first",
        "workspace",
    ),
    "schedule": _ASSET,
    "data_factory": NameRule(
        r"[a-zA-Z0-9](?!.*--)[a-zA-Z0-9-]{1,61}[a-zA-Z0-9]",
        "3 to 63 letters, digits and single dashes, with a letter or digit first and last",
        "world",
        "adf",
        63,
    ),
    "ingestion": NameRule(
        r"[a-zA-Z][a-zA-Z0-9_-]{0,99}",
        "1 to 100 letters, digits, dashes and underscores, with a letter first",
        "resource group",
        longest=100,
    ),
    "asset_version": NameRule(
        r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,29}",
        "1 to 30 letters, digits, dots, dashes and underscores, with a letter or digit first",
        "workspace",
        longest=30,
    ),
}
"""The rules by kind."""

_HASH_LENGTH = 6


def azure_name(kind: str, platform: str, stack: str, salt: str, word: str = "") -> str:
    """Return a legal name of a kind, the same in every run: ``kv-acme-dev-k3x7qa``, ``stacmedevk3x7qa``.

    It is made of the kind's short word (or `word`), the platform's and the stack's name. A hash of all of it and of
    `salt` (where it lives: subscription and resource group, in any case) follows where others could have the name
    too, and where the words had to be changed or cut, so that different inputs don't meet in one name.
    """
    rule = RULES[kind]
    dash = "-" if rule.allows("ab-cd-ef") else ""
    wanted = [part for part in (word or rule.short, platform, stack) if part]
    words = [clean for clean in (_clean(part, dash) for part in wanted) if clean]
    readable = dash.join(words)
    if not rule.wide and words == wanted and rule.allows(readable):
        return readable
    ending = dash + _digest("/".join([salt.lower(), kind, word, platform, stack]))
    start = readable[: rule.longest - len(ending)].strip("-")
    return (start if start[:1].isalpha() else f"a{start}"[: rule.longest - len(ending)].rstrip("-")) + ending


def _clean(text: str, dash: str) -> str:
    """Return lower-case letters, digits and (where allowed) single dashes."""
    return re.sub("[^a-z0-9]+", dash, text.lower()).strip("-")


def _digest(text: str) -> str:
    """Return six lower-case letters and digits, a letter first, so that it can stand anywhere in a name."""
    digest = hashlib.sha256(text.encode()).digest()
    return chr(ord("a") + digest[0] % 26) + base64.b32encode(digest[1:]).decode().lower()[: _HASH_LENGTH - 1]


_ASSIGNMENTS = UUID("6f1d6b1c-3f3a-5b0e-9a53-7d1f6c2c9e10")


def assignment_guid(*parts: str) -> str:
    """Return the name of a role assignment: a GUID that is the same for the same scope, role and principal, in any
    case.

    A principal that exists only after the run (a workspace's own identity) is given by a word that stays the same.
    """
    return str(uuid5(_ASSIGNMENTS, "|".join(part.lower() for part in parts)))
