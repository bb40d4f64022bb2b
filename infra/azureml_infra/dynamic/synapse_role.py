"""A role in a Synapse workspace, which Azure Resource Manager can't give: the workspace's own interface does.

https://learn.microsoft.com/azure/synapse-analytics/security/synapse-workspace-synapse-rbac; requests and answers are
those of azure-cli (src/azure-cli/azure/cli/command_modules/synapse/tests/latest/recordings, test_access_control.yaml),
in the version that azure-synapse-accesscontrol asks for.
"""

import sys
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult

from azureml_arm import ids
from azureml_infra.dynamic.clients import ArmClient, AzureRefusedError, api_version
from azureml_infra.dynamic.patience import retry
from azureml_infra.dynamic.provider import DynamicResource, Provider

ADMINISTRATOR = "6e4bf58a-b8e1-4cc3-bbf9-d73143322b78"
"""Synapse Administrator, as the service lists it."""
_VERSION = "2020-12-01"
PATIENCE_SECONDS = {400: 60, 403: 300}
"""How long to wait, by the answer's status, for what was made in the same run to reach the workspace: the identity, and
the right to give roles or the rule of the firewall
(https://learn.microsoft.com/azure/synapse-analytics/security/synapse-workspace-ip-firewall)."""
_SHUT = ("PublicNetworkAccessDenied", "ClientIpAddressNotAuthorized")
"""The codes of a workspace that doesn't let this machine in, whoever asks."""


class SynapseRoleProvider(Provider):
    """Gives a role, looks whether it is there, and takes it away."""

    identity = ("workspace_id", "item", "role_id", "principal_id", "assignment")

    def create(self, props: Any) -> CreateResult:
        """Give the role; it may be there already, by the same name."""
        synapse = self._synapse(props)
        if synapse is None:
            raise AzureRefusedError(f"{props['workspace_id']} can't be found, so nobody gets a role in it")
        body = {
            "roleId": props["role_id"],
            "principalId": props["principal_id"],
            "principalType": "ServicePrincipal",
            "scope": _scope(props),
        }
        try:
            retry(
                lambda: synapse.submit(_place(props), _VERSION, body),
                lambda error: PATIENCE_SECONDS.get(getattr(error, "status", 0), 0),
            )
        except AzureRefusedError as error:
            raise AzureRefusedError(_refusal(props, error), error.status) from error
        return CreateResult(f"{props['workspace_id']}/roleAssignments/{props['assignment']}", dict(props))

    def read(self, id_: str, props: Any) -> ReadResult:
        """Return an empty id where the role isn't there; the state as it is where nobody may look."""
        from azure.core.exceptions import ServiceRequestError

        try:
            synapse = self._synapse(props)
            found = synapse.get(_place(props), _VERSION) if synapse is not None else None
        except (AzureRefusedError, ServiceRequestError) as error:
            _warn(props, f"can't be looked at, so it counts as there: {error}")
            return ReadResult(id_, dict(props))
        return ReadResult(id_ if found is not None else "", dict(props) if found is not None else {})

    def delete(self, _id: str, _props: Any) -> None:
        """Take the role away. Idempotent, also where the workspace is gone; one that lets nobody in keeps it."""
        synapse = self._synapse(_props)
        if synapse is None:
            return
        try:
            synapse.delete(_place(_props), _VERSION)
        except AzureRefusedError as error:
            if not any(code in str(error) for code in _SHUT):
                raise
            _warn(_props, f"stays, as the workspace lets nobody in: {error}")

    def _synapse(self, props: Any) -> ArmClient | None:
        """Return a client of the workspace's own interface; None where there is no workspace."""
        found = self.arm().get(props["workspace_id"], api_version(props["workspace_id"]))
        if found is None:
            return None
        address = found["properties"]["connectivityEndpoints"]["dev"]
        return ArmClient(self.cloud, self.credential(), address, f"https://{self.cloud.synapse}/.default")


def _warn(props: Any, what: str) -> None:
    sys.stderr.write(f"warning: the role in {_scope(props)} {what}\n")


def _scope(props: Any) -> str:
    return f"workspaces/{ids.parse(props['workspace_id']).name}/{props['item']}"


def _place(props: Any) -> str:
    return f"/roleAssignments/{props['assignment']}"


def assignment_command(synapse: str, role: str, principal_id: str, item: str) -> str:
    """Return the command that gives a role in a Synapse workspace, for whom the workspace lets in."""
    kind, _, name = item.partition("/")
    return (
        f"az synapse role assignment create --workspace-name {synapse} --role {role} --assignee-object-id "
        f"{principal_id} --assignee-principal-type ServicePrincipal --item-type {kind} --item {name}"
    )


def _refusal(props: Any, error: AzureRefusedError) -> str:
    name = ids.parse(props["workspace_id"]).name
    command = assignment_command(name, props["role_id"], props["principal_id"], str(props["item"]))
    return (
        f"{error}; whoever runs this must be Synapse Administrator or Azure Owner of {name}, and its firewall must let "
        "this machine in (`create: {firewall: [azure, ADDRESS]}`). Otherwise say `create: {administrator: false}` and "
        f"let somebody who may run `{command}`"
    )


class SynapseRole(DynamicResource, module="azureml", name="SynapseRole"):
    """A role in a Synapse workspace: `item` is what it is on, ``bigDataPools/NAME``."""

    def __init__(
        self,
        name: str,
        *,
        workspace_id: pulumi.Input[str],
        item: str,
        principal_id: pulumi.Input[str],
        assignment: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "workspace_id": workspace_id,
            "item": item,
            "role_id": ADMINISTRATOR,
            "principal_id": principal_id,
            "assignment": assignment,
        }
        super().__init__(SynapseRoleProvider(), name, props, opts)
