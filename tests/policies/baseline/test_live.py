"""The past by Azure itself, and how Azure is read."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from azureml_arm import ids
from azureml_arm.compare import Difference, differences
from azureml_policies.azure import ArmReader, AzureUnavailableError
from azureml_policies.baseline import load
from azureml_policies.baseline.live import LISTED, Live
from azureml_policies.baseline.model import BaselineUnavailableError, Op, PlannedChange
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN, UnknownError
from azureml_policies.requests.write import Write
from azureml_sandbox import Azure
from azureml_sandbox.pulumi.transport import intercept
from kit.exported import planned_resources, writes
from kit.platforms import SUBSCRIPTION, WORKSPACE_ID
from kit.recorded import FOLDER, OK, exchanges
from kit.rows import each
from kit.scenarios import Scenario, scenarios

COMPUTE = "Microsoft.MachineLearningServices/workspaces/computes"
NATIVE = "azure-native:machinelearningservices:Compute"
Bodies = dict[str, dict[str, Any]]


class Shelf:
    """Azure as far as the tests need it: what is at a path, and what was asked for."""

    def __init__(self, bodies: Bodies, *, listed: Callable[[dict[str, Any]], dict[str, Any]] = dict) -> None:
        self.bodies = {path.lower(): body for path, body in bodies.items()}
        self.listed = listed
        self.asked: list[str] = []

    def get(self, path: str, api_version: str) -> dict[str, Any] | None:
        self.asked.append(f"{path} {api_version}")
        return self.bodies.get(path.lower())

    def list(self, path: str, api_version: str) -> Iterator[dict[str, Any]]:
        self.asked.append(f"{path} {api_version}")
        below = [item for item in self.bodies if item.rpartition("/")[0] == path.lower()]
        return ({"id": item, **self.listed(self.bodies[item])} for item in below)


class Closed:
    """Azure that doesn't answer."""

    def get(self, path: str, _api_version: str) -> dict[str, Any] | None:
        raise AzureUnavailableError(f"Azure can't be reached for {path}: no route")

    def list(self, path: str, _api_version: str) -> Iterator[dict[str, Any]]:
        raise AzureUnavailableError(f"Azure can't be reached for {path}: no route")


def body(most: int) -> dict[str, Any]:
    size = {"vmSize": "STANDARD_DS3_V2", "scaleSettings": {"minNodeCount": 0, "maxNodeCount": most}}
    return {"location": "westeurope", "properties": {"computeType": "AmlCompute", "properties": size}}


def write(resource_id: str, content: dict[str, Any], type_name: str = COMPUTE, **more: Any) -> Write:
    return Write(
        type_name,
        resource_id,
        content,
        planned=Planned(f"urn:pulumi:d::p::{NATIVE}::thing", NATIVE, "thing", {}),
        **more,
    )


def cluster(name: str, most: int = 5) -> Write:
    return write(f"{WORKSPACE_ID}/computes/{name}", body(most))


TEN = {f"{WORKSPACE_ID}/computes/cluster-{number}": body(5) for number in range(10)}


@pytest.mark.parametrize("name", scenarios())
def test_a_platform_that_came_up_is_what_azure_has(name: str) -> None:
    scenario = Scenario(name).ready()
    plan = planned_resources(scenario.up())
    found = [item for part in plan for item in writes(part) if not item.opaque and not item.action]
    with intercept(scenario.azure):
        baseline = load("live", Path(), writes, ArmReader)
        differing = [
            (item.name, change) for item in found if (change := baseline.change(item)) != PlannedChange(Op.SAME)
        ]
    assert len(found) > 1
    assert differing == []


def test_what_changed_in_the_description_is_reported_exactly() -> None:
    scenario = Scenario("quickstart")
    plan = planned_resources(scenario.up())
    (item,) = [item for part in plan for item in writes(part) if item.name == "aml-cluster"]
    size = {**item.body["properties"]["properties"], "scaleSettings": {"maxNodeCount": 50}}
    content = {**item.body, "properties": {**item.body["properties"], "properties": size}}
    with intercept(scenario.azure):
        baseline = Live(ArmReader())
        assert baseline.change(write(item.id.upper(), content)) == PlannedChange(
            Op.UPDATE, (Difference("properties.scaleSettings.maxNodeCount", 5, 50),)
        )
        assert baseline.change(write(f"{item.id}-more", content)) == PlannedChange(Op.CREATE)


