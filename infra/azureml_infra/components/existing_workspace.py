"""A workspace that exists already: nothing of it is changed, what is in it can be."""

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any, Literal, cast

import pulumi

from azureml_arm import ids
from azureml_arm.types import native_type
from azureml_infra.components.azure import Destination
from azureml_infra.components.base import sdk_class
from azureml_infra.components.foundation import GET_WORKSPACE, PROPERTIES, WORKSPACE, Foundation
from azureml_infra.components.grants import Granted
from azureml_infra.components.known import part_of, plain
from azureml_infra.components.live import client_context, lookup, of_this_run
from azureml_infra.components.names import names, path_of
from azureml_infra.components.scope import Scope
from azureml_infra.components.shared import Shared
from azureml_infra.components.workspace import DEFAULT_STORE, Workspace
from azureml_infra.entities.arguments import ArgumentError
from azureml_infra.entities.base import is_output
from azureml_infra.entities.fields import same_id
from azureml_infra.entities.reverse import at as value_at
from azureml_infra.entities.words import snake
from azureml_infra.entities.workspace import WorkspaceArgs
from azureml_infra.yaml.problems import nearest, one_of, quote

AnyWorkspace = Workspace | pulumi.Input[str]
"""What a component takes as its workspace: one of this program, or the ARM id or name of one that exists."""
EXPECTED = "a Workspace of this program, or the ARM id or name of one that exists"
_TYPE = "Microsoft.MachineLearningServices/workspaces"
_AUTH_MODES: dict[str, Literal["access_key", "identity", "user_delegation_sas"]] = {
    "accesskey": "access_key",
    "identity": "identity",
    "userdelegationsas": "user_delegation_sas",
}


class ExistingWorkspace(Workspace):
    """An Azure ML workspace that this program only uses, with the storage, vault and registry that it stands on.

    `workspace_id` is its ARM id, as text or as an Output. It is read in each run, and stays when the stack is
    destroyed. Text that names none raises RunError before anything is made.
    """

    def __init__(
        self,
        name: str,
        workspace_id: pulumi.Input[str],
        *,
        tags: Mapping[str, pulumi.Input[str]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super(Workspace, self).__init__("ExistingWorkspace", name, opts)
        azure, given = Destination(), plain(workspace_id)
        group, own_name = (part_of(given, attrgetter(part)) for part in ("resource_group", "name"))
        live = _read(given, azure)
        self.resource = sdk_class(WORKSPACE).get(name, given, self.below())
        self.args = WorkspaceArgs(system_datastores_auth_mode=_auth_mode(live))
        self._user, self.granted = None, Granted(azure)
        # An Output isn't known yet: then the names are Outputs, too, and Azure is asked for nothing.
        azure_names = replace(
            names(name, azure.subscription, "group"), resource_group=cast("str", group), workspace=cast("str", own_name)
        )
        location = live["location"] if live is not None else self.resource.location
        self.foundation = Foundation(
            self, name, disposable=False, deleted="recover", azure=azure, names=azure_names, location=location,
            tags=dict(tags or {}), protect=True, live=live,
        )  # fmt: skip
        for part, word in PROPERTIES.items():
            self.foundation.ids[part] = self._part(word, live)
        self.scope = Scope(azure.subscription, group, own_name, location, self.resource)
        self.scope.exists = live is not None
        self.shared = Shared(
            self, self.scope, self.foundation.storage_endpoint("blob"), self.container_of(*DEFAULT_STORE)
        )
        self._publish()

    @property
    def principal(self) -> pulumi.Input[str]:
        """Return the object id of the identity that the workspace works with."""
        live = self.foundation.live or {}
        chosen = live.get("primaryUserAssignedIdentity")
        given = (live.get("identity") or {}).get("userAssignedIdentities") or {}
        found = next((one for key, one in given.items() if same_id(key, chosen)), None)
        return str(found["principalId"]) if found is not None else super().principal

    @property
    def has_user_identity(self) -> bool:
        """Return whether it works with an identity that it was given."""
        return bool((self.foundation.live or {}).get("primaryUserAssignedIdentity"))

    def _part(self, word: str, live: Mapping[str, Any] | None) -> pulumi.Input[str] | None:
        if live is not None:
            return live.get(word) or None
        found: pulumi.Output[str] = getattr(self.resource, snake(word))
        return found


def use(workspace: AnyWorkspace) -> Workspace:
    """Return the component of a workspace, given as one or by its ARM id or name; ArgumentError for anything else.

    One that is named several times in a program is one component.
    """
    if isinstance(workspace, Workspace):
        return workspace
    given = plain(workspace)
    if not isinstance(given, str) and not is_output(given):
        what = f"this component: workspace: {quote(type(given).__name__)} is none; expected {EXPECTED}"
        raise ArgumentError(what)
    if isinstance(given, str) and not ids.is_id(given):
        given = _find(given, Destination())
    known: dict[Any, ExistingWorkspace] = of_this_run("workspaces")
    key = given.lower() if isinstance(given, str) else id(given)
    if key not in known:
        known[key] = ExistingWorkspace(_name(given, len(known)), given)
    return known[key]


def _name(given: pulumi.Input[str], before: int) -> str:
    if not isinstance(given, str):
        return f"workspace-{before + 1}"
    parsed = ids.parse(given)
    return f"{parsed.resource_group}-{parsed.name}".lower()


def _find(name: str, azure: Destination) -> str:
    """Return the id of the only workspace in the subscription that has a name."""
    reachable = client_context()
    if reachable is None:
        raise pulumi.RunError(f"workspace: {quote(name)}: nobody is signed in to find it; give its ARM id")
    collection = f"/subscriptions/{azure.subscription}/providers/{_TYPE}"
    with reachable:
        every = [str(one["id"]) for one in azure.arm().list(collection, native_type(WORKSPACE).api_version)]
    found = [one for one in every if ids.parse(one).name.lower() == name.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        raise pulumi.RunError(f"workspace: {quote(name)} is in several resource groups; expected {one_of(found)}")
    near = nearest(name, [ids.parse(one).name for one in every])
    hint = f"; did you mean {near}?" if near else f"; expected {EXPECTED}"
    raise pulumi.RunError(f"workspace: there is no {quote(name)} in the subscription {azure.subscription}{hint}")


def _read(given: pulumi.Input[str], azure: Destination) -> dict[str, Any] | None:
    """Return the workspace as it is in Azure; None for an Output. Raises RunError where there is none."""
    if not isinstance(given, str):
        return None
    parsed = ids.parse(given)
    if parsed.type.lower() != _TYPE.lower():
        raise pulumi.RunError(f"workspace: {given} is not the ARM id of a workspace; expected {EXPECTED}")
    if (parsed.subscription or "").lower() != azure.subscription.lower():
        raise pulumi.RunError(
            f"workspace: {given} is in another subscription than this stack works in ({azure.subscription}); "
            f"`pulumi config set azure-native:subscriptionId {parsed.subscription}`"
        )
    live = lookup(GET_WORKSPACE, path_of(given))
    if live is None:
        raise pulumi.RunError(f"workspace: {given} can't be found in Azure; expected the ARM id of one that exists")
    return live


def _auth_mode(live: Mapping[str, Any] | None) -> Literal["access_key", "identity", "user_delegation_sas"]:
    said = str(value_at(live, "systemDatastoresAuthMode") or "identity")
    return _AUTH_MODES.get(said.lower().replace("_", ""), "identity")
