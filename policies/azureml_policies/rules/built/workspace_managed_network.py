"""workspace-managed-network: what runs in the workspace can't send data anywhere."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.config import texts
from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.text import join_words

_AZ_ML = {
    "Disabled": "disabled",
    "AllowInternetOutbound": "allow_internet_outbound",
    "AllowOnlyApprovedOutbound": "allow_only_approved_outbound",
}
"""ARM's words and az ml's."""
_WHY = "code that runs there can send data anywhere"


def _check(write: Write, settings: Settings) -> Found:
    mode = str(write.read("properties.managedNetwork.isolationMode", "Disabled"))
    if write.text_at("kind") != "project" and mode.lower() not in {item.lower() for item in settings["modes"]}:
        expected = join_words([_AZ_ML[item] for item in settings["modes"]], "or")
        yield f"{write.name}: managed_network.isolation_mode is {_AZ_ML.get(mode, mode)}, it must be {expected}: {_WHY}"


RULE = Rule(
    id="workspace-managed-network",
    title="Workspaces have a managed network that holds what runs in them.",
    severity=Severity.HIGH,
    remedy="set `managed_network: {isolation_mode: allow_only_approved_outbound}`, with `outbound_rules`",
    fix=(Line("workspace", "managed_network.isolation_mode", "allow_only_approved_outbound", setting="modes"),),
    level=Level.ADVISORY,
    types=(WORKSPACE,),
    check=_check,
    settings={
        "modes": texts(
            "The isolation modes that a workspace may have.",
            ["AllowOnlyApprovedOutbound"],
            among=["AllowOnlyApprovedOutbound", "AllowInternetOutbound"],
        )
    },
    family="workspace",
)