@each("token", ["azure:machinelearning/computeCluster:ComputeCluster", "mod:tf:azurerm_subnet"])
def test_what_is_mapped_in_part_only_is_never_the_same(token: str) -> None:
    of_native = cluster("cluster-1")
    bridged = replace(of_native, planned=replace(of_native.planned, type=token))
    assert Live(Shelf(TEN)).change(of_native) == PlannedChange(Op.SAME)
    assert Live(Shelf(TEN)).change(bridged) == PlannedChange(Op.UPDATE)


@each(
    ("token", "op"),
    [
        ("azapi:index/updateResource:UpdateResource", Op.SAME),
        ("mod:tf:azapi_update_resource", Op.SAME),
        ("azapi:index/resource:Resource", Op.UPDATE),
    ],
)
def test_what_an_update_of_azapi_leaves_out_stays_as_it_is(token: str, op: Op) -> None:
    given = write(f"{WORKSPACE_ID}/computes/cluster-1", {"properties": {"computeType": "AmlCompute"}})
    of_azapi = replace(given, planned=replace(given.planned, type=token))
    assert Live(Shelf(TEN)).change(of_azapi).op is op
    other = replace(of_azapi, body={"properties": {"properties": {"scaleSettings": {"maxNodeCount": 50}}}})
    assert Live(Shelf(TEN)).change(other).op is Op.UPDATE


ML = "Microsoft.MachineLearningServices/workspaces"
LEFT_OUT: dict[str, tuple[str, dict[str, Any]]] = {
    "a cluster": (
        "computes",
        {
            "identity": {"type": "SystemAssigned"},
            "tags": {"team": "a"},
            "properties": {
                "computeType": "AmlCompute",
                "description": "ours",
                "disableLocalAuth": True,
                "properties": {
                    "vmPriority": "LowPriority",
                    "enableNodePublicIp": False,
                    "scaleSettings": {
                        "minNodeCount": 1,
                        "maxNodeCount": 5,
                        "nodeIdleTimeBeforeScaleDown": "PT10M",
                    },
                    "isolatedNetwork": True,
                    "subnet": {"id": "/a"},
                },
            },
        },
    ),
    "a schedule": (
        "schedules",
        {"properties": {"isEnabled": False, "action": {"jobDefinition": {"computeId": "/c", "experimentName": "e"}}}},
    ),
    "a job": ("jobs", {"properties": {"computeId": "/c", "resources": {"instanceCount": 2}}}),
    "a batch deployment": ("batchEndpoints/deployments", {"properties": {"compute": "/c", "errorThreshold": 2}}),
    "an online deployment": (
        "onlineEndpoints/deployments",
        {"sku": {"capacity": 3}, "properties": {"instanceType": "Standard_DS3_v2", "appInsightsEnabled": True}},
    ),
    "a workspace": (
        "",
        {
            "properties": {
                "publicNetworkAccess": "Disabled",
                "managedNetwork": {"isolationMode": "AllowInternetOutbound"},
            }
        },
    ),
    "a storage account": ("Microsoft.Storage/storageAccounts", {"properties": {"allowSharedKeyAccess": False}}),
    "a type that no table has": ("Microsoft.Contoso/machines", {"properties": {"size": {"of": "a"}, "on": False}}),
}
"""What is there and isn't any type's default."""


def shorter(value: Any) -> Iterator[Any]:
    """Yield an object without each of its values, and with None instead, at any depth."""
    for key, inner in value.items():
        rest = {name: item for name, item in value.items() if name != key}
        yield from (rest, {**rest, key: None})
        if isinstance(inner, dict):
            yield from ({**rest, key: one} for one in shorter(inner))


@each("name", LEFT_OUT)
def test_what_is_left_out_of_a_body_is_taken_away(name: str) -> None:
    kind, there = LEFT_OUT[name]
    type_name = kind if kind.startswith("Microsoft.") else f"{ML}/{kind}".rstrip("/")
    namespace, *kinds = type_name.split("/")
    place = "".join(f"/{one}/a" for one in kinds)
    resource_id = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/{namespace}{place}"
    types = [{"resourceType": "machines", "apiVersions": ["2024-01-01"]}]
    provider = f"/subscriptions/{SUBSCRIPTION}/providers/microsoft.contoso"
    baseline = Live(Shelf({resource_id: there, provider: {"resourceTypes": types}}))
    assert baseline.change(write(resource_id, there, type_name)).op is Op.SAME
    tried = list(shorter(there))
    assert len(tried) > 1
    assert [one for one in tried if baseline.change(write(resource_id, one, type_name)).op is not Op.UPDATE] == []


