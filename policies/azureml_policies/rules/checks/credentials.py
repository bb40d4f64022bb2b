"""What credentials look like: texts whose form alone says that they open something.

Each form is one that only a credential has, so that a digest, an id or a sentence is none. Sources: Azure's
https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string and
https://learn.microsoft.com/rest/api/storageservices/create-service-sas; tokens of other services by their published
prefixes (https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github).
"""

import re
from collections.abc import Mapping

SHORTEST = 16
"""No form is shorter."""

_FORMS: Mapping[str, str] = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "a connection string with an account key": r"(?i:AccountKey)\s*=\s*[A-Za-z0-9+/]{40,}={0,2}",
    "a connection string with a shared access key": r"(?i:SharedAccessKey)\s*=\s*[A-Za-z0-9+/]{40,}={0,2}",
    "a shared access signature": r"(?i:[?&;\"'\s]|^)sig=(?:[A-Za-z0-9+/]|%2[BbFf]){40,}(?:=|%3[Dd])",
    "a storage or Cosmos DB key": r"(?<![A-Za-z0-9+/=_-])(?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])",
    "a token (JWT)": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "an Entra client secret": r"(?<![\w~.-])[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~.-])",
    "an Azure key": r"\b[A-Za-z0-9]{52}JQQJ9[9D][A-Za-z0-9]{18,30}\b",
    "a Databricks token": r"\bdapi[0-9a-f]{32}(?:-\d)?\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}\b",
    "an OpenAI key": r"\bsk-[A-Za-z0-9_-]{12,200}T3BlbkFJ[A-Za-z0-9_-]{12,}",
    "a password in a connection string": r"(?i:(?:Server|Data Source|Host)\s*=[^\n]{1,300};\s*(?:Password|Pwd)\s*=)"
    r"\s*(?![$<{*])[^;\s]{4,}",
    "a password in an address": r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@$<{*]{1,100}:(?![$<{*])[^\s/@]{6,200}@"
    r"[A-Za-z0-9[]",
}
_KINDS = tuple(_FORMS)
_ANY = re.compile("|".join(f"(?P<k{at}>{form})" for at, form in enumerate(_FORMS.values())))
_HINT = re.compile(
    r"PRIVATE KEY|(?i:key|pwd|password)\s*=|sig=|==|eyJ|Q~|JQQJ9|dapi|gh[pousr]_|github_pat|hf_|sk-|://\S{1,300}@"
)
"""Something that every form has; most texts have none of them."""

_NAMED = re.compile(
    r"(?i)(^|[_.-]|(?<=[a-z]))(password|passwd|pwd|secret|token|(api|access|account|client|storage|secret|auth|private)"
    r"[_-]?key|connection[_-]?string|credentials?)$"
)
_REFERENCE = re.compile(r"\$\{\{|\$[({A-Za-z]|<[^>]+>|\*{3}|@Microsoft\.KeyVault|https?://|azureml:|file:|/|\.{3}")


def kind_of_credential(text: str) -> str:
    """Return what a text holds, as a message says it; empty where it looks like no credential."""
    if len(text) < SHORTEST or not _HINT.search(text):
        return ""
    found = _ANY.search(text)
    return _KINDS[int(str(found.lastgroup)[1:])] if found and found.lastgroup else ""


def is_named_like_one(name: str) -> bool:
    """Return whether a variable's name says that its value is a secret: ``DB_PASSWORD``, ``apiKey``."""
    return _NAMED.search(name) is not None


def may_be_one(value: str) -> bool:
    """Return whether a value could be a secret itself, rather than a reference to one, a name of one, or a number."""
    if len(value) < 8 or _REFERENCE.search(value) or " " in value:  # noqa: PLR2004
        return False
    return bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value)) or bool(re.search(r"[!#%^&*+=~]", value))
