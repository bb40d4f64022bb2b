"""deployment-no-egress: what serves a model doesn't reach the internet."""

from __future__ import annotations

from azureml_arm.actions import ONLINE_DEPLOYMENT
from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches


def _is_managed(write: Write) -> bool:
    return write.text_at("properties.endpointComputeType", "Managed") == "managed"


RULE = switches(
    "deployment-no-egress",
    Switch(ONLINE_DEPLOYMENT, "properties.egressPublicNetworkAccess", must_be=("Disabled",), default="Enabled"),
    why="what a model is asked can be sent anywhere",
    title="Managed online deployments don't reach the internet.",
    severity=Severity.MEDIUM,
    remedy="set `egress_public_network_access: disabled` (a change makes a new deployment); in a workspace with a "
    "managed network that network decides instead, and this rule is to stay off",
    fix=(Line("online_deployments", "egress_public_network_access", "disabled"),),
    level=Level.DISABLED,
    when=_is_managed,
    family="endpoints",
)
