"""A registry as what is read, found by its name alone: ``--registry-name``.

The addresses are azure-ai-ml's (https://github.com/Azure/azure-sdk-for-python/blob/main/sdk/ml/azure-ai-ml/azure/ai/ml/
_utils/_registry_utils.py): a service says in which resource group a registry is and who answers for it, and that one
answers below ARM's paths, also for Microsoft's own registries, which ARM shows to nobody else.
"""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as url_quote

from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.nouns import REGISTRIES, Noun
from azureml_infra.commands.verbs.target import Target, find_stack
from azureml_infra.dynamic.clients import ArmClient
from azureml_infra.yaml.problems import quote

_FRONTEND = "mferp/managementfrontend"
_API = "2021-10-01-dataplanepreview"
_SCHEME = "azureml://registries/"


@dataclass(frozen=True)
class RegistryTarget(Target):
    """A registry, in place of a workspace."""

    address: str = ""
    """Who answers for it."""

    @property
    def id(self) -> str:
        """Return the registry's ARM id."""
        return f"{self.group_id}/providers/{REGISTRIES}/{self.workspace}"

    @property
    def called(self) -> str:
        """Return what it is called in messages."""
        return f"the registry {quote(self.workspace)}"

    def arm(self) -> ArmClient:
        """Return a client of who answers for the registry."""
        return ArmClient(self.cloud, self.credential(), self.address)

    def api_version(self, _: Noun) -> str:
        """Return the one API version that is spoken there."""
        return _API

    def identify(self, resource: Mapping[str, Any], _: str) -> dict[str, Any]:
        """Return an asset with its ARM id in place of its address in the registry."""
        return {**resource, "id": f"{self.id}/{str(resource['id']).removeprefix(_SCHEME).partition('/')[2]}"}

    def place_of(self, _: Noun, resource_id: str) -> dict[str, Any]:
        """Return where an asset is, as az shows it."""
        return {"id": f"{_SCHEME}{self.workspace}{resource_id.removeprefix(self.id)}"}


def find_registry(arguments: Namespace) -> RegistryTarget:
    """Return the registry that is named. Raises VerbError where there is none."""
    stack = find_stack(arguments)
    at = Target("", settings=stack.settings if stack else {})
    address = f"{at.cloud.registries}/registrymanagement/v1.0/registries"
    found = at.arm().read(f"{address}/{url_quote(arguments.registry_name, safe='')}/discovery")
    if found is None:
        raise VerbError(f"there is no registry {quote(arguments.registry_name)}")
    front = f"{str(found['primaryRegionResourceProviderUri']).rstrip('/')}/{_FRONTEND}"
    return RegistryTarget(found["subscriptionId"], found["resourceGroup"], found["registryName"], at.settings, front)
