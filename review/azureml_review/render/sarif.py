"""A review as SARIF 2.1.0, which code scanning shows on the lines of the YAML.

https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from azureml_review.model import Change, Denial, Field, Review, SourceLine
from azureml_review.render.differences import difference
from azureml_review.security import about_security

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
INFORMATION = "https://learn.microsoft.com/azure/machine-learning/"
_LEVELS = {"critical": "error", "high": "warning", "medium": "warning", "low": "note"}
_LOSS, _REPLACEMENT, _SECURITY = "loses-data", "replacement", "security-relevant-change"
_MISTAKE, _WARNING = "mistake", "warning"
_RULES = {
    _MISTAKE: ("The description has a mistake", "error"),
    _WARNING: ("The description may not mean this", "warning"),
    _LOSS: ("This change loses data", "error"),
    _REPLACEMENT: ("This change replaces the resource", "warning"),
    _SECURITY: ("This change touches network, roles, keys or public access", "note"),
}
"""What the review itself finds: id -> title, level."""


def sarif(review: Review, version: str = "") -> str:
    """Return the findings that have a line, and those of the whole stack on the platform's file."""
    results = [*_mistakes(review), *_denials(review), *_findings(review)]
    return json.dumps(
        {
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {"driver": _driver(review, version)},
                    "automationDetails": {"id": f"azureml-infra/{review.stack}/"},
                    "columnKind": "utf16CodeUnits",
                    "results": results,
                }
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def _driver(review: Review, version: str) -> dict[str, Any]:
    rules = {name: {"id": name, "shortDescription": {"text": title}} for name, (title, _) in _RULES.items()}
    for denial in review.denials:
        title = denial.objection.message.partition("\n")[0] or denial.objection.policy
        rules[denial.objection.policy] = {"id": denial.objection.policy, "shortDescription": {"text": title}}
    driver = {"name": "azureml-infra", "informationUri": INFORMATION, "rules": list(rules.values())}
    return {**driver, "semanticVersion": version} if version else driver


def _mistakes(review: Review) -> Iterator[dict[str, Any]]:
    for one in review.mistakes:
        yield _result(_MISTAKE, "error", one.text, one.place, str(one.place))
    for one in review.warnings:
        yield _result(_WARNING, "warning", one.text, one.place, str(one.place))


def _denials(review: Review) -> Iterator[dict[str, Any]]:
    for denial in review.denials:
        yield _result(denial.objection.policy, _level(denial), _text(denial), denial.place, denial.objection.urn)


def _level(denial: Denial) -> str:
    return "error" if denial.mandatory else _LEVELS.get(denial.objection.severity, "note")


def _text(denial: Denial) -> str:
    title, _, message = denial.objection.message.partition("\n")
    return message.strip() or title


def _findings(review: Review) -> Iterator[dict[str, Any]]:
    for change in review.real:
        yield from _of_losses(change)
        yield from (_of_security(change, field) for field in change.fields if about_security(field))


def _of_losses(change: Change) -> Iterator[dict[str, Any]]:
    replacing = next((field for field in change.fields if field.replaces), None)
    place = (replacing.place if replacing else None) or change.place
    if change.loses_data:
        lost = "; ".join(loss.what for loss in change.losses)
        text = f"{change.op.value} {change.noun} {change.name}: loses {lost}"
        yield _result(_LOSS, "error", text, place, change.urn)
    elif replacing:
        text = f"{change.noun} {change.name} is replaced: {replacing.word} can't change in place"
        yield _result(_REPLACEMENT, "warning", text, place, change.urn)


def _of_security(change: Change, field: Field) -> dict[str, Any]:
    shown = "" if field.secret else f": {difference(field.old, field.new, arrow=' -> ')}"
    text = f"{change.noun} {change.name}: {field.word}{shown} ({about_security(field)})"
    return _result(_SECURITY, "note", text, field.place, change.urn)


def _result(rule: str, level: str, text: str, place: SourceLine | None, urn: str) -> dict[str, Any]:
    where = place or SourceLine("platform.yml", 1)
    location = {"artifactLocation": {"uri": quote(where.file)}, "region": {"startLine": where.line}}
    mark = hashlib.sha256(f"{rule}/{urn}/{text}".encode()).hexdigest()
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text or rule},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"primaryLocationLineHash": mark[:32]},
    }
