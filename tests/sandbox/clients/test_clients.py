"""Azure's own clients against a real server, and the page of what they can do (run this file to write it)."""

import sys
import time
from collections.abc import Iterator

import pytest
from azure.identity import ClientSecretCredential

from kit.clients import Kit, page
from kit.clients import applicationinsights as clients_applicationinsights
from kit.clients import authorization as clients_authorization
from kit.clients import containerregistry as clients_containerregistry
from kit.clients import deployments as clients_deployments
from kit.clients import keyvault as clients_keyvault
from kit.clients import machinelearningservices as clients_machinelearningservices
from kit.clients import resource as clients_resource
from kit.clients import storage as clients_storage
from kit.mlclient.listed import Listed, examples
from kit.paths import ROOT
from kit.served import Served, serving

MODULES = (
    clients_resource,
    clients_deployments,
    clients_storage,
    clients_keyvault,
    clients_authorization,
    clients_containerregistry,
    clients_applicationinsights,
    clients_machinelearningservices,
)
GROUP, VERSION = "rg-clients", "2024-03-01"
PAGE = ROOT / "sandbox" / "COVERAGE.md"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("clients"), "--memory") as server:
        yield server


@pytest.mark.any_body("clients of older API versions")
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.SUITE.package)
def test_a_client_does_what_the_page_says(module: object, server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    subscription, tenant = (server.environment[f"AZURE_{name}_ID"] for name in ("SUBSCRIPTION", "TENANT"))
    credential = ClientSecretCredential(
        tenant,
        server.environment["AZURE_CLIENT_ID"],
        server.environment["AZURE_CLIENT_SECRET"],
        authority=server.url,
        disable_instance_discovery=True,
    )
    client = module.CLIENT(  # type: ignore[attr-defined]
        credential, subscription, base_url=server.url, credential_scopes=[f"{server.url}/.default"]
    )
    kit = Kit(server, client, credential)
    group = f"{server.url}/subscriptions/{subscription}/resourceGroups/{GROUP}?api-version={VERSION}"
    server.ask("olga", "PUT", group, {"location": "westeurope"}).raise_for_status()
    try:
        module.SUITE.play(kit)  # type: ignore[attr-defined]
    finally:
        server.ask("olga", "DELETE", group).raise_for_status()
        while server.ask("olga", "GET", group).ok:
            time.sleep(0.05)


def _page() -> str:
    return page([*(module.SUITE for module in MODULES), Listed()], examples())


def test_the_page_says_what_is_tried() -> None:
    assert PAGE.read_text("utf-8") == _page()


if __name__ == "__main__":
    sys.stdout.write(_page())
