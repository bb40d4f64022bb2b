"""compute-attached-aks: a Kubernetes cluster is attached, not made by the workspace."""

from __future__ import annotations

from azureml_arm.actions import COMPUTE
from azureml_policies.fixes import Kept
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import kind_of


def _check(write: Write, _settings: Settings) -> Found:
    if kind_of(write) == "aks" and not write.read("properties.resourceId"):
        yield (
            f"{write.name}: resource_id is not set, so Azure ML makes a cluster of its own: "
            "nobody sets its version, its network or who gets in"
        )


RULE = Rule(
    id="compute-attached-aks",
    title="AKS clusters are attached by their id, not made by the workspace.",
    severity=Severity.HIGH,
    remedy="make the cluster where your clusters are kept, and attach it: `type: kubernetes` with `resource_id`",
    fix=(Kept("resourceId: the id of a cluster that is there"),),
    level=Level.ADVISORY,
    types=(COMPUTE,),
    check=_check,
    family="compute",
)
