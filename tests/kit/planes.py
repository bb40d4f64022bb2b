"""A server with what data planes stand on, a group and an account, for the clients of data planes."""

import contextlib
import datetime
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from azure.identity import ClientSecretCredential

from azureml_arm.roles import definition_id
from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_sandbox.model.identities import CALLER, CLIENT, SECRET
from kit.served import Served, serving

ACCOUNT = "stplanes"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-planes"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-planes"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-planes"
ML = "2024-10-01"
REGION = {"location": "westeurope"}
ENVIRONMENT = f"{WORKSPACE}/environments/base/versions/1"
MODEL = f"{WORKSPACE}/models/churn/versions/1"
ARM = "https://management.azure.com/.default"
C = TypeVar("C")


@dataclass
class Planes:
    """A running server, and who is signed in: an Owner, who as such may do nothing with data."""

    served: Served

    @cached_property
    def options(self) -> dict[str, Any]:
        """Return what Azure's clients are made with."""
        return {"connection_verify": str(self.served.authority), "retry_total": 0}

    @cached_property
    def credential(self) -> ClientSecretCredential:
        """Return the sandbox's own application."""
        verify = str(self.served.authority)
        return ClientSecretCredential(
            TENANT, CLIENT, SECRET, authority=self.served.url, disable_instance_discovery=True, connection_verify=verify
        )

    @cached_property
    def key(self) -> str:
        """Return the account's first key."""
        return str(self.arm("POST", f"{STORAGE}/listKeys")["keys"][0]["value"])

    def address(self, service: str, name: str = ACCOUNT) -> str:
        """Return where one of the account's services, or a vault, answers."""
        return f"{self.served.url}/{service}/{name}"

    @property
    def account_key(self) -> dict[str, str]:
        """Return the account's key as a credential."""
        return {"account_name": ACCOUNT, "account_key": self.key}

    @property
    def wrong_key(self) -> dict[str, str]:
        """Return a key that isn't the account's as a credential."""
        return {"account_name": ACCOUNT, "account_key": self.key[:-4] + "AA=="}

    def client(self, kind: Callable[..., C], service: str, credential: Any) -> C:
        """Return a client of one of the account's services."""
        return kind(self.address(service), credential=credential, **self.options)

    def now(self) -> datetime.datetime:
        """Return the time of this machine."""
        return datetime.datetime.now(datetime.UTC)

    def arm(self, method: str, path: str, body: Any = None, version: str = "2023-05-01") -> Any:
        """Send a request to ARM that must succeed, and return the JSON that comes back."""
        token = self.credential.get_token(ARM).token
        answer = self.served.session.request(
            method,
            f"{self.served.url}{path}?api-version={version}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    @contextlib.contextmanager
    def role(self, name: str, scope: str = GROUP) -> Iterator[None]:
        """Have a role for as long as the block lasts."""
        own = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        properties = {"roleDefinitionId": definition_id(name, SUBSCRIPTION), "principalId": CALLER}
        self.arm("PUT", own, {"properties": {**properties, "principalType": "ServicePrincipal"}}, "2022-04-01")
        try:
            yield
        finally:
            self.arm("DELETE", own, version="2022-04-01")


@contextlib.contextmanager
def planes(folder: Path, *, make: bool = True) -> Iterator[Planes]:
    """Yield a server for as long as the block lasts, with a group and an account if they are to be made."""
    with serving(folder) as served:
        made = Planes(served)
        if make:
            made.arm("PUT", GROUP, {"location": "westeurope"}, "2024-03-01")
            account = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
            made.arm("PUT", STORAGE, account)
            _take_data_roles(made)
        yield made


def _take_data_roles(served: Planes) -> None:
    """Leave the sandbox's application the Owner's role only: tests say which others they need."""
    listed = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments"
    owner = definition_id("Owner", SUBSCRIPTION)
    for one in served.arm("GET", listed, version="2022-04-01")["value"]:
        if one["properties"]["principalId"] == CALLER and one["properties"]["roleDefinitionId"] != owner:
            served.arm("DELETE", one["id"], version="2022-04-01")


def workspace(served: Planes) -> None:
    """Make a workspace with a cluster and what deployments need."""
    vault = {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}, "accessPolicies": []}
    served.arm("PUT", VAULT, {**REGION, "properties": vault}, "2023-07-01")
    identity = {"identity": {"type": "SystemAssigned"}}
    served.arm(
        "PUT", WORKSPACE, {**REGION, **identity, "properties": {"storageAccount": STORAGE, "keyVault": VAULT}}, ML
    )
    cluster = {"scaleSettings": {"maxNodeCount": 2}, "vmSize": "STANDARD_DS3_V2"}
    served.arm("PUT", f"{WORKSPACE}/computes/cpu",
               {**REGION, "properties": {"computeType": "AmlCompute", "properties": cluster}}, ML)  # fmt: skip
    served.arm("PUT", ENVIRONMENT, {"properties": {"image": "mcr.microsoft.com/azureml/base:1"}}, ML)
    model = {"modelType": "mlflow_model", "modelUri": "azureml://datastores/workspaceblobstore/paths/m"}
    served.arm("PUT", MODEL, {"properties": model}, ML)
