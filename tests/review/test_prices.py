"""What machines cost, asked of a server that answers as Azure's price list does; and never a price that nobody said."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_arm.unknown import UNKNOWN
from azureml_review.model import Capacity, MachineFleet, Price, Review
from azureml_review.prices import PriceList, add_prices, from_environment
from azureml_review.render import markdown, phrases
from azureml_review.render.as_json import as_json
from kit.http_host import listening, respond
from kit.previewed import COMPUTE, cluster, make_review, step

SIZE = "Standard_DS3_v2"


def item(price: Any, product: str = "Virtual Machines DSv2 Series", sku: str = "DS3 v2", **more: Any) -> dict[str, Any]:
    """Return a row as the list has it (https://learn.microsoft.com/rest/api/cost-management/retail-prices)."""
    return {
        "currencyCode": "USD",
        "retailPrice": price,
        "armRegionName": "westeurope",
        "armSkuName": SIZE,
        "productName": product,
        "skuName": sku,
        "meterName": sku,
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "effectiveStartDate": "2026-01-01T00:00:00Z",
        **more,
    }


@dataclass
class Server:
    """The price list; `pages` are its answers in order, `status` what it answers with."""

    pages: list[Any] = field(default_factory=list)
    status: int = 200
    raw: bytes | None = None
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    address: str = ""
    link: str = ""

    def answer(self, query: dict[str, list[str]]) -> bytes:
        self.asked.append(query)
        if self.raw is not None:
            return self.raw
        at = int(query.get("page", ["0"])[0])
        more = at + 1 < len(self.pages)
        following = self.link or (f"{self.address}?page={at + 1}" if more else None)
        return json.dumps({"Items": self.pages[at], "NextPageLink": following}).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            respond(self, state.answer(parse_qs(urlsplit(self.path).query)), state.status)

    with listening(Handler) as url:
        state.address = f"{url}/api/retail/prices"
        yield state


def grow(**more: Any) -> Review:
    """Return a cluster that grows from five nodes."""
    return make_review([step("update", COMPUTE, "cpu", cluster(5), cluster(20, **more), {"properties": "update"})])


def ask(server: Server, review: Review | None = None, **more: Any) -> Review:
    review = review or grow()
    prices = PriceList(server.address, **{"timeout": 5.0, **more})
    return replace(review, capacity=add_prices(review.capacity, prices))


def test_a_price_is_that_of_linux_as_you_go(server: Server) -> None:
    server.pages = [
        [
            item(0.9, "Virtual Machines DSv2 Series Windows"),
            item(0.01, sku="DS3 v2 Spot"),
            item(0.02, sku="DS3 v2 Low Priority"),
            item(0.0),
            {**item(0.0), "retailPrice": True},
            item("0.1"),
            item(0.001, unitOfMeasure="1/Hour"),
            item(0.001, type="DevTestConsumption"),
            item(0.001, armRegionName="eastus"),
            item(0.001, armSkuName="Standard_DS2_v2"),
            item(0.001, currencyCode="EUR"),
            item(0.25),
        ]
    ]
    review = ask(server)
    assert {price.amount for price in review.capacity.prices.values()} == {0.25}
    (question,) = server.asked
    assert "armSkuName eq 'Standard_DS3_v2'" in question["$filter"][0]
    assert question["currencyCode"] == ["'USD'"]
    text = markdown.comment(review)
    assert "0-912 USD → 0-3,650 USD" in text
    assert "Azure Retail Prices, westeurope, 2026-01-01" in text
    assert "without discounts, disks, traffic" in text


def test_low_priority_has_its_own_price(server: Server) -> None:
    server.pages = [[item(0.25), item(0.05, sku="DS3 v2 Low Priority")]]
    review = ask(server, grow(vmPriority="LowPriority"))
    assert {key[1]: price.amount for key, price in review.capacity.prices.items()} == {False: 0.25, True: 0.05}


def test_a_node_of_a_spark_pool_costs_its_cores(server: Server) -> None:
    product = "Azure Synapse Analytics Serverless Apache Spark Pool - Memory Optimized"
    server.pages = [[item(9.0, "Azure Synapse Analytics Pipelines"), item(0.15, product, "vCore", armSkuName="")]]
    price = PriceList(server.address).price("medium", "westeurope", low_priority=False)
    assert price is not None
    assert price.amount == pytest.approx(8 * 0.15)
    assert f"productName eq '{product}'" in server.asked[0]["$filter"][0]


def meter(price: float, product: str, sku: str, name: str, unit: str = "1 Hour") -> dict[str, Any]:
    return item(price, product, sku, meterName=name, unitOfMeasure=unit, armSkuName="")


GROUP, CLUSTER, PIPELINE = (
    "azure-native:containerinstance:ContainerGroup",
    "azure-native:containerservice:ManagedCluster",
    "azure-native:datafactory:Pipeline",
)
METERED = [
    meter(0.04, "Container Instances", "Standard", "Standard vCPU Duration"),
    meter(0.005, "Container Instances", "Standard", "Standard Memory Duration", "1 GB Hour"),
    meter(0.01, "Container Instances", "Standard Spot", "Standard Spot vCPU Duration"),
    meter(0.1, "Azure Kubernetes Service", "Standard", "Standard Uptime SLA"),
    meter(1.0, "Azure Data Factory v2", "Cloud", "Cloud Orchestration Activity Run", "1K"),
    meter(0.25, "Azure Data Factory v2", "Cloud", "Cloud Data Movement"),
    item(0.2),
]
"""Rows as the list has them: names and units are its own, the amounts are not."""


def group(*command: str, restart: str = "OnFailure") -> dict[str, Any]:
    requests = {"cpu": 0.5, "memoryInGB": 2}
    container = {"name": "scoring", "image": "a", "command": list(command), "resources": {"requests": requests}}
    name = {"resourceGroupName": "rg-ml", "containerGroupName": "try", "location": "westeurope", "osType": "Linux"}
    return {**name, "containers": [container], "restartPolicy": restart}


def test_a_container_group_costs_its_cores_and_memory_as_long_as_it_runs(server: Server) -> None:
    server.pages = [METERED]
    on = ask(server, make_review([step("create", GROUP, "try", None, group("serve"))]))
    assert "1 x container group of 0.5 vCPU and 2 GiB | 0 → 0.5 | 0 → 1 | 0 USD → 22 USD |" in markdown.comment(on)
    ends = group("timeout", "8h", "serve", restart="Never")
    review = ask(server, make_review([step("create", GROUP, "try", None, ends)]))
    (price,) = review.capacity.prices.values()
    (compute,) = review.capacity.computes
    assert price.amount == pytest.approx(0.03)
    assert list(phrases.monthly(review.capacity, compute.after) or ()) == pytest.approx([0.0, 0.24])
    assert "GiB, 8 hours | 0 → 0.5 | 0 USD → 0-0.24 USD |" in markdown.comment(review)


@pytest.mark.parametrize(
    "requests",
    [{"cpu": UNKNOWN, "memoryInGB": 2}, {"cpu": "much", "memoryInGB": 2}, UNKNOWN],
    ids=["a value", "no number", "all"],
)
def test_a_container_group_of_which_nobody_knows_how_large_has_no_price(server: Server, requests: Any) -> None:
    made = group("serve")
    made["containers"][0]["resources"]["requests"] = requests
    review = ask(server, make_review([step("create", GROUP, "try", None, made)]))
    (compute,) = review.capacity.computes
    assert [(one.size, one.most) for one in compute.after] == [("", None)]


@pytest.mark.parametrize("containers", [UNKNOWN, [], [UNKNOWN], [{"name": "a", "command": UNKNOWN}], "none"])
def test_a_container_group_that_is_none_ends_no_review(server: Server, containers: Any) -> None:
    made = {**group("serve"), "containers": containers, "restartPolicy": "Never"}
    assert ask(server, make_review([step("create", GROUP, "try", None, made)])).capacity.computes


@pytest.mark.parametrize(("tier", "said"), [("Standard", "+ 1 x API server, tier standard"), ("Free", "")])
def test_a_clusters_tier_costs_beside_its_nodes(server: Server, tier: str, said: str) -> None:
    server.pages = [METERED]
    pool = {"name": "system", "count": 2, "vmSize": SIZE, "mode": "System"}
    path = {"resourceGroupName": "rg-ml", "resourceName": "aks", "location": "westeurope"}
    made = {**path, "sku": {"name": "Base", "tier": tier}, "agentPoolProfiles": [pool]}
    text = markdown.comment(ask(server, make_review([step("create", CLUSTER, "aks", None, made)])))
    assert f"2 x Standard_DS3_v2 {said}".strip() in text
    assert ("365 USD" if said else "292 USD") in text


def test_what_costs_by_use_is_told_by_its_rates(server: Server) -> None:
    server.pages = [METERED]
    made = {"resourceGroupName": "rg-ml", "factoryName": "adf", "pipelineName": "claims", "activities": []}
    place = step("create", COMPUTE, "cpu", None, cluster(1))
    review = ask(server, make_review([step("create", PIPELINE, "claims", None, made), place]))
    said = "1.00 USD for 1,000 activities that are run, 0.25 USD for an hour of a data integration unit that copies"
    assert f"Data Factory costs by what its runs do: {said}." in markdown.comment(review)
    assert set(json.loads(as_json(review))["compute"]["rates"]) == {"pipeline run", "pipeline copy"}


def test_all_pages_are_read(server: Server) -> None:
    server.pages = [[item(0.9, "Windows")], [], [item(0.25)]]
    assert len(ask(server).capacity.prices) == 1
    assert len(server.asked) == 3


def test_another_currency_is_asked_for_and_shown(server: Server) -> None:
    server.pages = [[item(0.2, currencyCode="EUR")]]
    assert "0-730 EUR → 0-2,920 EUR" in markdown.comment(ask(server, currency="EUR"))
    assert server.asked[0]["currencyCode"] == ["'EUR'"]


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_a_list_that_refuses_is_no_price(server: Server, status: int) -> None:
    server.status, server.pages = status, [[item(0.25)]]
    text = markdown.comment(ask(server))
    assert f"no prices: {server.address} answers {status}".replace("_", "\\_") in text
    assert "USD" not in text


@pytest.mark.parametrize(
    "raw", [b"", b"<html>sign in</html>", b"[]", b"{}", b'{"Items": 1}', b"\xff\xfe", b"[" * 100_000, b"null"]
)
def test_garbage_is_no_price(server: Server, raw: bytes) -> None:
    server.raw = raw
    review = ask(server)
    assert review.capacity.prices == {}
    assert "doesn't answer as Azure's price list does" in review.capacity.unpriced


def test_rows_of_garbage_are_no_price(server: Server) -> None:
    server.pages = [[None, 1, "x", {}, {"retailPrice": {}}, item(None), item(-1), item(float("nan"))]]
    review = ask(server)
    assert review.capacity.prices == {}
    assert review.capacity.unpriced == "no prices: Azure's list has none for these sizes in westeurope"


@pytest.mark.parametrize("link", ["http://example.invalid/x", "file:///etc/passwd"])
def test_pages_of_another_host_are_not_followed(server: Server, link: str) -> None:
    server.pages, server.link = [[item(0.25)]], link
    assert "points to another host" in ask(server).capacity.unpriced


def test_pages_without_an_end_are_given_up(server: Server) -> None:
    server.pages, server.link = [[item(0.25)]], f"{server.address}?page=0"
    assert "returns too many pages" in ask(server).capacity.unpriced


def test_a_list_that_cant_be_reached_is_reported_and_the_capacity_stays() -> None:
    review = grow()
    priced = replace(review, capacity=add_prices(review.capacity, PriceList("http://127.0.0.1:9/prices", timeout=2.0)))
    text = markdown.comment(priced)
    assert "no prices: http://127.0.0.1:9/prices can't be reached" in text
    assert "0-5 → 0-20 x Standard_DS3_v2" in text
    assert json.loads(as_json(priced))["compute"]["resources"][0]["monthly_after"] is None


def test_a_size_that_nobody_knows_is_not_asked_for(server: Server) -> None:
    server.pages = [[item(0.25)]]
    review = ask(server, make_review([step("create", COMPUTE, "cpu", None, cluster(5, size="Standard_Nowhere"))]))
    assert server.asked == []
    assert review.capacity.prices == {}
    assert "no prices" in review.capacity.unpriced


def test_answers_are_kept_for_a_week(server: Server, tmp_path: Path) -> None:
    server.pages = [[item(0.25)]]
    for _ in range(2):
        assert len(ask(server, folder=tmp_path).capacity.prices) == 1
    assert len(server.asked) == 1
    (kept,) = tmp_path.iterdir()
    os.utime(kept, (0, 0))
    ask(server, folder=tmp_path)
    assert len(server.asked) == 2


@pytest.mark.parametrize("kept", ["", "{", "null", '{"Items": []}'])
def test_a_broken_cache_is_asked_anew(server: Server, tmp_path: Path, kept: str) -> None:
    server.pages = [[item(0.25)]]
    (tmp_path / f"westeurope-{SIZE}-USD.json").write_text(kept, "utf-8")
    assert len(ask(server, folder=tmp_path).capacity.prices) == 1


def test_a_cache_that_cant_be_written_changes_nothing(server: Server, tmp_path: Path) -> None:
    server.pages = [[item(0.25)]]
    (tmp_path / "file").touch()
    assert len(ask(server, folder=tmp_path / "file").capacity.prices) == 1


def test_the_environment_names_the_list_and_the_cache() -> None:
    found = from_environment({"AZURE_RETAIL_PRICES_URL": "https://mirror.contoso.com/p", "AZUREML_INFRA_CACHE": "/c"})
    assert found == PriceList("https://mirror.contoso.com/p", Path("/c/azureml-infra/prices"))


fleets = st.lists(
    st.builds(
        lambda size, least, more, on, low: MachineFleet(size, least, least + more, on, low),
        st.sampled_from(["standard_ds3_v2", "standard_nc24ads_a100_v4", "unpriced"]),
        st.integers(0, 5),
        st.integers(0, 50),
        st.booleans(),
        st.booleans(),
    ),
    max_size=4,
)


@given(fleets, st.floats(0.001, 100))
def test_a_month_is_the_sum_of_its_machines(machines: list[MachineFleet], amount: float) -> None:
    sizes = ("standard_ds3_v2", "standard_nc24ads_a100_v4")
    prices = {(size, low): Price(amount, "USD", "list") for size in sizes for low in (True, False)}
    found = phrases.monthly(Capacity(prices=prices), machines)
    if any(one.size == "unpriced" for one in machines):
        assert found is None
        return
    hours = amount * phrases.HOURS
    assert found is not None
    assert found[1] == pytest.approx(hours * sum(one.most or 0 for one in machines))
    assert found[0] == pytest.approx(hours * sum(one.least or 0 for one in machines if one.always_on))
    assert found[0] <= found[1] + 1e-9


@given(fleets, fleets)
def test_what_stands_beside_is_priced_beside(one: list[MachineFleet], other: list[MachineFleet]) -> None:
    prices = {fleet.key: Price(1.0, "USD", "list") for fleet in (*one, *other)}
    capacity = Capacity(prices=prices)
    parts = [phrases.monthly(capacity, fleets) or (0.0, 0.0) for fleets in (one, other)]
    whole = phrases.monthly(capacity, [*one, *other])
    assert whole == pytest.approx((parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]))


def test_machines_of_unknown_size_have_no_price() -> None:
    capacity = Capacity(prices={("standard_ds3_v2", False): Price(1.0, "USD", "list")})
    assert phrases.money(capacity, [MachineFleet("standard_ds3_v2", None, None, always_on=False)]) == ""
