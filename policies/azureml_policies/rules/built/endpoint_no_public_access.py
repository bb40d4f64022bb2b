"""endpoint-no-public-access: online endpoints answer inside the workspace's private network only."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import said_as


def _check(write: Write, _settings: Settings) -> Found:
    why = "anybody on the internet can call it"
    yield from said_as(write, "properties.publicNetworkAccess", ("Disabled",), "Enabled", why)


RULE = Rule(
    id="endpoint-no-public-access",
    title="Online endpoints answer inside the workspace's private network only.",
    severity=Severity.HIGH,
    remedy="set `public_network_access: disabled`; callers then need the workspace's private endpoint",
    level=Level.DISABLED,
    types=(f"{WORKSPACE}/onlineEndpoints",),
    check=_check,
    family="endpoints",
)
