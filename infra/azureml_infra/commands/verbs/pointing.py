"""``--all-traffic`` and ``--set-default``: a new deployment gets the requests of its endpoint in the description."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from azureml_infra.description.adding import AddingError
from azureml_infra.description.changing import change
from azureml_infra.description.load import load
from azureml_infra.description.located import ENDPOINTS
from azureml_infra.yaml.problems import quote

_Words = Callable[[Mapping[str, Any], str], dict[str, Any]]
FLAGS: Mapping[str, tuple[str, str]] = {
    "online-deployment": ("--all-traffic", "its endpoint sends it all requests: `traffic`"),
    "batch-deployment": ("--set-default", "its endpoint has it for its default: `defaults.deployment_name`"),
}
"""The flag of each noun, and what it does."""
_WORDS: Mapping[str, _Words] = {
    "online_deployments": lambda _, name: {"traffic": {name: 100}},
    "batch_deployments": lambda endpoint, name: {
        "defaults": {**(endpoint.get("defaults") or {}), "deployment_name": name}
    },
}


def point_endpoint_at(deployment: Any, folder: Path) -> None:
    """Write into the file of a deployment's endpoint that requests go there. Raises AddingError, DescriptionError."""
    description = load(folder)
    wanted = (ENDPOINTS[deployment.family], deployment.endpoint_name)
    found = next((one for one in description.entities if (one.entity.family, one.entity.name) == wanted), None)
    if found is None:
        raise AddingError(f"the endpoint {quote(deployment.endpoint_name)} is not in the description")
    change(folder, found.file, found.at, lambda words: words.update(_WORDS[deployment.family](words, deployment.name)))
