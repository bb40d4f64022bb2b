"""The environment that leads a command, and whatever it starts, to the sandbox."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.http import ARM_HOST
from sandbox.identities import CLIENT, SECRET
from sandbox.transport import UNSET, signed_in

if TYPE_CHECKING:
    from sandbox.azure import Azure

_ROOT = Path(__file__).parents[2]
_ON_PATH = Path(__file__).with_name("path")


def leading_here(azure: Azure, database: Path) -> dict[str, str]:
    """This process's environment, with the cloud in a file as its Azure; nothing in it leads to the real one."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET and not name.startswith("ARM_")}
    python = [str(_ON_PATH), str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **kept,
        **signed_in(azure),
        "PYTHONPATH": os.pathsep.join(python),
        "SANDBOX_STATE": str(database.resolve()),
    }


def leading_go_here(azure: Azure, url: str, bundle: Path) -> dict[str, str]:
    """What else leads Go's clients to a server of the sandbox: Terraform's azapi, the released azure-native provider.

    azapi takes the addresses one by one
    (https://registry.terraform.io/providers/Azure/azapi/latest/docs#environment-1), azure-native reads them from the
    metadata of a host (https://www.pulumi.com/registry/packages/azure-native/installation-configuration/).
    """
    return {
        "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": f"{url}/",
        "ARM_CLIENT_ID": CLIENT,
        "ARM_CLIENT_SECRET": SECRET,
        "ARM_DISABLE_INSTANCE_DISCOVERY": "true",
        "ARM_ENVIRONMENT": "custom",
        "ARM_METADATA_HOSTNAME": url.removeprefix("https://"),
        "ARM_RESOURCE_MANAGER_AUDIENCE": f"https://{ARM_HOST}",
        "ARM_RESOURCE_MANAGER_ENDPOINT": url,
        "ARM_SUBSCRIPTION_ID": azure.subscription,
        "ARM_TENANT_ID": azure.tenant,
        "ARM_USE_CLI": "false",
        "ARM_USE_MSI": "false",
        "SSL_CERT_FILE": str(bundle),
    }
