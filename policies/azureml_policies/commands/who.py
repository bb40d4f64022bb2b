"""``who``: every principal with a right to compute, what it may, and through which assignments and groups."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table

from azureml_arm.actions import COMPUTE, ONLINE_DEPLOYMENT
from azureml_arm.rbac.evaluate import decide
from azureml_arm.rbac.model import Assignment, Effect, RoleFacts
from azureml_policies.commands.common import (
    UsageError,
    add_shared_options,
    config_of,
    console,
    emit,
    names,
    subscription,
)
from azureml_policies.requester.model import Person
from azureml_policies.run import subscription_of
from azureml_policies.session import roles

RIGHTS: Mapping[str, str] = {
    "create": f"{COMPUTE}/write",
    "delete": f"{COMPUTE}/delete",
    "start and stop": f"{COMPUTE}/start/action",
    "deploy": f"{ONLINE_DEPLOYMENT}/write",
    "grant": "Microsoft.Authorization/roleAssignments/write",
}
"""What is asked about: creating and changing compute, deployments that rent machines, and giving others the rights."""


@dataclass(frozen=True)
class PrincipalRow:
    """One principal at one scope."""

    principal: str
    name: str
    kind: str
    scope: str
    rights: tuple[str, ...]
    through: tuple[str, ...]
    """The assignments that grant something: "AzureML Compute Operator at /subscriptions/…"."""
    limits: tuple[str, ...]
    """What takes rights away or keeps them from counting: deny assignments, conditions, roles that aren't known."""


def add_options(parser: ArgumentParser) -> None:
    """Add the options of the command."""
    add_shared_options(parser)
    parser.add_argument("--workspace", metavar="ID", help="ARM id of a workspace (default: the whole subscription)")
    parser.add_argument("--subscription", metavar="ID", help="default: the workspace's, or ARM_SUBSCRIPTION_ID")


def run(options: Namespace) -> int:
    """Print the table, or its rows as JSON."""
    if options.workspace and not options.workspace.startswith("/subscriptions/"):
        raise UsageError(
            f"--workspace {options.workspace}: give its ARM id: az ml workspace show -n NAME -g GROUP --query id"
        )
    config = config_of(options)
    within = subscription_of(options.workspace) if options.workspace else subscription(options)
    found = list(rows(roles(config).everyone(within), options.workspace or "", names(config)))
    if options.json:
        emit(json.dumps([asdict(row) for row in found], indent=2))
    else:
        _show(found, options.workspace or f"/subscriptions/{within}")
    return 0


def rows(facts: RoleFacts, workspace: str, called: Mapping[str, str]) -> Iterator[PrincipalRow]:
    """Yield those with any right, at the workspace or else at each scope where an assignment grants them one."""
    for principal, assignments in _by_principal(facts).items():
        scopes = [workspace] if workspace else sorted({item.scope for item in assignments})
        for scope in scopes:
            row = _row(principal, assignments, scope, facts, called)
            if row.rights and (workspace or any(text.endswith(f" at {scope}") for text in row.through)):
                yield row


def _by_principal(facts: RoleFacts) -> dict[str, list[Assignment]]:
    found: dict[str, list[Assignment]] = {}
    for item in facts.assignments:
        found.setdefault(item.principal_id.lower(), []).append(item)
    return found


def _row(
    principal: str, assignments: list[Assignment], scope: str, facts: RoleFacts, called: Mapping[str, str]
) -> PrincipalRow:
    someone = Person(principal, called.get(principal, principal))
    decisions = {right: decide(action, scope, someone, facts) for right, action in RIGHTS.items()}
    grants = [reason.what for decision in decisions.values() for reason in decision.of(Effect.GRANTS)]
    limits = [str(reason) for decision in decisions.values() for reason in decision.of(Effect.DENIES)]
    limits += [
        f"{item.role.name} at {item.scope} has a condition; what it limits isn't counted"
        for item in assignments
        if item.condition
    ]
    return PrincipalRow(
        principal,
        called.get(principal, ""),
        assignments[0].principal_type,
        scope,
        tuple(right for right, decision in decisions.items() if decision.allowed),
        tuple(dict.fromkeys(grants)),
        tuple(dict.fromkeys(limits)),
    )


def _show(found: list[PrincipalRow], where: str) -> None:
    terminal = console()
    if not found:
        terminal.print(f"Nobody has rights to compute in {where}, as far as could be read.")
        return
    table = Table(title=f"Who has rights to compute in {where}", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("principal", no_wrap=True)
    for heading in ("at", "may", "through"):
        table.add_column(heading)
    for row in found:
        through = "\n".join(_shorten(text) for text in (*row.through, *row.limits))
        table.add_row(f"{row.name or row.principal} ({row.kind})", _last(row.scope), ", ".join(row.rights), through)
    terminal.print(table)
    terminal.print(_LEGEND)


def _shorten(text: str) -> str:
    """Return a sentence with the ids in it cut to their ends."""
    return " ".join(_last(word) if word.startswith("/subscriptions/") else word for word in text.split(" "))


def _last(scope: str) -> str:
    """Return the last two segments: ``resourceGroups/rg-ml``, ``workspaces/research``."""
    return "/".join(scope.rstrip("/").split("/")[-2:])


_LEGEND = (
    "create: create and change compute; delete; start and stop; deploy: online deployments, which rent machines; "
    "grant: give anybody these rights.\nMembers of groups have the groups' rights; Azure's own administrators "
    "(owners of the tenant's root) aren't listed. --json has the whole ids."
)
