"""The prices of machines, from Azure's public price list; without the list there is no price, and the reason is shown.

https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices: filters are case-sensitive, no
sign-in is needed. Answers are cached for a week in the user's cache folder.
"""

from __future__ import annotations

import json
import math
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlencode, urlsplit

from azureml_arm import sizes
from azureml_arm.web import RequestLimits, WebError, fetch
from azureml_review.model import Capacity, Price

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

_SPARK = "Azure Synapse Analytics Serverless Apache Spark Pool - Memory Optimized"
_SPARK_CORE = "vCore"
"""What the list calls a core of a Spark pool's nodes, which has the price (https://azure.microsoft.com/pricing/details/synapse-analytics)."""

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
        if known is None or _REGION.fullmatch(region) is None:
            return None
        is_node = known.name.lower() in sizes.SPARK_NODES
        name = _SPARK_CORE if is_node else known.name
        own = {"productname": _SPARK, "skuname": name} if is_node else {"armskuname": name}
        wanted = {**own, "armregionname": region, "currencycode": self.currency}
        items = [item for item in self._items(name, region) if _is_of(item, wanted)]
        fitting = [item for item in items if _is_it(item, low_priority=low_priority)]
        if not fitting:
            return None
        cheapest = min(fitting, key=lambda item: float(item["retailPrice"]))
        source = f"Azure Retail Prices, {region}, {str(cheapest.get('effectiveStartDate') or '')[:10]}".rstrip(", ")
        return Price(float(cheapest["retailPrice"]) * (known.vcpus if is_node else 1), self.currency, source)

    def _items(self, size: str, region: str) -> list[Item]:
        kept = self.folder / f"{region}-{size}-{self.currency}.json" if self.folder else None
        found = _read(kept) if kept else None
        if found is None:
            found = list(self._query(size, region))
            if kept:
                _keep(kept, found)
        return found

    def _query(self, size: str, region: str) -> Iterator[Item]:
        """Yield all pages of the list's answer."""
        what = (
            f"serviceName eq 'Azure Synapse Analytics' and productName eq '{_SPARK}'"
            if size == _SPARK_CORE
            else f"serviceName eq 'Virtual Machines' and armSkuName eq '{size}'"
        )
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
        raise PricesUnavailableError(f"no prices: {self.address} returns too many pages for {size} in {region}")

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
    return all(found.get(key) == value.lower() for key, value in wanted.items())


def _is_it(item: Item, *, low_priority: bool) -> bool:
    """Return whether an item is Linux by the hour, at the plain or the low-priority price; spot is something else."""
    words = f"{item.get('productName')} {item.get('skuName')} {item.get('meterName')}".lower()
    price = item.get("retailPrice")
    is_price = isinstance(price, int | float) and not isinstance(price, bool) and 0 < price < math.inf
    by_the_hour = item.get("unitOfMeasure") == "1 Hour" and item.get("type", "Consumption") == "Consumption"
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
    keys = _keys(capacity)
    if keys and not capacity.region:
        return replace(capacity, unpriced="no prices: the plan names no region")
    found: dict[Key, Price] = {}
    for size, low_priority in keys[:_MOST_SIZES]:
        try:
            price = prices.price(size, capacity.region, low_priority=low_priority)
        except PricesUnavailableError as error:
            return replace(capacity, unpriced=str(error))
        if price is not None:
            found[(size, low_priority)] = price
    missing = "" if found or not keys else f"no prices: Azure's list has none for these sizes in {capacity.region}"
    return replace(capacity, prices=found, unpriced=missing)


def _keys(capacity: Capacity) -> list[Key]:
    parks: Iterable[Any] = (one for compute in capacity.computes for one in (*compute.before, *compute.after))
    return list(dict.fromkeys(one.key for one in parks if one.size))
