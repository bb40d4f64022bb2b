"""endpoint-local-auth-off: callers of endpoints prove who they are by Microsoft Entra.

Those on Kubernetes take Azure ML's tokens at most
(https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint).
"""

from __future__ import annotations

from azureml_arm.actions import SERVERLESS_ENDPOINT, WORKSPACE
from azureml_policies.config import flag
from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import must_be_one_of

_PATH = "properties.authMode"
_WHY = "a key lets anybody call who has it, and says nothing of who it is"


def _check(write: Write, settings: Settings) -> Found:
    if write.is_a(SERVERLESS_ENDPOINT):
        wanted: tuple[str, ...] = ("AAD",)
    else:
        takes_no_entra = bool(write.read("properties.compute"))  # on Kubernetes
        wanted = ("AADToken", "AMLToken") if settings["allow_aml_token"] or takes_no_entra else ("AADToken",)
    yield from must_be_one_of(write, _PATH, wanted, "Key", _WHY)
    if write.read("properties.keys"):
        yield f"{write.name}: keys must not be set: {_WHY}"


RULE = Rule(
    id="endpoint-local-auth-off",
    title="Callers of endpoints prove who they are by Microsoft Entra, not by a key.",
    severity=Severity.HIGH,
    remedy="set `auth_mode: aad_token`, on Kubernetes `aml_token` (a change makes a new endpoint)",
    fix=(Line("online_endpoints", "auth_mode", "aad_token", unless="compute"),),
    level=Level.ADVISORY,
    types=(f"{WORKSPACE}/onlineEndpoints", f"{WORKSPACE}/batchEndpoints", SERVERLESS_ENDPOINT),
    check=_check,
    settings={"allow_aml_token": flag("Whether Azure ML's own tokens will do, too (`auth_mode: aml_token`).")},
    family="endpoints",
)
