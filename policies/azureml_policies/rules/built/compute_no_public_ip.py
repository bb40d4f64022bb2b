"""compute-no-public-ip: nodes in a virtual network can't be reached from outside."""

from __future__ import annotations

from azureml_arm.actions import COMPUTE, WORKSPACE
from azureml_policies.config import flag
from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import kind_of, must_be_switched

_IN = "properties.properties"
_SERVERLESS = "properties.serverlessComputeSettings"
_WHY = "a public address is a way in past the virtual network"


def _check(write: Write, settings: Settings) -> Found:
    if kind_of(write) in ("amlcompute", "computeinstance"):
        if settings["everywhere"] or write.read(f"{_IN}.subnet.id"):
            yield from must_be_switched(write, f"{_IN}.enableNodePublicIp", must_be=False, default=True, why=_WHY)
    elif write.is_a(WORKSPACE) and write.read(f"{_SERVERLESS}.serverlessComputeCustomSubnet"):
        yield from must_be_switched(
            write, f"{_SERVERLESS}.serverlessComputeNoPublicIP", must_be=True, default=False, why=_WHY
        )


RULE = Rule(
    id="compute-no-public-ip",
    title="Nodes in a virtual network have no public addresses.",
    severity=Severity.HIGH,
    remedy="set `enable_node_public_ip: false` (a change makes a new compute); without `network_settings` that needs "
    "the workspace's managed network",
    fix=(Line("computes", "enable_node_public_ip", value=False, types=("amlcompute", "computeinstance")),),
    level=Level.ADVISORY,
    types=(COMPUTE, WORKSPACE),
    check=_check,
    settings={
        "everywhere": flag(
            "Whether it holds for nodes in no virtual network of one's own, too: they then need the "
            "workspace's managed network."
        )
    },
    family="compute",
)
