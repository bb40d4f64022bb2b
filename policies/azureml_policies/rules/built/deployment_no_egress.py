"""deployment-no-egress: what serves a model doesn't reach the internet."""

from __future__ import annotations

from azureml_arm.actions import ONLINE_DEPLOYMENT
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import said_as


def _check(write: Write, _settings: Settings) -> Found:
    if write.text_at("properties.endpointComputeType", "Managed") == "managed":
        why = "what a model is asked can be sent anywhere"
        yield from said_as(write, "properties.egressPublicNetworkAccess", ("Disabled",), "Enabled", why)


RULE = Rule(
    id="deployment-no-egress",
    title="Managed online deployments don't reach the internet.",
    severity=Severity.MEDIUM,
    remedy="set `egress_public_network_access: disabled` (a change makes a new deployment); in a workspace with a "
    "managed network that network decides instead, and this rule is to stay off",
    level=Level.DISABLED,
    types=(ONLINE_DEPLOYMENT,),
    check=_check,
    family="endpoints",
)
