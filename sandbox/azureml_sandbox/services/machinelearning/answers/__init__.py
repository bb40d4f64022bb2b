"""How Azure ML shows its resources, as recordings of the service show: what it adds, rewrites and shows as null.

What is stored is what was asked; these functions make the answer of it. Each takes a private copy of a resource and
the version of the API that asks, which decides on some members.
"""

from collections.abc import Callable, Mapping

from azureml_sandbox.model.bodies import Body
from azureml_sandbox.services.machinelearning.answers import assets, computes, endpoints, jobs, registries, workspaces

Renderer = Callable[[Body, str], None]
"""Changes a stored resource into what an answer shows of it."""
_WORKSPACE = "microsoft.machinelearningservices/workspaces"

_REGISTRY = "microsoft.machinelearningservices/registries"
_ASSETS: Mapping[str, Renderer] = {
    "codes/versions": assets.code,
    "components/versions": assets.component,
    "data/versions": assets.data,
    "environments": assets.environment_container,
    "environments/versions": assets.environment,
    "models/versions": assets.model,
}
"""What is in a registry as it is in a workspace."""

RENDERERS: Mapping[str, Renderer] = {
    _WORKSPACE: workspaces.workspace,
    _REGISTRY: workspaces.registry,
    **{f"{_WORKSPACE}/{name}": renderer for name, renderer in _ASSETS.items()},
    **{f"{_REGISTRY}/{name}": registries.in_a_registry(renderer) for name, renderer in _ASSETS.items()},
    f"{_WORKSPACE}/batchendpoints": endpoints.batch_endpoint,
    f"{_WORKSPACE}/batchendpoints/deployments": endpoints.batch_deployment,
    f"{_WORKSPACE}/computes": computes.compute,
    f"{_WORKSPACE}/connections": workspaces.connection,
    f"{_WORKSPACE}/datastores": workspaces.datastore,
    f"{_WORKSPACE}/jobs": jobs.job,
    f"{_WORKSPACE}/onlineendpoints": endpoints.online_endpoint,
    f"{_WORKSPACE}/onlineendpoints/deployments": endpoints.online_deployment,
    f"{_WORKSPACE}/schedules": workspaces.schedule,
}
"""Type in lower case -> its renderer; what isn't here is shown as it is stored."""
