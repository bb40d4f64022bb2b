"""The subscription, tenant and names that a program works with, known before anything is made."""

import os
from functools import cached_property

import pulumi

from azureml_arm import clouds, credentials
from azureml_arm.clouds import AzureCloud
from azureml_infra.components.live import client_config
from azureml_infra.dynamic.clients import ArmClient


class Destination:
    """Where a program's resources go. The stack's config comes first, then the environment, then who is signed in."""

    @cached_property
    def subscription(self) -> str:
        """Return the subscription's GUID."""
        return self._setting("subscriptionId", "ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID")

    @cached_property
    def tenant(self) -> str:
        """Return the Entra tenant's GUID."""
        return self._setting("tenantId", "ARM_TENANT_ID", "AZURE_TENANT_ID")

    @cached_property
    def cloud(self) -> AzureCloud:
        """Return the cloud, with its hosts and suffixes."""
        try:
            return clouds.choose({clouds.SETTING: pulumi.Config("azure-native").get("environment")})
        except clouds.CloudError as error:
            raise pulumi.RunError(str(error)) from None

    def arm(self) -> ArmClient:
        """Return a client of Azure Resource Manager, signed in as azure-native is."""
        config = pulumi.Config("azure-native")
        given = {key: value for key in credentials.KEYS if (value := config.get(key.partition(":")[2]))}
        return ArmClient(self.cloud, credentials.credential(self.cloud, given))

    def _setting(self, key: str, *variables: str) -> str:
        given = pulumi.Config("azure-native").get(key)
        found = given or next((os.environ[name] for name in variables if os.environ.get(name)), None)
        found = found or client_config().get(key)
        if not found:
            raise pulumi.RunError(
                f"which {key} to work in isn't known: sign in with `az login`, "
                f"or run `pulumi config set azure-native:{key} GUID`"
            )
        return found
