"""endpoints-operators-only: deployments rent machines, though Azure lets every data scientist make them."""

from __future__ import annotations

from azureml_arm.actions import BATCH_DEPLOYMENT, ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT, WORKSPACE
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.rights.asking import may
from azureml_policies.rules.rights.family import missing_rights, removals_of
from azureml_policies.rules.rights.renting import rent, rents_more
from azureml_policies.rules.rights.scopes import workspace_of
from azureml_policies.run import Run

TYPES = (ONLINE_DEPLOYMENT, BATCH_DEPLOYMENT, SERVERLESS_ENDPOINT, f"{WORKSPACE}/inferencePools")


def _check(write: Write, run: Run, _settings: Settings) -> Found:
    yield from missing_rights(write, run, lambda write: _needs_of(write, run))


def _needs_of(write: Write, run: Run) -> list[tuple[str, str]]:
    """Return the right to rent, for a deployment that rents more than before; it isn't asked for where it is had."""
    action, scope = rent(run), workspace_of(write.id)
    return [] if may(run, action, scope) or rents_more(write, run) is None else [(action, scope)]


RULE = Rule(
    id="endpoints-operators-only",
    title="Deployments that rent machines are changed only by those who may create compute.",
    severity=Severity.HIGH,
    remedy="ask someone with the role AzureML Compute Operator beside AzureML Data Scientist (or Contributor)",
    types=TYPES,
    check_run=_check,
    check_all=removals_of(TYPES),
    decides=True,
    lowest=Level.ADVISORY,
    family="permissions",
)
