"""Caches, as a feature store's online store."""

import pytest

from azureml_sandbox import Azure
from kit.clouds import PROVIDERS, foundation, refused

CACHE = f"{PROVIDERS}/Microsoft.Cache/redis/features"


@pytest.fixture
def cloud() -> Azure:
    return foundation(Azure())


def test_a_cache_says_where_it_is_reached(cloud: Azure) -> None:
    sku = {"name": "Premium", "family": "P", "capacity": 1}
    made = cloud.put(CACHE, {"location": "westeurope", "properties": {"sku": sku}})["properties"]
    assert (made["hostName"], made["sslPort"]) == ("features.redis.cache.windows.net", 6380)
    assert cloud.delete(CACHE)


@pytest.mark.parametrize("sku", [None, {"name": "Premium", "family": "C", "capacity": 1}], ids=["none", "other family"])
def test_a_size_that_there_is_not_is_refused(cloud: Azure, sku: object) -> None:
    with refused("InvalidRequestBody", says="properties.sku"):
        cloud.put(CACHE, {"location": "westeurope", "properties": {"sku": sku}})
