"""Azure's clouds by azure-native's names (its setting `environment`), and whoever is signed in to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

CLOUDS = {"public": "AZURE_PUBLIC_CLOUD", "usgovernment": "AZURE_US_GOVERNMENT", "china": "AZURE_CHINA_CLOUD"}
"""azure-native's names of the clouds and azure-core's."""
AUTHORITIES = {
    "public": "login.microsoftonline.com",
    "usgovernment": "login.microsoftonline.us",
    "china": "login.chinacloudapi.cn",
}


def credential(environment: str = "public") -> TokenCredential:
    """Return the credential of whoever is signed in: environment, workload or managed identity, Azure CLI."""
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential(authority=AUTHORITIES[environment])
