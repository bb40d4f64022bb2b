"""Azure's clouds: the hosts and suffixes of each, and which of them a run works in. No other module names them.

Sources: azure-cli, src/azure-cli-core/azure/cli/core/cloud.py (hosts and suffixes of the clouds that it knows);
azure-sdk-for-python, sdk/ml/azure-ai-ml/azure/ai/ml/_azure_environments.py (storage, Azure ML's own). The sandbox
models the public cloud.
"""

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SETTING = "azure-native:environment"
"""The stack's setting that chooses a cloud, in azure-native's words."""
CUSTOM = "custom"
"""The cloud that azapi's variables describe."""
_CUSTOM = ("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", "ARM_RESOURCE_MANAGER_ENDPOINT", "ARM_RESOURCE_MANAGER_AUDIENCE")


class CloudError(ValueError):
    """A cloud that there is not; the message has where it is named and what there is."""


@dataclass(frozen=True)
class AzureCloud:
    """One of Azure's clouds."""

    name: str
    """As azure-native's `environment`."""
    authority: str
    """The host that tokens come from, as it stands in what is made in this cloud."""
    resource_manager: str
    """The address of Azure Resource Manager, without a slash at the end."""
    audience: str
    """What a token for Azure Resource Manager is for."""
    storage: str
    """The domain below which `ACCOUNT.blob`, `ACCOUNT.file` and their like are."""
    key_vault: str
    registry: str
    synapse: str
    """The domain below which Synapse workspaces' own interfaces are, and with https:// what tokens for them are for."""
    studio: str
    """The address of Azure ML studio."""
    registries: str
    """The address of the service that says where an Azure ML registry is."""
    also: tuple[str, ...] = ()
    """Its names in other tools, in lower case."""
    sign_in: str = ""
    """Where this machine asks for tokens, where that isn't the authority itself: a host, perhaps with a port."""

    @property
    def own_manager(self) -> str:
        """Return the address of Azure Resource Manager as it stands in what is made in this cloud."""
        return PUBLIC.resource_manager if self.name == CUSTOM else self.resource_manager

    @property
    def scope(self) -> str:
        """Return the scope of tokens for Azure Resource Manager."""
        return f"{self.audience}/.default"

    @property
    def authority_url(self) -> str:
        """Return the address that tokens come from, for what is made in this cloud."""
        return f"https://{self.authority}"

    @property
    def sign_in_url(self) -> str:
        """Return the address that this machine asks for tokens."""
        return f"https://{self.sign_in or self.authority}"

    def blobs(self, account: str) -> str:
        """Return the address of a storage account's blobs, with a slash at the end."""
        return self.storage_address("blob", account)

    def storage_address(self, service: str, account: str) -> str:
        """Return the address of one service of a storage account (``blob``, ``file``), with a slash at the end."""
        return f"https://{account}.{service}.{self.storage}/"


PUBLIC = AzureCloud(
    name="public",
    authority="login.microsoftonline.com",
    resource_manager="https://management.azure.com",
    audience="https://management.azure.com",
    storage="core.windows.net",
    key_vault="vault.azure.net",
    registry="azurecr.io",
    synapse="dev.azuresynapse.net",
    studio="https://ml.azure.com",
    registries="https://eastus.api.azureml.ms",
    also=("azurecloud", "azurepubliccloud", "azure_public_cloud"),
)
CLOUDS = {
    cloud.name: cloud
    for cloud in (
        PUBLIC,
        AzureCloud(
            name="usgovernment",
            authority="login.microsoftonline.us",
            resource_manager="https://management.usgovcloudapi.net",
            audience="https://management.core.usgovcloudapi.net",
            storage="core.usgovcloudapi.net",
            key_vault="vault.usgovcloudapi.net",
            registry="azurecr.us",
            synapse="dev.azuresynapse.usgovcloudapi.net",
            studio="https://ml.azure.us",
            registries="https://usgovarizona.api.ml.azure.us",
            also=("usgov", "azureusgovernment", "azureusgovernmentcloud", "azure_us_government"),
        ),
        AzureCloud(
            name="china",
            authority="login.chinacloudapi.cn",
            resource_manager="https://management.chinacloudapi.cn",
            audience="https://management.chinacloudapi.cn",
            storage="core.chinacloudapi.cn",
            key_vault="vault.azure.cn",
            registry="azurecr.cn",
            synapse="dev.azuresynapse.azure.cn",
            studio="https://studio.ml.azure.cn",
            registries="https://chinaeast2.api.ml.azure.cn",
            also=("azurechinacloud", "azure_china_cloud"),
        ),
    )
}
"""By azure-native's names: https://www.pulumi.com/registry/packages/azure-native/installation-configuration/."""


def choose(config: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> AzureCloud:
    """Return the cloud of a run: the stack's setting, then the environment, then Azure CLI's, then the public one.

    The order is azure-native's (pulumi-azure-native, provider/pkg/provider/auth.go, readAzureCloudFromConfig); Azure
    CLI's cloud counts there, too, where the CLI is who signs in. CloudError where the name is unknown.
    """
    environ = os.environ if environ is None else environ
    given = str((config or {}).get(SETTING) or "")
    if given:
        return cloud_named(given, SETTING, environ)
    for variable in ("ARM_ENVIRONMENT", "AZURE_ENVIRONMENT"):
        if environ.get(variable):
            return cloud_named(environ[variable], variable, environ)
    host = environ.get("AZURE_AUTHORITY_HOST", "")
    if host:
        host = urlsplit(host if "://" in host else f"https://{host}").netloc.lower()
        return next((cloud for cloud in CLOUDS.values() if cloud.authority == host), PUBLIC)
    return _find(_cloud_of_cli(environ)) or PUBLIC


def cloud_named(name: str, where: str, environ: Mapping[str, str] | None = None) -> AzureCloud:
    """Return a cloud by any tool's name for it; `where` it is named is for the CloudError."""
    if name.lower() == CUSTOM:
        return _custom(os.environ if environ is None else environ)
    found = _find(name)
    if found is None:
        raise CloudError(f"{where}: there is no cloud {name!r}; expected {', '.join(CLOUDS)}")
    return found


def _find(name: str) -> AzureCloud | None:
    word = name.lower()
    return next((cloud for cloud in CLOUDS.values() if word == cloud.name or word in cloud.also), None)


def _custom(environ: Mapping[str, str]) -> AzureCloud:
    """Return the cloud of https://registry.terraform.io/providers/Azure/azapi/latest/docs#environment `custom`.

    It is the public one, reached at other addresses: nothing that is made in it depends on the way there.
    """
    missing = [name for name in _CUSTOM if not environ.get(name)]
    if missing:
        raise CloudError(
            f"ARM_ENVIRONMENT: the cloud is 'custom', and nothing says where it is; set {', '.join(missing)}, "
            f"or name one of {', '.join(CLOUDS)}"
        )
    authority, manager, audience = (environ[name].rstrip("/") for name in _CUSTOM)
    return replace(
        PUBLIC,
        name=CUSTOM,
        sign_in=urlsplit(authority).netloc or authority,
        resource_manager=manager,
        audience=audience,
        registries=manager,
        also=(),
    )


def _cloud_of_cli(environ: Mapping[str, str]) -> str:
    """Return the cloud that `az cloud set` chose, by the CLI's name."""
    folder = Path(environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure")
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(folder / "config", encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return ""
    return parser.get("cloud", "name", fallback="")
