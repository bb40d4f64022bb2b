"""Who may do what: role assignments on the platform's resources."""

import difflib
from typing import Annotated, Any, Literal

from azureml_arm import ids, roles
from azureml_infra.entities.base import LOCAL, Arm, InputStr, Model, refusal
from azureml_infra.entities.fields import guid_form
from azureml_infra.entities.guardrails import DATA_SCIENTIST
from azureml_infra.entities.words import PASCAL, Check

SCOPES = ("workspace", "resource_group", "storage", "key_vault", "registry")


def _role(given: Any) -> Any:
    if roles.is_definition_id(given):
        return given
    if given.strip().lower() == DATA_SCIENTIST.lower():
        return DATA_SCIENTIST
    known = roles.find(given)
    if known is not None:
        return known.name
    if roles.is_guid(given):
        return given.lower()
    what = f'"{given}" is not a built-in role that is known here'
    expected = f"a built-in role's name or id, a custom role's id, or {DATA_SCIENTIST}"
    raise refusal(what, expected, suggestion=", ".join(_nearest(given)))


def _nearest(given: str) -> list[str]:
    ours = difflib.get_close_matches(given.lower(), [DATA_SCIENTIST.lower()], cutoff=0.6)
    return [DATA_SCIENTIST] if ours else roles.nearest(given)


def _object_id(given: Any) -> Any:
    if roles.is_guid(given):
        return given.lower()
    hint = "az ad user show --id NAME --query id" if "@" in given else "az ad group show --group NAME --query id"
    raise refusal(f'"{given}" is not an object id', f"the GUID that `{hint}` prints")


def _scope(given: Any) -> Any:
    if given in SCOPES or ids.is_id(given):
        return given
    raise refusal(f'"{given}" is not a scope', f"{', '.join(SCOPES)}, or an ARM id")


class AccessEntry(Model):
    """One role for one user, group or identity."""

    role: Annotated[InputStr, Check(_role), LOCAL]
    """A built-in role's name or id (`AzureML Data Scientist`), a custom role's id, or `Data Scientist without compute`
    (see `guardrails`)."""
    principal: Annotated[InputStr, Check(_object_id, guid_form), Arm("properties.principalId")]
    """Object id of the user, group or service principal in Microsoft Entra."""
    principal_type: Annotated[Literal["user", "group", "service_principal"], PASCAL, Arm("properties.principalType")]
    """Type of the principal; an identity is a service principal."""
    scope: Annotated[InputStr, Check(_scope), LOCAL] = "workspace"
    """Scope: one of the platform's resources, or any ARM id."""
    description: Annotated[str | None, Arm("properties.description")] = None
    """Why; Azure shows it with the assignment."""
    data: Annotated[bool | None, LOCAL] = None
    """With a data scientist's role on the workspace, whose datastores use identities: whether the two roles on the
    workspace's storage that reading and writing data takes come with it. On an account that this description makes if
    left out, with `true` on a given one, too, with `false` not at all."""

    @property
    def needs_data(self) -> bool:
        """Return whether it is a data scientist's role on the workspace, which is of little use without data."""
        known = roles.find(self.role) if isinstance(self.role, str) else None
        named = self.role == DATA_SCIENTIST or (known is not None and known.name == "AzureML Data Scientist")
        return named and self.scope == "workspace" and self.data is not False
