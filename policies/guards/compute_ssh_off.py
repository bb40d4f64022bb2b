"""compute-ssh-off: nodes take no ssh connections from outside."""

from __future__ import annotations

from arm.actions import COMPUTE
from policies.guards.words import kind_of, said_as
from policies.rule import Found, Rule, Settings, Severity
from policies.write import Write

_PATHS = {
    "amlcompute": ("properties.properties.remoteLoginPortPublicAccess", "NotSpecified"),
    "computeinstance": ("properties.properties.sshSettings.sshPublicAccess", "Disabled"),
}


def _check(write: Write, _settings: Settings) -> Found:
    path, default = _PATHS.get(kind_of(write), ("", ""))
    if path:
        yield from said_as(write, path, ("Disabled", "NotSpecified"), default, "ssh opens a port to the internet")


RULE = Rule(
    id="compute-ssh-off",
    title="Nodes of clusters and instances take no ssh connections.",
    severity=Severity.MEDIUM,
    remedy="leave `ssh_public_access_enabled` out, or say false",
    types=(COMPUTE,),
    check=_check,
    family="compute",
)
