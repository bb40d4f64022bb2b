"""Where a version of an asset is made: in the workspace, or in a registry."""

from dataclasses import dataclass
from typing import Any

import pulumi

from azureml_arm import ids
from azureml_arm.types import native_type
from azureml_infra.components.scope import Scope, text, token_of
from azureml_infra.entities.references import parse, registry_name


@dataclass(frozen=True)
class RegistryHome:
    """A registry that versions are made in."""

    name: str
    id: pulumi.Input[str]
    resource_group: pulumi.Input[str]
    needs: tuple[pulumi.Resource, ...] = ()
    """The registry itself, where this program makes it."""

    def token(self, family: str) -> str:
        """Return azure-native's type of a version, short."""
        return token_of(family).replace(":", ":Registry")

    def path(self, family: str, name: str, version: str) -> dict[str, pulumi.Input[str]]:
        """Return the arguments of a version that make its path."""
        names = (self.resource_group, self.name, name, version)
        return dict(zip(native_type(self.token(family)).path_names, names, strict=True))

    def version_id(self, family: str, name: str, version: str) -> pulumi.Input[str]:
        """Return the ARM id of a version."""
        return text("{r}" + f"/{family}/{name}/versions/{version}", r=self.id)

    def uri(self, family: str, name: str, version: str) -> str:
        """Return what refers to a version from anywhere."""
        return f"azureml://registries/{self.name}/{family}/{name}/versions/{version}"


def registry_of(scope: Scope, given: Any) -> RegistryHome | None:
    """Return the registry of an asset, given by name or ARM id; None for an asset of the workspace.

    Raises RunError for a name that this program doesn't make: in which resource group it is, only its id says.
    """
    if given is None:
        return None
    name = registry_name(given)
    built = scope.built.find(("registries",), parse(name))
    if built is not None:
        return RegistryHome(name, built.id, scope.resource_group, (built.resource,))
    if not ids.is_id(given):
        raise pulumi.RunError(f"there is no registry {name} in this program; make it, or give the ARM id of one")
    return RegistryHome(name, str(given).rstrip("/"), ids.parse(given).resource_group or "")
