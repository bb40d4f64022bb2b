"""azure-rights-only: whatever the other rules about rights leave is for those to whom Azure gives its action."""

from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Plan, Rule, Settings, Severity
from azureml_policies.rules.rights import access, compute, resources
from azureml_policies.rules.rights.family import missing_rights, removals
from azureml_policies.run import Run

_OTHERS = (
    access.RULE,
    resources.ENDPOINTS_OPERATORS_ONLY,
    resources.DATASTORE_CREDENTIALS_ADMINS_ONLY,
    resources.WORKSPACE_SETTINGS_ADMINS_ONLY,
)


def _check(write: Write, run: Run, _settings: Settings) -> Found:
    if _is_left(write):
        yield from missing_rights(write, run)


def _is_left(write: Write) -> bool:
    """Return whether no other rule asks for a write's own action."""
    if write.opaque or compute.asks_own_action(write):
        return False
    return not any(rule.looks_at(write.type) for rule in _OTHERS)


def _removals(plan: Plan, run: Run, _settings: Settings) -> Found:
    yield from removals(plan, run, _is_left)


RULE = Rule(
    id="azure-rights-only",
    title="Everything else is created, changed and removed only by those who may do so in Azure.",
    severity=Severity.HIGH,
    remedy="ask for a role with the action, or ask someone who has one to make the change",
    check_run=_check,
    check_all=_removals,
    decides=True,
    lowest=Level.ADVISORY,
    family="permissions",
)
