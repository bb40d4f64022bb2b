"""Assets that are made for what uses them: their names, which follow from their content, and the body of code."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from azureml_arm.names import ANONYMOUS_COMPONENT
from azureml_arm.snapshots import VERSION
from azureml_infra.entities.body import LABELS, STEP_LABELS
from azureml_infra.entities.content import Content, code_hash

_CODES = UUID("0d4bb1c6-0e37-5f0c-8a4e-3c5f4f2f0c55")


def code_name(local: Content) -> str:
    """Return the name of the code asset with a content; its version is 1."""
    return str(uuid5(_CODES, local.digest))


def code_body(local: Content, url: Any) -> dict[str, Any]:
    """Return the request body of the code asset with a content, which lies at an address."""
    hashes = {"hash_sha256": code_hash(local), "hash_version": VERSION}
    return {"properties": {"codeUri": url, "isAnonymous": True, "properties": hashes}}


def without_labels(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return an asset's body without what only describes it, which a component says in its specification, too."""
    kept = {key: value for key, value in request["properties"].items() if key not in LABELS}
    if "componentSpec" in kept:
        kept["componentSpec"] = {key: value for key, value in kept["componentSpec"].items() if key not in STEP_LABELS}
    return {**request, "properties": kept}


def anonymous_name(family: str, key: str) -> tuple[str, str]:
    """Return az ml's (name, version) for assets without a name; `key` is the hash of the content."""
    fixed = {"environments": "CliV2AnonymousEnvironment", "components": ANONYMOUS_COMPONENT}
    if family in fixed:
        return fixed[family], key[:30]
    return key[:32], "1"
