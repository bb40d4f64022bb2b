"""compute-local-auth-off: nodes have no accounts of their own beside Microsoft Entra."""

from __future__ import annotations

from azureml_arm.actions import COMPUTE
from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import kind_of, must_be_switched


def _check(write: Write, _settings: Settings) -> Found:
    if kind_of(write) in ("amlcompute", "computeinstance"):
        why = "accounts on nodes stay when people lose their rights"
        yield from must_be_switched(write, "properties.disableLocalAuth", must_be=True, default=False, why=why)


RULE = Rule(
    id="compute-local-auth-off",
    title="Nodes of clusters and instances have no local accounts.",
    severity=Severity.HIGH,
    remedy="leave `ssh_settings` and `ssh_public_access_enabled` out: local accounts are off then",
    level=Level.ADVISORY,
    types=(COMPUTE,),
    check=_check,
    covers=Covers(
        azure_policy=(
            (
                "Azure Machine Learning Computes should have local authentication methods disabled "
                "(e96a9a5f-07ca-471b-9bc5-6a0f33cbd68f)"
            ),
            (
                "Configure Azure Machine Learning Computes to disable local authentication methods "
                "(a6f9a2d0-cff7-4855-83ad-4cd750666512)"
            ),
        ),
        checkov=("CKV_AZURE_142",),
        psrule=("Azure.ML.DisableLocalAuth (AZR-000404)",),
    ),
    family="compute",
)
