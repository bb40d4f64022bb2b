"""The prices of machines, from Azure's public price list; without the list there is no price, and the reason is shown.

https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices: filters are case-sensitive, no
sign-in is needed. Answers are cached for a week in the user's cache folder.
"""

import json
import math
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlencode, urlsplit

from azureml_arm import sizes
from azureml_arm.web import RequestLimits, WebError, fetch
from azureml_review.model import Capacity, MachineFleet, Price

ADDRESS = "https://prices.azure.com/api/retail/prices"
ADDRESS_VARIABLE = "AZURE_RETAIL_PRICES_URL"
"""Another address of the list: a mirror inside a company's network."""
CACHE_VARIABLE = "AZUREML_INFRA_CACHE"
WEEK = 7 * 24 * 3600
TIMEOUT = 10.0
_MOST_SIZES = 20
"""Sizes that are asked for; a review with more has other problems."""

_MOST_PAGES, _MOST_BYTES = 20, 10_000_000
_GARBAGE = "doesn't answer as Azure's price list does"
_REGION = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Meter:
    """How the list calls something: its service, and what tells it apart there; and what one of it is."""

    service: str
    product: str = ""
    sku: str = ""
    name: str = ""
    unit: str = "1 Hour"
    size: str = ""
    """The VM size, which has rows of several products and meters."""

    @property
    def words(self) -> dict[str, str]:
        """Return the properties of its rows."""
        given = {"productName": self.product, "skuName": self.sku, "meterName": self.name, "armSkuName": self.size}
        return {"serviceName": self.service, **{word: value for word, value in given.items() if value}}


_CONTAINERS, _CLUSTERS, _FACTORY = "Container Instances", "Azure Kubernetes Service", "Azure Data Factory v2"
METERS: Mapping[str, Meter] = {
    "spark core": Meter(
        "Azure Synapse Analytics", "Azure Synapse Analytics Serverless Apache Spark Pool - Memory Optimized", "vCore"
    ),
    "container vCPU": Meter(_CONTAINERS, _CONTAINERS, "Standard", "Standard vCPU Duration"),
    "container GB": Meter(_CONTAINERS, _CONTAINERS, "Standard", "Standard Memory Duration", "1 GB Hour"),
    "aks standard": Meter(_CLUSTERS, _CLUSTERS, "Standard", "Standard Uptime SLA"),
    "aks premium": Meter(_CLUSTERS, _CLUSTERS, "Standard", "Standard Long Term Support"),
    "pipeline run": Meter(_FACTORY, _FACTORY, "Cloud", "Cloud Orchestration Activity Run", "1K"),
    "pipeline copy": Meter(_FACTORY, _FACTORY, "Cloud", "Cloud Data Movement"),
}
"""What costs by something else than a VM size. Names of services, products and meters are the list's own, as
https://azure.microsoft.com/pricing/details/synapse-analytics, …/container-instances, …/kubernetes-service and
…/data-factory/data-pipeline have them in words."""

Key = tuple[str, bool]
Item = Mapping[str, Any]


class PricesUnavailableError(Exception):
    """The list can't be read; the message has the reason."""


@dataclass(frozen=True)
class PriceList:
    """Azure's price list. `folder` caches answers; None: no cache."""

    address: str = ADDRESS
    folder: Path | None = None
    currency: str = "USD"
    timeout: float = TIMEOUT

    def price(self, size: str, region: str, *, low_priority: bool) -> Price | None:
        """Return the price of an hour of one machine (Linux, pay as you go), or None. Raises PricesUnavailableError."""
        known = sizes.machine(size)
        if known is None:
            return None
        if known.name.lower() in sizes.SPARK_NODES:
            return self.price_by_meters((("spark core", known.vcpus),), region)
        return self._cheapest(known.name, Meter("Virtual Machines", size=known.name), region, low_priority=low_priority)

    def price_of(self, fleet: MachineFleet, region: str) -> Price | None:
        """Return the price of an hour of one of a fleet, or None. Raises PricesUnavailableError."""
        if fleet.meters:
            return self.price_by_meters(fleet.meters, region)
        return self.price(fleet.size, region, low_priority=fleet.low_priority)

    def price_by_meters(self, meters: Sequence[tuple[str, float]], region: str) -> Price | None:
        """Return the price of so much of some meters together, or None. Raises PricesUnavailableError."""
        prices = [self._cheapest(name, METERS[name], region) for name, _ in meters]
        found = [one for one in prices if one is not None]
        if not found or len(found) < len(prices):
            return None
        total = sum(price.amount * amount for price, (_, amount) in zip(found, meters, strict=True))
        return replace(found[0], amount=total)

    def _cheapest(self, name: str, meter: Meter, region: str, *, low_priority: bool = False) -> Price | None:
        if _REGION.fullmatch(region) is None:
            return None
        wanted = {**meter.words, "armRegionName": region, "currencyCode": self.currency}
        del wanted["serviceName"]  # asked for; older answers in a cache don't have it
        items = [item for item in self._items(name, meter, region) if _is_of(item, wanted)]
        fitting = [item for item in items if _is_it(item, meter.unit, low_priority=low_priority)]
        if not fitting:
            return None
        cheapest = min(fitting, key=lambda item: float(item["retailPrice"]))
        source = f"Azure Retail Prices, {region}, {str(cheapest.get('effectiveStartDate') or '')[:10]}".rstrip(", ")
        return Price(float(cheapest["retailPrice"]), self.currency, source)

    def _items(self, name: str, meter: Meter, region: str) -> list[Item]:
        kept = self.folder / f"{region}-{name}-{self.currency}.json" if self.folder else None
        found = _read(kept) if kept else None
        if found is None:
            found = list(self._query(meter, region))
            if kept:
                _keep(kept, found)
        return found

    def _query(self, meter: Meter, region: str) -> Iterator[Item]:
        """Yield all pages of the list's answer."""
        what = " and ".join(f"{word} eq '{value}'" for word, value in meter.words.items())
        wanted = f"{what} and armRegionName eq '{region}' and priceType eq 'Consumption'"
        query = urlencode({"currencyCode": f"'{self.currency}'", "$filter": wanted})
        address = f"{self.address}?{query}"
        for _ in range(_MOST_PAGES):
            page = self._page(address)
            yield from _items_in(page, self.address)
            address = str(page.get("NextPageLink") or "")
            if not address:
                return
            if urlsplit(address)[:2] != urlsplit(self.address)[:2]:
                raise PricesUnavailableError(f"no prices: {self.address} points to another host for its next page")
        raise PricesUnavailableError(
            f"no prices: {self.address} returns too many pages for {meter.size or meter.product} in {region}"
        )

    def _page(self, address: str) -> Item:
        limits = RequestLimits(self.timeout, most_bytes=_MOST_BYTES, redirects=True)  # there is no token to lose
        try:
            found = fetch(address, {}, limits=limits)
        except WebError as error:
            if error.status < 0:
                why = _GARBAGE
            else:
                why = f"answers {error.status} {error.reason}" if error.status else f"can't be reached ({error})"
            raise PricesUnavailableError(f"no prices: {self.address} {why}") from None
        if not isinstance(found, dict):
            raise PricesUnavailableError(f"no prices: {self.address} {_GARBAGE}")
        return found


