"""storage-local-users-off: storage has no users of its own."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import off


def _check(write: Write, _settings: Settings) -> Found:
    yield from off(
        write, "properties.isLocalUserEnabled", default=False, why="they have passwords that Azure doesn't know of"
    )


RULE = Rule(
    id="storage-local-users-off",
    title="Storage accounts have no local users.",
    severity=Severity.LOW,
    remedy="leave `isLocalUserEnabled` out",
    level=Level.ADVISORY,
    types=("Microsoft.Storage/storageAccounts",),
    check=_check,
    covers=Covers(
        checkov=("CKV_AZURE_244",),
    ),
    family="storage",
)