def test_ten_clusters_are_one_request() -> None:
    shelf = Shelf(TEN)
    baseline = Live(shelf)
    assert [baseline.change(cluster(f"Cluster-{number}")).op for number in range(10)] == [Op.SAME] * 10
    assert baseline.change(cluster("new")) == PlannedChange(Op.CREATE)
    assert shelf.asked == [f"{WORKSPACE_ID}/computes 2025-12-01"]


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no ../shared/azure-recorded beside the checkout")
def test_a_list_says_as_much_of_each_as_azure_says_of_it_alone() -> None:
    alone = {one.where.lower(): one.response for one in exchanges() if one.method == "GET" and one.status == OK}
    compared = []
    for one in exchanges():
        items = one.response.get("value") if one.method == "GET" and isinstance(one.response, dict) else None
        for item in items if isinstance(items, list) else []:
            there = alone.get(str(item.get("id")).lower()) if isinstance(item, dict) else None
            if isinstance(there, dict) and ids.parse(item["id"]).type.lower() in LISTED:
                compared.append(ids.parse(item["id"]).type.lower())
                found = differences(item, there, complete=False, type_name=compared[-1])
                assert [difference for difference in found if difference.new is None] == [], one.id
    assert len(set(compared)) > 3


def test_a_change_is_read_from_the_resource_itself_and_once() -> None:
    shelf = Shelf(TEN, listed=lambda there: {"location": there["location"]})
    baseline = Live(shelf)
    assert baseline.change(cluster("cluster-1")) == PlannedChange(Op.SAME)
    found = (Difference("properties.scaleSettings.maxNodeCount", 5, 50),)
    assert baseline.change(cluster("cluster-1", 50)) == PlannedChange(Op.UPDATE, found)
    assert [path.rpartition("/")[2] for path in shelf.asked] == ["computes 2025-12-01", "cluster-1 2025-12-01"]


def test_azure_does_not_say_what_belongs_to_a_stack() -> None:
    baseline = Live(Shelf(TEN))
    assert not baseline.sees_removals
    assert baseline.removals([]) == []


@each("more", [{"opaque": "a shell command"}, {"action": f"{COMPUTE}/start/action"}])
def test_what_is_more_than_a_resource_is_never_the_same(more: dict[str, str]) -> None:
    shelf = Shelf(TEN)
    assert Live(shelf).change(write(f"{WORKSPACE_ID}/computes/cluster-1", body(5), **more)) == PlannedChange(Op.CREATE)
    assert shelf.asked == []


@each("resource_id", ["", f"{WORKSPACE_ID}/computes/{UNKNOWN}"])
def test_without_an_id_nothing_is_known(resource_id: str) -> None:
    with pytest.raises(UnknownError, match=r"^the id of thing is not known until the update$"):
        Live(Shelf(TEN)).change(write(resource_id, body(5)))


@each("name", ["../computes/a", "%2e%2e/computes/a", "a?x=", "a#b", "a%3Fx", "a\\b", "a//b"])
def test_an_id_that_leads_elsewhere_is_not_asked_for(name: str) -> None:
    shelf = Shelf(TEN)
    with pytest.raises(BaselineUnavailableError, match=r"thing: .* is not an ARM id: "):
        Live(shelf).change(write(f"{WORKSPACE_ID}/computes/{name}", body(5)))
    assert shelf.asked == []


def test_the_version_of_a_type_that_is_not_in_the_catalogue_is_asked_for_once() -> None:
    pool = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Batch/batchAccounts/a/pools"
    versions = ["2024-07-01", "2023-11-01", "2025-01-01-preview"]
    types = [{"resourceType": "batchAccounts/Pools", "apiVersions": versions}]
    provider = f"/subscriptions/{SUBSCRIPTION}/providers/microsoft.batch"
    shelf = Shelf({provider: {"resourceTypes": types}, f"{pool}/x": {"properties": {"vmSize": "a"}}})
    baseline = Live(shelf)
    sizes = [("x", "A"), ("x", "b"), ("y", "a")]
    writes = [
        write(f"{pool}/{name}", {"properties": {"vmSize": size}}, "Microsoft.Batch/batchAccounts/pools")
        for name, size in sizes
    ]
    assert [baseline.change(item).op for item in writes] == [Op.SAME, Op.UPDATE, Op.CREATE]
    assert shelf.asked == [f"{provider} 2021-04-01", f"{pool}/x 2024-07-01", f"{pool}/y 2024-07-01"]
    with pytest.raises(BaselineUnavailableError, match=r"Azure has no resource type microsoft.batch/poools: check its"):
        baseline.change(write(f"{provider}/poools/x", {}, "Microsoft.Batch/poools"))


def test_without_an_answer_the_message_says_what_to_do() -> None:
    with pytest.raises(BaselineUnavailableError) as raised:
        Live(Closed()).change(cluster("a"))
    assert str(raised.value) == (
        f"what is there isn't known: Azure can't be reached for {WORKSPACE_ID}/computes: no route; "
        "or name an exported state as `baseline` in the pack's config"
    )