def _items_in(page: Item, source: str) -> list[Item]:
    items = page.get("Items")
    if not isinstance(items, list):
        raise PricesUnavailableError(f"no prices: {source} {_GARBAGE}")
    return [item for item in items if isinstance(item, dict)]


def _read(kept: Path) -> list[Item] | None:
    """Return a cached answer, unless it is too old or malformed."""
    try:
        if time.time() - kept.stat().st_mtime >= WEEK:
            return None
        return _items_in({"Items": json.loads(kept.read_text(encoding="utf-8"))}, str(kept))
    except (OSError, ValueError, RecursionError, PricesUnavailableError):
        return None


def _keep(kept: Path, items: Sequence[Item]) -> None:
    """Cache an answer where that is possible; the review doesn't need it."""
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=kept.parent, delete=False, encoding="utf-8") as file:
            json.dump(items, file)
        Path(file.name).replace(kept)


def _is_of(item: Item, wanted: Mapping[str, str]) -> bool:
    """Return whether an item is what was asked for."""
    found = {str(key).lower(): str(value).lower() for key, value in item.items()}
    return all(found.get(key.lower()) == value.lower() for key, value in wanted.items())


def _is_it(item: Item, unit: str, *, low_priority: bool) -> bool:
    """Return whether an item is Linux by a unit, at the plain or the low-priority price; spot is something else."""
    words = f"{item.get('productName')} {item.get('skuName')} {item.get('meterName')}".lower()
    price = item.get("retailPrice")
    is_price = isinstance(price, int | float) and not isinstance(price, bool) and 0 < price < math.inf
    by_the_hour = item.get("unitOfMeasure") == unit and item.get("type", "Consumption") == "Consumption"
    is_other = "windows" in words or "spot" in words
    return is_price and by_the_hour and not is_other and ("low priority" in words) == low_priority


def from_environment(environ: Mapping[str, str] | None = None) -> PriceList:
    """Return the list that the environment configures, cached below the user's cache folder."""
    found = os.environ if environ is None else environ
    home = found.get(CACHE_VARIABLE) or found.get("XDG_CACHE_HOME")
    folder = Path(home) if home else Path.home() / ".cache"
    return PriceList(found.get(ADDRESS_VARIABLE) or ADDRESS, folder / "azureml-infra" / "prices")


def add_prices(capacity: Capacity, prices: PriceList) -> Capacity:
    """Return the capacity with a price for each size that has one; the first failure ends the queries and is shown."""
    fleets = _fleets(capacity)
    if (fleets or capacity.by_use) and not capacity.region:
        return replace(capacity, unpriced="no prices: the plan names no region")
    region, found, rates = capacity.region, dict[Key, Price](), dict[str, Price]()
    try:
        for one in fleets[:_MOST_SIZES]:
            price = prices.price_of(one, region)
            found |= {} if price is None else {one.key: price}
        for meter in capacity.by_use:
            price = prices.price_by_meters(((meter, 1),), region)
            rates |= {} if price is None else {meter: price}
    except PricesUnavailableError as error:
        return replace(capacity, unpriced=str(error))
    missing = "" if found or not fleets else f"no prices: Azure's list has none for these sizes in {region}"
    return replace(capacity, prices=found, rates=rates, unpriced=missing)


def _fleets(capacity: Capacity) -> list[MachineFleet]:
    """Return one of each that has a price of its own."""
    parks = (one for compute in capacity.computes for one in (*compute.before, *compute.after))
    return list({one.key: one for one in parks if one.size}.values())
