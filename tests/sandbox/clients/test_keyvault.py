"""azure-keyvault-secrets against a server."""

import datetime
import socket
import uuid

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.keyvault.secrets import SecretClient

from azureml_arm.sandbox import TENANT
from azureml_sandbox.model.identities import CALLER
from kit.planes import GROUP, Planes

VAULTS = f"{GROUP}/providers/Microsoft.KeyVault/vaults"
SKU = {"family": "A", "name": "standard"}


def vault(server: Planes, *permissions: str, rbac: bool = False) -> SecretClient:
    """Make a vault, as somebody with these permissions."""
    policy = {"tenantId": TENANT, "objectId": CALLER, "permissions": {"secrets": list(permissions)}}
    properties = {"tenantId": TENANT, "sku": SKU, "enableRbacAuthorization": rbac, "accessPolicies": [policy]}
    name = f"kv-{uuid.uuid4().hex[:8]}"
    made = server.arm("PUT", f"{VAULTS}/{name}", {"location": "westeurope", "properties": properties}, "2023-07-01")
    where = made["properties"]["vaultUri"]
    return SecretClient(where, server.credential, verify_challenge_resource=False, **server.options)


def test_a_secret_is_set_read_changed_deleted_and_recovered(server: Planes) -> None:
    client = vault(server, "all")
    first = client.set_secret("password", "one", content_type="text", tags={"a": "b"})
    second = client.set_secret("password", "two")
    assert (client.get_secret("password").value, client.get_secret("password").name) == ("two", "password")
    assert client.get_secret("password", first.properties.version).value == "one"
    versions = {one.version for one in client.list_properties_of_secret_versions("password")}
    assert versions == {first.properties.version, second.properties.version}
    client.update_secret_properties("password", enabled=False)
    with pytest.raises(HttpResponseError, match="disabled"):
        client.get_secret("password")
    gone = client.begin_delete_secret("password").result()
    assert gone.name == "password"
    with pytest.raises(ResourceNotFoundError, match="SecretNotFound"):
        client.get_secret("password", first.properties.version)
    with pytest.raises(ResourceExistsError, match="deleted but recoverable"):
        client.set_secret("password", "three")
    assert client.begin_recover_deleted_secret("password").result().name == "password"
    assert client.get_secret("password", first.properties.version).value == "one"
    client.begin_delete_secret("password").wait()
    client.purge_deleted_secret("password")
    assert list(client.list_deleted_secrets()) == []


def test_lists_have_pages(server: Planes) -> None:
    client = vault(server, "all")
    names = [f"s{number:02}" for number in range(27)]
    for name in names:
        client.set_secret(name, "")
    assert [one.name for one in client.list_properties_of_secrets()] == names
    pages = [[one.name for one in page] for page in client.list_properties_of_secrets(max_page_size=10).by_page()]
    assert [len(page) for page in pages] == [10, 10, 7]


def test_access_policies_say_who_may_what(server: Planes) -> None:
    client = vault(server, "get", "set")
    expires = server.now().replace(microsecond=0) + datetime.timedelta(days=1)
    assert client.set_secret("a", "b", expires_on=expires).properties.expires_on == expires
    with pytest.raises(HttpResponseError, match="not authorized to perform action"):
        list(client.list_properties_of_secrets())


def test_roles_say_who_may_what(server: Planes) -> None:
    client = vault(server, "all", rbac=True)
    with pytest.raises(HttpResponseError, match="Forbidden"):
        client.set_secret("a", "b")
    with server.role("Key Vault Secrets Officer"):
        client.set_secret("a", "b")
    with server.role("Key Vault Secrets User"):
        assert client.get_secret("a").value == "b"
        with pytest.raises(HttpResponseError, match="Forbidden"):
            client.set_secret("a", "c")


def test_a_vault_is_known_by_its_name_too(server: Planes, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, tokens are for what the address ends with, so that clients' own check of it holds."""
    by_path = vault(server, "all")
    by_path.set_secret("a", "b")
    name = by_path.vault_url.rstrip("/").rpartition("/")[2].partition(".")[0].removeprefix("https://")
    by_name(monkeypatch)
    client = SecretClient(f"https://{name}.vault.localhost:{server.served.port}", server.credential, **server.options)
    assert client.get_secret("a").value == "b"


def by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve names below localhost, as RFC 6761 has it and not every machine does."""
    resolve = socket.getaddrinfo

    def loopback(host: object, *more: object, **options: object) -> object:
        local = isinstance(host, str) and host.endswith(".localhost")
        return resolve("localhost" if local else host, *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", loopback)


def test_what_is_not_modelled_is_refused_with_what_is_missing(server: Planes) -> None:
    client = vault(server, "all")
    client.set_secret("a", "b")
    with pytest.raises(HttpResponseError, match=r"http/keyvault\.py"):
        client.backup_secret("a")


def test_nobody_reads_without_a_token(server: Planes) -> None:
    client = vault(server, "all")
    answer = requests.get(
        f"{client.vault_url}/secrets/a?api-version=7.5", verify=str(server.served.authority), timeout=30
    )
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].endswith('resource="https://vault.azure.net"')
