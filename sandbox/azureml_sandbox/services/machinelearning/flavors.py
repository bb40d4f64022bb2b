"""The flavors of an MLflow model, which Azure ML reads from the model's own file (recorded, 2024-07).

https://mlflow.org/docs/latest/ml/model/#mlmodel-file
"""

import re
from typing import Any

import yaml

from azureml_arm.documents import read_yaml
from azureml_sandbox.data.blobs import Blobs
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.machinelearning.answers.assets import in_full
from azureml_sandbox.services.machinelearning.system import WORKSPACES

_FILE = "MLmodel"
_ADDRESS = re.compile(
    r"azureml://(subscriptions/[^/]+/resourcegroups/[^/]+)/(?:providers/[^/]+/)?workspaces/([^/]+)/datastores/([^/]+)/paths/(.*)",
    re.DOTALL | re.IGNORECASE,
)


def flavors(azure: Cloud, resource_id: str, properties: Body) -> Body:
    """Return the flavors that a model's file names, by name; none where there is no such file to read."""
    if str(properties.get("modelType")).lower() != "mlflow_model":
        return {}
    found = _ADDRESS.fullmatch(in_full(resource_id, str(properties.get("modelUri") or "")))
    document = _read(azure, *found.groups()) if found else None
    named = document.get("flavors") if isinstance(document, dict) else None
    if not isinstance(named, dict):
        return {}
    return {
        str(name): {"data": {str(key): str(value) for key, value in one.items()}}
        for name, one in named.items()
        if isinstance(one, dict)
    }


def _read(azure: Cloud, group: str, workspace: str, name: str, path: str) -> Any:
    """Return what a folder's MLmodel holds; None where there is none, or none that is YAML."""
    datastore = azure.find(f"/{group}/providers/{WORKSPACES}/{workspace}/datastores/{name}")
    if datastore is None:
        return None
    place = datastore["properties"]
    account, container = str(place.get("accountName")), str(place.get("containerName"))
    try:
        return read_yaml(azure.part(Blobs).get(account, container, f"{path.strip('/')}/{_FILE}"))
    except (ArmError, yaml.YAMLError, UnicodeError):
        return None
