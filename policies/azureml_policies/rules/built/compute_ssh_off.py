"""compute-ssh-off: nodes take no ssh connections from outside."""

from __future__ import annotations

from azureml_arm.actions import COMPUTE
from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Rule, Settings, Severity
from azureml_policies.rules.checks.words import kind_of, must_be_one_of, truth

_IN = "properties.properties"
_WHY = "ssh opens a port to the internet"


def _check(write: Write, _settings: Settings) -> Found:
    kind = kind_of(write)
    if kind == "amlcompute":
        wanted = ("Disabled", "NotSpecified") if _is_closed_by_default(write) else ("Disabled",)
        yield from must_be_one_of(write, f"{_IN}.remoteLoginPortPublicAccess", wanted, "NotSpecified", _WHY)
    elif kind == "computeinstance":
        yield from must_be_one_of(write, f"{_IN}.sshSettings.sshPublicAccess", ("Disabled",), "Disabled", _WHY)


def _is_closed_by_default(write: Write) -> bool:
    """Return whether a cluster's port stays closed where nothing is set: Azure opens it on public nodes without a
    network.
    """
    port = write.text_at(f"{_IN}.remoteLoginPortPublicAccess", "NotSpecified")
    if port != "notspecified":
        return False
    return bool(write.read(f"{_IN}.subnet.id")) or not truth(write.read(f"{_IN}.enableNodePublicIp"), default=True)


RULE = Rule(
    id="compute-ssh-off",
    title="Nodes of clusters and instances take no ssh connections from outside.",
    severity=Severity.HIGH,
    remedy="leave `ssh_public_access_enabled` out, or set it to false (in ARM: remoteLoginPortPublicAccess: Disabled)",
    fix=(Line("computes", "ssh_public_access_enabled", value=False, default=False),),
    types=(COMPUTE,),
    check=_check,
    family="compute",
)
