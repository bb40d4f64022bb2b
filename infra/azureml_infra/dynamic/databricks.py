"""A personal access token of a Databricks workspace, asked for with Entra ID: what Azure ML's attach takes.

The token is its maker's, and ends after `lifetime_days`; the last third of that makes another one. It is a secret of
the state, and never in a file.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult

from azureml_infra.dynamic.clients import AzureRefusedError, DatabricksClient, api_version
from azureml_infra.dynamic.provider import DynamicResource, Provider

_DAY = 24 * 60 * 60
_COMMENT = "Azure Machine Learning: "


class DatabricksTokenProvider(Provider):
    """Makes and revokes a token (https://docs.databricks.com/api/azure/workspace/tokens).

    It reads none: Databricks shows a token to nobody but whom it belongs to.
    """

    identity = ("workspace_id", "lifetime_days", "compute")

    def diff(self, _id: str, _olds: Any, _news: Any) -> DiffResult:
        """Return a replacement also where the token ends soon: the new one is in use before the old one is revoked."""
        replaces = list(super().diff(_id, _olds, _news).replaces or [])
        if time.time() > float(_olds["ends"]) - int(_olds["lifetime_days"]) * _DAY / 3:
            replaces.append("ends")
        return DiffResult(changes=bool(replaces), replaces=replaces, delete_before_replace=False)

    def create(self, props: Any) -> CreateResult:
        """Make a token."""
        client = self._client(props["workspace_id"])
        if client is None:
            raise AzureRefusedError(f"{props['workspace_id']}: the Databricks workspace doesn't exist")
        seconds = int(props["lifetime_days"]) * _DAY
        asked = {"comment": f"{_COMMENT}{props['compute']}", "lifetime_seconds": seconds}
        made = client.post("/api/2.0/token/create", asked)
        known = {"token": made["token_value"], "ends": time.time() + seconds}
        token_id = str(made["token_info"]["token_id"])
        return CreateResult(f"{props['workspace_id']}/tokens/{token_id}", {**props, **known})

    def delete(self, _id: str, _props: Any) -> None:
        """Revoke the token. Idempotent; one of somebody else stays until it ends, and standard error says so."""
        client = self._client(_props["workspace_id"])
        if client is None:
            return
        try:
            client.post("/api/2.0/token/delete", {"token_id": _id.rpartition("/")[2]})
        except AzureRefusedError as error:
            sys.stderr.write(f"warning: the Databricks token of {_props['compute']} is not revoked: {error}\n")

    def _client(self, workspace_id: str) -> DatabricksClient | None:
        """Return a client of a workspace; None where the workspace no longer exists."""
        found: Mapping[str, Any] = self.arm().get(workspace_id, api_version(workspace_id)) or {}
        address = (found.get("properties") or {}).get("workspaceUrl")
        return DatabricksClient(self.cloud, self.credential(), workspace_id, str(address)) if address else None


class DatabricksToken(DynamicResource, module="azureml", name="DatabricksToken"):
    """A token for a compute, which belongs to whoever runs the program."""

    token: pulumi.Output[str]
    ends: pulumi.Output[float]

    def __init__(
        self,
        name: str,
        workspace_id: pulumi.Input[str],
        *,
        compute: str,
        lifetime_days: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "workspace_id": workspace_id,
            "compute": compute,
            "lifetime_days": lifetime_days,
            "token": None,
            "ends": None,
        }
        secret = pulumi.ResourceOptions(additional_secret_outputs=["token"])
        super().__init__(DatabricksTokenProvider(), name, props, pulumi.ResourceOptions.merge(opts, secret))
