"""workspace-v1-legacy-mode: the workspace takes the requests of the API that is in use."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.config import flag
from azureml_policies.fixes import Kept
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import must_be_switched

_WHY = {
    True: "requests of the v2 API don't stay in the private network of a v1 workspace",
    False: "it keeps the features of the v2 API away",
}


def _check(write: Write, settings: Settings) -> Found:
    wanted = settings["wanted"]
    yield from must_be_switched(write, "properties.v1LegacyMode", must_be=wanted, default=False, why=_WHY[wanted])


RULE = Rule(
    id="workspace-v1-legacy-mode",
    title="Workspaces are in the v1 legacy mode, or out of it, as the config says.",
    severity=Severity.LOW,
    remedy="leave `v1LegacyMode` out, or set it as the config says",
    fix=(Kept("v1LegacyMode as the setting `wanted` says"),),
    level=Level.DISABLED,
    types=(WORKSPACE,),
    check=_check,
    settings={"wanted": flag("Whether workspaces must be in the mode, as Azure Policy's built-in wants it for v1.")},
    family="workspace",
)
