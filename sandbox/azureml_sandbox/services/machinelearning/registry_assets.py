"""The assets in a registry: as those in a workspace, but everything takes its time."""

from azureml_sandbox.model.resource import ResourceType, Write
from azureml_sandbox.services.machinelearning import assets_kinds as kinds
from azureml_sandbox.services.machinelearning.assets import Asset, Version
from azureml_sandbox.services.machinelearning.publishing import REGISTRIES
from azureml_sandbox.services.machinelearning.system import WORKSPACES
from azureml_sandbox.services.machinelearning.waiting import ACCEPTED, PUT_WITH_STATUS

_SLOW = {"PUT": PUT_WITH_STATUS, "DELETE": ACCEPTED}


class RegistryEnvironmentVersion(kinds.EnvironmentVersion):
    """An environment, whose image goes to the container registry that the registry has from the start."""

    def after(self, write: Write, resource: dict[str, object]) -> None:
        """Build nothing: there is no workspace to build for."""
        Version.after(self, write, resource)


def _in_a_registry(kind: type[Asset]) -> type[ResourceType]:
    """Return the same kind of asset, in a registry."""
    name = kind.__name__ if kind.__name__.startswith("Registry") else f"Registry{kind.__name__}"
    attributes = {"type": kind.type.replace(WORKSPACES, REGISTRIES), "long_running": _SLOW, "__doc__": kind.__doc__}
    return type(name, (kind,), attributes)


ASSETS: tuple[type[ResourceType], ...] = tuple(
    _in_a_registry(kind)
    for kind in (
        kinds.CodeContainer,
        kinds.CodeVersion,
        kinds.ComponentContainer,
        kinds.ComponentVersion,
        kinds.DataContainer,
        kinds.DataVersion,
        kinds.EnvironmentContainer,
        RegistryEnvironmentVersion,
        kinds.ModelContainer,
        kinds.ModelVersion,
    )
)