# --- reading Azure ------------------------------------------------------------------------------------------------

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
API = "2024-03-01"


class Key:
    """A credential that needs nobody."""

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("token", 4102444800)


class Nobody(Key):
    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        raise ClientAuthenticationError("Please run 'az login' to set up an account.\nAttempted credentials: many")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, dict[str, str], Any]]:
    """Return what Azure answers, one after the other: status, headers and content; what isn't asked for stays."""
    given: list[tuple[int, dict[str, str], Any]] = []

    def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **_options: Any) -> requests.Response:
        status, headers, content = given.pop(0)
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Content-Type": "application/json", **headers}
        raw = HTTPResponse(io.BytesIO(body), headers, status, reason="Because", preload_content=False)
        return adapter.build_response(request, raw)

    monkeypatch.setattr(HTTPAdapter, "send", send)
    monkeypatch.setattr(RequestsTransport, "sleep", lambda _transport, seconds: waited.append(seconds))
    waited.clear()
    return given


waited: list[float] = []


def refusal(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": f"It is {code}."}}


Answers = list[tuple[int, dict[str, str], Any]]


def test_what_is_there_and_what_is_not() -> None:
    azure = Azure()
    azure.put(GROUP, {"location": "westeurope"})
    with intercept(azure):
        reader = ArmReader()
        assert (reader.get(GROUP, API) or {})["location"] == "westeurope"
        assert reader.get(f"{GROUP}-more", API) is None
        assert [item["name"] for item in reader.list(f"/subscriptions/{SUBSCRIPTION}/resourceGroups", API)] == ["rg"]
        assert list(reader.list(f"{WORKSPACE_ID}/computes", API)) == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_by_itself_is_asked_again_but_not_an_hour_later(status: int, answers: Answers) -> None:
    answers += [(status, {"Retry-After": "3600"}, {}), (status, {}, {}), (200, {}, {"name": "rg"})]
    assert ArmReader(who=Key()).get(GROUP, API) == {"name": "rg"}
    assert max(waited) <= 20


def test_pages_are_followed(answers: Answers) -> None:
    following = f"https://management.azure.com{GROUP}/resources?$skiptoken=x&api-version={API}"
    answers += [(200, {}, {"value": [{"id": "a"}], "nextLink": following}), (200, {}, {"value": [{"id": "b"}]})]
    assert [item["id"] for item in ArmReader(who=Key()).list(f"{GROUP}/resources", API)] == ["a", "b"]


def test_a_provider_that_the_subscription_does_not_use_has_made_nothing(answers: Answers) -> None:
    answers += [(409, {}, refusal("MissingSubscriptionRegistration"))]
    assert ArmReader(who=Key()).get(GROUP, API) is None


@pytest.mark.parametrize(
    ("status", "content", "message"),
    [
        (403, refusal("AuthorizationFailed"), "AuthorizationFailed: It is AuthorizationFailed. (HTTP 403); whoever"),
        (
            401,
            refusal("InvalidAuthenticationTokenTenant"),
            "It is InvalidAuthenticationTokenTenant. (HTTP 401); sign in",
        ),
        (
            400,
            refusal("InvalidApiVersionParameter"),
            "It is InvalidApiVersionParameter. (HTTP 400); run again, and see",
        ),
        (409, b"{}", "Because (HTTP 409); run again"),
        (200, b"<html>sign in to the proxy</html>", "isn't Azure Resource Manager: check the proxy"),
        (200, [1], "isn't Azure Resource Manager: check the proxy"),
    ],
)
def test_an_answer_that_decides_nothing_is_reported(status: int, content: Any, message: str, answers: Answers) -> None:
    answers += [(status, {}, content)] * 6
    with pytest.raises(AzureUnavailableError) as raised:
        ArmReader(who=Key()).get(GROUP, API)
    assert message in str(raised.value)
    assert GROUP in str(raised.value)


def test_an_azure_that_stays_ill_is_reported_after_some_tries(answers: Answers) -> None:
    answers += [(503, {}, refusal("ServerBusy"))] * 20
    with pytest.raises(AzureUnavailableError, match=r"ServerBusy. \(HTTP 503\); run again"):
        ArmReader(who=Key()).get(GROUP, API)
    assert 10 < len(answers) < 19


def test_who_is_not_signed_in_reads_how_to() -> None:
    with pytest.raises(
        AzureUnavailableError, match=r"^not signed in to Azure: Please run 'az login' to set up an"
    ) as raised:
        ArmReader(who=Nobody()).get(GROUP, API)
    assert "\n" not in str(raised.value)
