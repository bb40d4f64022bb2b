"""What somebody sees who has no role, or a role elsewhere: Azure's lists and operations hold what is theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from azureml_arm.roles import definition_id
from azureml_arm.sandbox import SUBSCRIPTION
from kit.served import Served, serving

ME = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{ME}/resourceGroups/rg-visible"
NOBODY, GUEST = "0b0d1e00-0000-4000-8000-000000000001", "0b0d1e00-0000-4000-8000-000000000002"
"""Client ids of applications that nobody gave a role."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("visible")
    with serving(folder, "--memory", "--seconds", "30") as server:
        yield server


def ask(server: Served, who: str, method: str, target: str, body: object = None) -> requests.Response:
    url = target if target.startswith("https:") else f"{server.url}{target}?api-version=2022-04-01"
    return server.ask(who, method, url, body)


def names_listed(server: Served, who: str) -> list[str]:
    return [one["subscriptionId"] for one in ask(server, who, "GET", "/subscriptions").json()["value"]]


@pytest.mark.parametrize("who", ["olga", "carl", "dana", "rita"])
def test_whoever_has_a_role_sees_the_subscription(server: Served, who: str) -> None:
    assert names_listed(server, who) == [SUBSCRIPTION]


def test_without_any_role_there_is_none(server: Served) -> None:
    assert names_listed(server, NOBODY) == []
    assert ask(server, NOBODY, "GET", ME).status_code == 403


def test_a_role_on_anything_in_it_shows_the_subscription(server: Served) -> None:
    assert names_listed(server, GUEST) == []
    group = f"{ME}/resourceGroups/rg-guest"
    assert ask(server, "olga", "PUT", group, {"location": "westeurope"}).ok
    reading = {"roleDefinitionId": definition_id("Reader", SUBSCRIPTION), "principalId": _object_id(server, GUEST)}
    assignment = f"{group}/providers/Microsoft.Authorization/roleAssignments/0b0d1e00-0000-4000-8000-0000000000aa"
    made = ask(server, "olga", "PUT", assignment, {"properties": {**reading, "principalType": "ServicePrincipal"}})
    assert made.ok, made.text
    assert names_listed(server, GUEST) == [SUBSCRIPTION]


def _object_id(server: Served, client: str) -> str:
    import jwt

    return str(jwt.decode(server.token(client), options={"verify_signature": False})["oid"])


def _deletion(server: Served, who: str) -> str:
    """Return where the deletion of a group is polled."""
    assert ask(server, "olga", "PUT", GROUP, {"location": "westeurope"}).ok
    accepted = ask(server, who, "DELETE", GROUP)
    assert accepted.status_code == 202, accepted.text
    return str(accepted.headers["Location"])


def test_an_operation_is_for_who_began_it_and_who_may_read_its_resource(server: Served) -> None:
    address = _deletion(server, "olga")
    assert ask(server, "olga", "GET", address).status_code == 202
    assert ask(server, "rita", "GET", address).status_code == 202
    for method in ("GET", "HEAD"):
        assert ask(server, NOBODY, method, address).status_code == 404
    path, _, query = address.partition("?")
    for place in ("operationStatuses", "operationResults", "OPERATIONRESULTS", "operations"):
        name = path.rpartition("/")[2]
        other = f"{path.rpartition('/')[0].rpartition('/')[0]}/{place}/{name}?{query}"
        assert ask(server, NOBODY, "GET", other).status_code in (403, 404)
