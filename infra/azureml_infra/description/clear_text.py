"""Credentials written where the models expect ordinary text: recognised by their form, never repeated."""

import re
from collections.abc import Iterable

from azureml_infra.yaml.nodes import Document, scalars
from azureml_infra.yaml.problems import Problem

FORMS = (
    ("a storage account's key", re.compile(r"^[A-Za-z0-9+/]{86}==$|AccountKey=[A-Za-z0-9+/]{40,}")),
    ("a shared access signature", re.compile(r"[?&]sig=[A-Za-z0-9%+/]{20,}|SharedAccessSignature=sv")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{60,}")),
)
"""What it is, and how it looks (https://learn.microsoft.com/purview/sit-sensitive-information-type-entity-definitions)."""
_ANY = re.compile("|".join(form.pattern for _, form in FORMS))

EXPECTED = "no credential in a file; one that a datastore, connection or compute needs is ${{secrets.NAME}}"


def looks_like_credential(text: str) -> bool:
    """Return whether a text has a credential in it, by its form."""
    return _ANY.search(text) is not None


def credentials(document: Document, known: Iterable[Problem]) -> list[Problem]:
    """Return a problem for each value that looks like a credential, unless its place has a problem already."""
    places = {(problem.line, problem.column) for problem in known}
    found = []
    for _, node in scalars(document.root):
        if not isinstance(node.value, str) or not looks_like_credential(node.value):
            continue
        kind = next(kind for kind, form in FORMS if form.search(node.value))
        if (node.line, node.column) not in places:
            what = f"{kind} is written in clear text"
            found.append(document.problem(node, what, EXPECTED))
    return found
