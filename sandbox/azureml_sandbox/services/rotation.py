"""Keys that a service makes and can make anew: storage accounts, registries, Log Analytics."""

from azureml_sandbox.model import derived
from azureml_sandbox.model.resource import Cloud


def current(azure: Cloud, resource_id: str, *purpose: str) -> str:
    """Return a resource's key as it is now."""
    turns = azure.secrets(resource_id).get(_path(purpose), 0)
    return derived.key(purpose[0], resource_id, *purpose[1:], *([str(turns)] if turns else []))


def renew(azure: Cloud, resource_id: str, *purpose: str) -> str:
    """Make a key anew, so that the one before opens nothing any more."""
    azure.hide(resource_id, _path(purpose), azure.secrets(resource_id).get(_path(purpose), 0) + 1)
    return current(azure, resource_id, *purpose)


def _path(purpose: tuple[str, ...]) -> str:
    return ".".join(("rotations", *purpose))
