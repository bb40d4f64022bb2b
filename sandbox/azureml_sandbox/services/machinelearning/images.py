"""The images that Azure ML builds from conda files and build contexts, and the registry that they are pushed to."""

import json

from azureml_arm import ids
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.model.tables import IMAGES
from azureml_sandbox.services.machinelearning.system import ensure_registry, workspace_of

BUILDING, SUCCEEDED = "Building", "Succeeded"


def is_built(environment: Body) -> bool:
    """Return whether an environment is more than an image that is there already."""
    properties = environment["properties"]
    return bool(properties.get("condaFile") or properties.get("build"))


def build(azure: Cloud, environment: Body) -> None:
    """Build an environment's image into the workspace's registry, which is made where there is none.

    The repository is named after what is built, as Azure ML does: an equal environment is not built again.
    """
    workspace = workspace_of(environment["id"])
    ensure_registry(azure, workspace)
    registry = ids.parse(azure.get(workspace)["properties"]["containerRegistry"]).name
    repository = repository_of(environment)
    key = f"{registry}/{repository}".lower()
    if azure.store.get(IMAGES, key) is None:
        image = {
            "registry": registry,
            "repository": repository,
            "environment": environment["id"],
            "started": azure.clock(),
            "ready": azure.clock() + (azure.operations.seconds or 0),
        }
        azure.store.set(IMAGES, key, json.dumps(image))


def repository_of(environment: Body) -> str:
    """Return the repository of an environment's image: ``azureml/azureml_`` and what stands for its content."""
    properties = environment["properties"]
    content = json.dumps([properties.get(name) for name in ("image", "condaFile", "build")], sort_keys=True)
    return f"azureml/azureml_{derived.guid('image', content).replace('-', '')}"


def repositories(azure: Cloud, registry: str) -> dict[str, str]:
    """Return the repositories of a container registry, each with its state: `BUILDING` or `SUCCEEDED`."""
    found = (json.loads(value) for _, value in azure.store.scan(IMAGES, f"{registry.lower()}/"))
    now = azure.clock()
    return {image["repository"]: BUILDING if now < image["ready"] else SUCCEEDED for image in found}


def forget(azure: Cloud, registry: str) -> None:
    """Remove the images of a deleted registry."""
    for key, _ in azure.store.scan(IMAGES, f"{registry.lower()}/"):
        azure.store.remove(IMAGES, key)
