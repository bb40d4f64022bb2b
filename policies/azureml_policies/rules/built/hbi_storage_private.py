"""hbi-storage-private: the storage of a workspace of high business impact isn't reached from public networks."""

from __future__ import annotations

from collections.abc import Iterator

from azureml_arm import ids
from azureml_arm.actions import WORKSPACE
from azureml_policies.fixes import Line
from azureml_policies.requests.unknown import UnknownError, has_unknown
from azureml_policies.requests.write import Write
from azureml_policies.rule import Finding, Found, Level, Plan, Rule, Settings, Severity
from azureml_policies.rules.checks.words import truth
from azureml_policies.run import Run

_ACCOUNT = "Microsoft.Storage/storageAccounts"


def _check(plan: Plan, _run: Run, _settings: Settings) -> Found:
    for workspace in plan.writes:
        if workspace.is_a(WORKSPACE) and truth(workspace.read("properties.hbiWorkspace"), default=False):
            for account in _accounts(plan, workspace):
                if account.text_at("properties.publicNetworkAccess", "Enabled") == "enabled":
                    message = (
                        f"{account.name}: publicNetworkAccess must be Disabled: {workspace.name} is of high impact"
                    )
                    yield Finding(f"{message} and keeps its data there", account.planned.urn)


def _accounts(plan: Plan, workspace: Write) -> Iterator[Write]:
    """Yield the workspace's account, where it is in the plan too."""
    used = str(workspace.read("properties.storageAccount", ""))
    accounts = [write for write in plan.writes if write.is_a(_ACCOUNT)]
    if accounts and has_unknown(used):
        raise UnknownError(f"{workspace.name}: storage_account")
    yield from (write for write in accounts if ids.canonical(write.id) == ids.canonical(used))


RULE = Rule(
    id="hbi-storage-private",
    title="The storage of a workspace of high business impact isn't reached from public networks.",
    severity=Severity.HIGH,
    remedy="bring the storage account along as `storage_account`, with its public network access off",
    fix=(Line("workspace", "storage_account", "ID", chosen=True),),
    level=Level.ADVISORY,
    check_all=_check,
    family="workspace",
)
