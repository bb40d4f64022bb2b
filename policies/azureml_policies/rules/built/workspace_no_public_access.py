"""workspace-no-public-access: the workspace isn't reached from anywhere."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import truth

_WHY = "whoever gets hold of a token can use it from anywhere"


def _check(write: Write, _settings: Settings) -> Found:
    if write.text_at("properties.publicNetworkAccess", "Enabled") != "disabled":
        yield f"{write.name}: public_network_access must be disabled: {_WHY}"
    if truth(write.read("properties.allowPublicAccessWhenBehindVnet"), default=False):
        yield f"{write.name}: allowPublicAccessWhenBehindVnet must be false: it opens the workspace again"


RULE = Rule(
    id="workspace-no-public-access",
    title="Workspaces are reached over private links only.",
    severity=Severity.HIGH,
    remedy="set `public_network_access: disabled`, with a private endpoint for whoever works in the workspace",
    level=Level.ADVISORY,
    types=(WORKSPACE,),
    check=_check,
    covers=Covers(
        azure_policy=(
            (
                "Azure Machine Learning Workspaces should disable public network access "
                "(438c38d2-3772-465a-a9cc-7a6666a275ce)"
            ),
            (
                "Configure Azure Machine Learning Workspaces to disable public network access "
                "(a10ee784-7409-4941-b091-663697637c0f)"
            ),
        ),
        checkov=(
            "CKV_AZURE_144",
            "CKV2_AZURE_49",
        ),
        psrule=("Azure.ML.PublicAccess (AZR-000406)",),
    ),
    family="workspace",
)
