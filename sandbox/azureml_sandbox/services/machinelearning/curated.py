"""Azure ML's own (curated) environments, which are in every workspace without anybody having made them.

Names: https://github.com/Azure/azureml-assets/tree/main/assets/training/general/environments. Which numbers their
versions have isn't modelled: any is there, and the latest is `LATEST`.
"""

from azureml_sandbox.model.bodies import Body

PREFIX = "AzureML-"
LATEST = "1"
NAMES = tuple(
    PREFIX + name
    for name in (
        "acpt-pytorch-2.2-cuda12.1",
        "acpt-pytorch-2.8-cuda12.6",
        "lightgbm-3.3",
        "sklearn-1.1",
        "sklearn-1.5",
        "tensorflow-2.12-cuda11",
        "tensorflow-2.16-cuda12",
    )
)
"""Those that lists show."""
_LOWERED = frozenset(name.lower() for name in NAMES)


def is_curated(name: str) -> bool:
    """Return whether a name is one of Azure ML's own, in lists or not."""
    return name.startswith(PREFIX) or name.lower() in _LOWERED


def container(resource_id: str, name: str) -> Body:
    """Return a curated environment's name; the type is for the caller to add."""
    properties = {"isArchived": False, "latestVersion": LATEST, "nextVersion": str(int(LATEST) + 1), "tags": {}}
    return {"id": resource_id, "name": name, "properties": {**properties, "properties": {}}}


def version(resource_id: str, name: str, number: str) -> Body:
    """Return one version of a curated environment."""
    image = f"mcr.microsoft.com/azureml/curated/{name.lower().removeprefix(PREFIX.lower())}:{number}"
    properties = {"image": image, "osType": "Linux", "environmentType": "Curated", "isAnonymous": False}
    more: Body = {"isArchived": False, "tags": {}, "properties": {}, "provisioningState": "Succeeded"}
    return {"id": resource_id, "name": number, "properties": {**properties, **more}}
