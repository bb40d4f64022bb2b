"""What machines cost, from Azure's public price list; where that can't be reached there is no price, and why is said.

https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices: filters are case-sensitive, no
sign-in is needed. Answers are kept for a week in the user's cache folder.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from arm import sizes
from review.model import Capacity, Price

ADDRESS = "https://prices.azure.com/api/retail/prices"
ADDRESS_VARIABLE = "AZURE_RETAIL_PRICES_URL"
"""Another address of the list: a mirror inside a company's network."""
CACHE_VARIABLE = "AZUREML_INFRA_CACHE"
WEEK = 7 * 24 * 3600
TIMEOUT = 10.0
_MOST_SIZES = 20
"""Sizes that are asked for; a review with more has other problems."""

Key = tuple[str, bool]


class PricesUnavailableError(Exception):
    """The list can't be read; the message says why."""


@dataclass(frozen=True)
class PriceList:
    """Azure's price list. `folder` keeps answers; None: nothing is kept."""

    address: str = ADDRESS
    folder: Path | None = None
    currency: str = "USD"

    def price(self, size: str, region: str, *, low_priority: bool) -> Price | None:
        """An hour of one machine (Linux, pay as you go); None where the list has none. PricesUnavailableError."""
        known = sizes.find(size)
        if known is None or not region:
            return None
        items = self._items(known.name, region)
        fitting = [item for item in items if _is_it(item, low_priority=low_priority)]
        if not fitting:
            return None
        cheapest = min(fitting, key=lambda item: float(item["retailPrice"]))
        source = f"Azure Retail Prices, {region}, {cheapest.get('effectiveStartDate', '')[:10]}"
        return Price(float(cheapest["retailPrice"]), str(cheapest.get("currencyCode") or self.currency), source)

    def _items(self, size: str, region: str) -> list[Mapping[str, Any]]:
        kept = self._kept(size, region)
        if kept is not None and kept.is_file() and time.time() - kept.stat().st_mtime < WEEK:
            return _items_in(kept.read_text(encoding="utf-8"), str(kept))
        text = self._asked(size, region)
        items = _items_in(text, self.address)
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(text, encoding="utf-8")
        return items

    def _kept(self, size: str, region: str) -> Path | None:
        return self.folder / f"{region}-{size}-{self.currency}.json" if self.folder else None

    def _asked(self, size: str, region: str) -> str:
        wanted = (
            f"serviceName eq 'Virtual Machines' and armRegionName eq '{region}' and armSkuName eq '{size}' "
            "and priceType eq 'Consumption'"
        )
        query = urlencode({"currencyCode": f"'{self.currency}'", "$filter": wanted})
        try:
            with urllib.request.urlopen(f"{self.address}?{query}", timeout=TIMEOUT) as answer:  # noqa: S310 - ours
                return str(answer.read().decode())
        except (OSError, ValueError) as error:
            raise PricesUnavailableError(f"no prices: {self.address} can't be reached ({_reason(error)})") from None


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason)


def _items_in(text: str, source: str) -> list[Mapping[str, Any]]:
    try:
        items = json.loads(text)["Items"]
        return [item for item in items if isinstance(item, dict)]
    except (ValueError, KeyError, TypeError):
        raise PricesUnavailableError(f"no prices: {source} doesn't answer as Azure's price list does") from None


def _is_it(item: Mapping[str, Any], *, low_priority: bool) -> bool:
    """Linux by the hour, at the plain or at the low-priority price; what runs on spot is another thing."""
    words = f"{item.get('productName')} {item.get('skuName')} {item.get('meterName')}".lower()
    plain = item.get("unitOfMeasure") == "1 Hour" and isinstance(item.get("retailPrice"), int | float)
    return plain and "windows" not in words and "spot" not in words and ("low priority" in words) == low_priority


def from_environment(environ: Mapping[str, str] | None = None) -> PriceList:
    """The list as the environment says, kept below the user's cache folder."""
    found = os.environ if environ is None else environ
    home = found.get(CACHE_VARIABLE) or found.get("XDG_CACHE_HOME")
    folder = Path(home) if home else Path.home() / ".cache"
    return PriceList(found.get(ADDRESS_VARIABLE) or ADDRESS, folder / "azureml-infra" / "prices")


def priced(capacity: Capacity, prices: PriceList) -> Capacity:
    """The capacity with a price for each size that has one; the first failure ends the asking, and is told."""
    keys = _keys(capacity)
    found: dict[Key, Price] = {}
    for size, low_priority in keys[:_MOST_SIZES]:
        try:
            price = prices.price(size, capacity.region, low_priority=low_priority)
        except PricesUnavailableError as error:
            return replace(capacity, unpriced=str(error))
        if price is not None:
            found[(size, low_priority)] = price
    return replace(capacity, prices=found)


def _keys(capacity: Capacity) -> list[Key]:
    parks: Iterable[Any] = (one for compute in capacity.computes for one in (*compute.before, *compute.after))
    return list(dict.fromkeys(one.key for one in parks if one.size))
