"""aks-private: the API server of a cluster answers in a network alone."""

from __future__ import annotations

from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import must_be_switched

_WHY = "whoever has a token reaches its API server from the internet"


def _check(write: Write, _settings: Settings) -> Found:
    path = "properties.apiServerAccessProfile.enablePrivateCluster"
    yield from must_be_switched(write, path, must_be=True, default=False, why=_WHY)


RULE = Rule(
    id="aks-private",
    title="The API servers of AKS clusters answer in a network alone.",
    severity=Severity.MEDIUM,
    remedy="set `private: true` where the cluster is made: another cluster (in ARM: enablePrivateCluster: true)",
    fix=(Line("computes", "create.private", value=True, types=("kubernetes",), unless="resource_id"),),
    level=Level.ADVISORY,
    types=("Microsoft.ContainerService/managedClusters",),
    check=_check,
    family="compute",
)
