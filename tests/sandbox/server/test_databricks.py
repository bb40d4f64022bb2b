"""A Databricks workspace's own interface: where it answers, whom it lets in, and what its tokens are."""

from collections.abc import Iterator

import pytest

from azureml_arm.sandbox import SUBSCRIPTION
from azureml_sandbox.http.databricks import AUDIENCE
from kit.served import Served, serving

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-databricks"
WORKSPACE = f"{GROUP}/providers/Microsoft.Databricks/workspaces/dbw"
MANAGED = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-managed"
OLGA = f"olga@{AUDIENCE}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("databricks"), "--memory") as made:
        yield made


def test_a_token_is_made_listed_and_revoked_by_who_may_change_the_workspace(server: Served) -> None:
    server.make(GROUP, "2024-03-01", {"location": "westeurope"})
    body = {"location": "westeurope", "properties": {"computeMode": "Hybrid", "managedResourceGroupId": MANAGED}}
    server.make(WORKSPACE, "2026-01-01", body)
    shown = server.ask("olga", "GET", f"{server.url}{WORKSPACE}?api-version=2026-01-01").json()
    address = str(shown["properties"]["workspaceUrl"])
    assert "localhost:" in address
    url = f"{server.url}/databricks/{address.rpartition('/')[2].partition('.azure')[0]}/api/2.0/token"
    asked = {"comment": "for a test", "lifetime_seconds": 60}
    statuses = [
        server.ask(who, "POST", f"{url}/create", asked).status_code for who in (f"dana@{AUDIENCE}", "olga", OLGA)
    ]
    assert statuses == [403, 401, 200]
    infos = server.ask(OLGA, "GET", f"{url}/list").json()["token_infos"]
    assert [(one["comment"], one["expiry_time"] - one["creation_time"]) for one in infos] == [("for a test", 60_000)]
    token = {"token_id": infos[0]["token_id"]}
    assert [server.ask(OLGA, "POST", f"{url}/delete", token).status_code for _ in range(2)] == [200, 404]
    wrong = server.ask(OLGA, "POST", f"{url}/create", {"lifetime_seconds": 10**9})
    assert (wrong.status_code, wrong.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert server.ask(OLGA, "GET", f"{url}/create").status_code == 501
