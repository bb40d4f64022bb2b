"""attached-aks-local-accounts: a cluster that stands under a workspace lets people in by Microsoft Entra alone."""

from __future__ import annotations

from azureml_policies.fixes import Line
from azureml_policies.requests.unknown import read, require_known
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import must_be_switched, truth

_POOLS = "properties.agentPoolProfiles"
_CLUSTER = "Microsoft.ContainerService/managedClusters"
_POOL = f"{_CLUSTER}/agentPools"
_ADDRESS = "enableNodePublicIP must be false: nodes aren't for callers"


def _check(write: Write, _settings: Settings) -> Found:
    if write.is_a(_POOL):
        if truth(write.read("properties.enableNodePublicIP"), default=False):
            yield f"{write.name}: {_ADDRESS}"
        return
    why = "the administrator's certificate lets anybody in who has it"
    yield from must_be_switched(write, "properties.disableLocalAccounts", must_be=True, default=False, why=why)
    pools = write.read(_POOLS)
    for index, pool in enumerate(pools if isinstance(pools, list | tuple) else ()):
        if truth(read(require_known(pool, f"{_POOLS}[{index}]"), "enableNodePublicIP"), default=False):
            yield f"{write.name}: agentPoolProfiles[{index}].{_ADDRESS}"


RULE = Rule(
    id="attached-aks-local-accounts",
    title="AKS clusters have no local accounts, and their nodes no public addresses.",
    severity=Severity.MEDIUM,
    remedy="set disableLocalAccounts: true, and leave enableNodePublicIP out",
    fix=(Line("computes", "create.local_accounts", value=False, default=False, types=("kubernetes",)),),
    level=Level.ADVISORY,
    types=(_CLUSTER, _POOL),
    check=_check,
    family="compute",
)
