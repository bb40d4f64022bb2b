"""Who may do what on the platform: the role assignments of a description."""

import re
from collections.abc import Iterator, Sequence

import pulumi

from azureml_infra.components.base import Component
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.grants import DATA_ROLES, Grant, grant
from azureml_infra.components.guardrails import Guardrails
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities.access import AccessEntry
from azureml_infra.entities.guardrails import DATA_SCIENTIST, SWITCH


class Access(Component):
    """Role assignments for users, groups and identities, at the workspace unless an entry says another scope.

    `guardrails` has the role Data Scientist without compute, for entries that name it.
    """

    assignments: list[pulumi.Resource]

    def __init__(
        self,
        name: str,
        entries: Sequence[AccessEntry],
        *,
        workspace: AnyWorkspace,
        guardrails: Guardrails | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        workspace = use(workspace)
        super().__init__("Access", name, workspace.inside(opts))
        self.assignments = []
        slugs = _slugs(entries)
        data = [workspace.foundation.ids["storage"]] if any(entry.needs_data for entry in entries) else []
        scopes = [_scope(entry, workspace) for entry in entries]
        workspace.granted.there.fetch([*data, *scopes])
        for index, (entry, scope) in enumerate(zip(entries, scopes, strict=True)):
            role, needs = _role(entry, scope, guardrails)
            given = Grant(
                slug=slugs[index],
                role=role,
                scope=scope,
                principal=entry.principal,
                principal_type=_PRINCIPALS[entry.principal_type],
                description=entry.description,
                in_slug=tuple(_ids_in_slug(entry)),
            )
            if not workspace.granted.add(scope, role, entry.principal):
                pulumi.log.info(
                    f"access: {entry.principal} gets {entry.role} on the {entry.scope} in this program already"
                )
                continue
            made = grant(self, name, workspace.granted, given, [workspace.resource, *needs])
            self.assignments += made
            if entry.scope == "storage":
                workspace.shared.waits += made
        for index, entry in enumerate(entries):
            self._grant_data(name, entry, slugs[index], workspace)
        self.register_outputs({})

    def _grant_data(self, name: str, entry: AccessEntry, slug: str, workspace: Workspace) -> None:
        """Give a data scientist the roles on the data, where nothing else in the description does."""
        by_identity = workspace.args.system_datastores_auth_mode == "identity"
        if not (entry.needs_data and by_identity and workspace.may_grant_on("storage", asked=entry.data)):
            return
        storage = workspace.foundation.ids["storage"] or ""
        after = workspace.foundation.made_for("storage")
        for role in DATA_ROLES:
            if workspace.granted.add(storage, role.name, entry.principal):
                given = Grant(
                    slug=f"{slug}-{role.slug}",
                    role=role.name,
                    scope=storage,
                    principal=entry.principal,
                    principal_type=_PRINCIPALS[entry.principal_type],
                )
                made = grant(self, name, workspace.granted, given, after)
                self.assignments += made
                workspace.shared.waits += made


_PRINCIPALS = {"user": "User", "group": "Group", "service_principal": "ServicePrincipal"}


def _ids_in_slug(entry: AccessEntry) -> Iterator[str]:
    for argument, value in (("scope", entry.scope), ("roleDefinitionId", entry.role)):
        if isinstance(value, str) and value.startswith("/"):
            yield argument


def _slugs(entries: Sequence[AccessEntry]) -> list[str]:
    """Return a Pulumi name for each entry; of two principals that begin alike, the second has its whole id in it."""
    slugs: list[str] = []
    for index, entry in enumerate(entries):
        slug = _slug(entry, index)
        slugs.append(_slug(entry, index, whole=True) if slug in slugs else slug)
    return slugs


def _slug(entry: AccessEntry, index: int, *, whole: bool = False) -> str:
    """Return a Pulumi name that doesn't depend on the other entries; an Output can't be part of one."""
    who = entry.principal[: None if whole else 8] if isinstance(entry.principal, str) else str(index)
    role, scope = (word if isinstance(word, str) else str(index) for word in (entry.role, entry.scope))
    words = [role, who, *([scope] if scope != "workspace" else [])]
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")


def _role(
    entry: AccessEntry, scope: pulumi.Input[str], guardrails: Guardrails | None
) -> tuple[str, list[pulumi.Resource]]:
    """Return the role that an entry names, and what has to be there first: the guardrails' own."""
    if entry.role != DATA_SCIENTIST:
        return str(entry.role), []
    if guardrails is None or guardrails.role is None or guardrails.role_definition is None:
        raise pulumi.RunError(f"access: the role {DATA_SCIENTIST} isn't made; switch it on with `{SWITCH}`")
    if not guardrails.covers(scope):
        raise pulumi.RunError(
            f"access: the role {DATA_SCIENTIST} can't be given on {scope}: it belongs to the platform's resource "
            "group; give it on the workspace or the resource_group, or a built-in role there"
        )
    return guardrails.role_definition, [guardrails.role]


def _scope(entry: AccessEntry, workspace: Workspace) -> pulumi.Input[str]:
    if not isinstance(entry.scope, str) or entry.scope.startswith("/"):
        return entry.scope
    found = workspace.target(entry.scope)
    if found is None:
        raise pulumi.RunError(
            f"access: {entry.role} is given on the {entry.scope}, but this platform has none yet; "
            "make it from the start with `registry: managed`"
        )
    return found
