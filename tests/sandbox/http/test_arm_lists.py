"""Lists: pages that go on where the last one ended, filters, and what a list of everything tells."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_sandbox.azure import SUBSCRIPTION, Azure
from kit.arm_requests import ARM, follow, manager, read, refusal, send
from kit.clouds import BODIES, GROUP, PROVIDERS, REGION, STORAGE, WORKSPACE, foundation

SUB = f"/subscriptions/{SUBSCRIPTION}"
IDENTITIES = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities"


@pytest.fixture
def azure() -> Azure:
    made = foundation(Azure())
    for number in range(5):
        tags = {"team": "ml" if number < 2 else "web"}
        made.put(f"{IDENTITIES}/id-{number}", {"location": REGION, "tags": tags})
    return made


def names(answer: Any) -> list[str]:
    return [one["name"] for one in answer["value"]]


def pages(azure: Azure, path: str) -> list[list[str]]:
    answer = read(send(azure, "GET", path))
    found = [names(answer)]
    while "nextLink" in answer:
        assert answer["nextLink"].startswith(ARM)
        answer = read(follow(azure, answer["nextLink"]))
        found.append(names(answer))
    return found


def test_a_list_comes_in_pages(azure: Azure) -> None:
    assert pages(azure, f"{IDENTITIES}?$top=2") == [["id-0", "id-1"], ["id-2", "id-3"], ["id-4"]]
    assert pages(azure, IDENTITIES) == [["id-0", "id-1", "id-2", "id-3", "id-4"]]
    assert pages(azure, f"{IDENTITIES}?$skip=3") == [["id-3", "id-4"]]


def test_a_list_is_made_once_while_nothing_changes(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[str] = []
    of_type = Azure.of_type

    def count(self: Azure, type_name: str, scope: str = "") -> list[Any]:
        listed.append(type_name)
        return of_type(self, type_name, scope)

    monkeypatch.setattr(Azure, "of_type", count)
    first, again = (read(send(azure, "GET", IDENTITIES)) for _ in range(2))
    assert first == again
    assert len(listed) == 1
    azure.put(f"{IDENTITIES}/id-9", {"location": REGION})
    listed.clear()
    assert names(read(send(azure, "GET", IDENTITIES))) == [*names(first), "id-9"]
    assert names(read(send(azure, "GET", f"{IDENTITIES}?$top=1"))) == ["id-0"]
    assert len(listed) == 2


def test_a_page_goes_on_whatever_has_come_and_gone(azure: Azure) -> None:
    first = read(send(azure, "GET", f"{IDENTITIES}?$top=2"))
    azure.delete(f"{IDENTITIES}/id-1")
    azure.put(f"{IDENTITIES}/id-00", {"location": REGION})
    assert names(read(follow(azure, first["nextLink"]))) == ["id-2", "id-3"]


@settings(max_examples=30)
@given(size=st.integers(1, 7))
def test_pages_of_any_size_hold_everything_once(size: int) -> None:
    azure = foundation(Azure())
    for number in range(6):
        azure.put(f"{IDENTITIES}/id-{number}", {"location": REGION})
    found = pages(azure, f"{IDENTITIES}?$top={size}")
    assert [name for page in found for name in page] == [f"id-{number}" for number in range(6)]
    assert all(len(page) == size for page in found[:-1])


@pytest.mark.parametrize("query", ["$top=0", "$top=-1", "$top=many", "$skiptoken=x", "$orderBy=colour"])
def test_pages_that_cannot_be(azure: Azure, query: str) -> None:
    assert send(azure, "GET", f"{IDENTITIES}?{query}").status == 400


def test_the_official_client_reads_all_pages(azure: Azure) -> None:
    with manager(azure) as client:
        assert len(list(client.resources.list(top=2))) == 8
        assert [one.name for one in client.resource_groups.list(top=1)] == ["rg-acme"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("resourceType eq 'Microsoft.KeyVault/vaults'", ["kv-acme"]),
        ("resourceType eq 'Microsoft.KeyVault/vaults' or name eq 'stacme'", ["kv-acme", "stacme"]),
        ("tagName eq 'team' and tagValue eq 'ml'", ["id-0", "id-1"]),
        ("tagName eq 'TEAM'", ["id-0", "id-1", "id-2", "id-3", "id-4"]),
        ("name eq 'ID-3'", ["id-3"]),
        ("substringof('acme', name)", ["appi-acme", "kv-acme", "stacme"]),
        ("location eq 'West Europe' and name eq 'id-4'", ["id-4"]),
        ("resourceGroup eq 'other'", []),
        ("location ne 'westeurope'", []),
    ],
)
def test_filters(azure: Azure, text: str, expected: list[str]) -> None:
    query = text.replace(" ", "%20").replace("'", "%27")
    assert sorted(names(read(send(azure, "GET", f"{SUB}/resources?$filter={query}")))) == expected


def test_a_filter_that_is_not_known_says_what_is(azure: Azure) -> None:
    answer = send(azure, "GET", f"{SUB}/resources?$filter=colour%20eq%20%27red%27")
    assert refusal(answer) == (400, "InvalidFilterInQueryString")
    assert "resourcetype" in read(answer)["error"]["message"]


def test_a_list_of_everything_tells_no_properties(azure: Azure) -> None:
    azure.put(WORKSPACE, BODIES[WORKSPACE])
    found = {one["name"]: one for one in read(send(azure, "GET", f"{GROUP}/resources"))["value"]}
    assert found["stacme"] == {
        "id": STORAGE,
        "name": "stacme",
        "type": "Microsoft.Storage/storageAccounts",
        "location": REGION,
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS", "tier": "Standard"},
        "tags": {},
    }
    assert found["mlw-acme"]["identity"]["type"] == "SystemAssigned"
    expanded = read(send(azure, "GET", f"{GROUP}/resources?$expand=createdTime,provisioningState"))["value"]
    assert {one["provisioningState"] for one in expanded} == {"Succeeded"}
    assert "createdTime" in next(one for one in expanded if one["name"] == "mlw-acme")
