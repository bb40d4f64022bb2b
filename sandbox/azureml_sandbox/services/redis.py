"""Microsoft.Cache: caches of Azure Cache for Redis, which a feature store keeps features in for inference."""

from collections.abc import Mapping
from typing import ClassVar

from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.operations import BY_LOCATION, LongRunning
from azureml_sandbox.model.resource import ResourceType, Write

_FAMILIES = {"C": ("Basic", "Standard"), "P": ("Premium",)}
"""The family of a SKU -> the SKUs (https://learn.microsoft.com/rest/api/redis/redis/create)."""


class Cache(ResourceType):
    """A cache, as far as something refers to it. What is in it isn't modelled."""

    type = "Microsoft.Cache/redis"
    tracked = True
    created_status = 201
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": LongRunning(201, creating="Creating"),
        "DELETE": BY_LOCATION,
    }
    shapes: ClassVar = {
        "properties.sku.name!": str,
        "properties.sku.family!": str,
        "properties.sku.capacity!": int,
    }
    filled: ClassVar = {"enableNonSslPort": False, "publicNetworkAccess": "Enabled", "redisVersion": "6.0"}

    def check(self, write: Write) -> None:
        """Refuse a cache whose size isn't one."""
        sku = write.properties.get("sku") or write.old_properties.get("sku") or {}
        if sku.get("name") not in _FAMILIES.get(str(sku.get("family")), ()):
            text = f"The value of the parameter 'properties.sku' is invalid: {sku or 'there is none'}."
            raise bad_request(text, "InvalidRequestBody")

    def computed_properties(self, write: Write) -> Body:
        """Return where it is reached."""
        return {"hostName": f"{write.id.name.lower()}.redis.cache.windows.net", "port": 6379, "sslPort": 6380}
