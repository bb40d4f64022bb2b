"""What ``listKeys`` of a compute answers, by its type."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.services.machinelearning.system import SETTINGS

Secrets = Mapping[str, Any]
SECRETS = (
    f"{SETTINGS}.userAccountCredentials.adminUserPassword",
    f"{SETTINGS}.administratorAccount.password",
    f"{SETTINGS}.administratorAccount.privateKeyData",
    f"{SETTINGS}.databricksAccessToken",
)
"""What a compute is given and doesn't show."""


def keys(compute: Body, secrets: Secrets) -> Body:
    """Return the secrets of a compute; Azure ML's own machines have none."""
    kind = str(dig(compute, "properties.computeType"))
    reader = _KINDS.get(kind)
    if reader is None:
        raise bad_request(f"Listing keys is not supported for a compute of type {kind}.")
    return {"computeType": kind, **reader(compute, secrets)}


def _machine(compute: Body, secrets: Secrets) -> Body:
    account = dig(compute, f"{SETTINGS}.administratorAccount") or {}
    hidden = {name: secrets.get(f"{SETTINGS}.administratorAccount.{name}") for name in ("password", "privateKeyData")}
    given = {name: value for name, value in hidden.items() if value is not None}
    return {"administratorAccount": {**account, **given}}


def _databricks(_compute: Body, secrets: Secrets) -> Body:
    return {"databricksAccessToken": secrets.get(f"{SETTINGS}.databricksAccessToken")}


def _cluster(compute: Body, _secrets: Secrets) -> Body:
    def config(user: str) -> str:
        text = f"apiVersion: v1\nkind: Config\nusers: [{{name: {user}, user: {{token: {_token(compute, user)}}}}}]\n"
        return base64.b64encode(text.encode()).decode()

    return {"adminKubeConfig": config("admin"), "userKubeConfig": config("user"), "imagePullSecretName": ""}


def _token(compute: Body, user: str) -> str:
    return derived.alphanumeric("kubeconfig", compute["id"], user)


def _nothing(_compute: Body, _secrets: Secrets) -> Body:
    return {}


_KINDS: Mapping[str, Callable[[Body, Secrets], Body]] = {
    "AKS": _cluster,
    "Databricks": _databricks,
    "HDInsight": _machine,
    "Kubernetes": _nothing,
    "SynapseSpark": _nothing,
    "VirtualMachine": _machine,
}
