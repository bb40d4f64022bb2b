"""azure-identity against the server: every way to a token that it has, and who that is."""

import datetime
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientSecretCredential,
    CredentialUnavailableError,
    DefaultAzureCredential,
    DeviceCodeCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from jwt.algorithms import RSAAlgorithm

from azureml_arm.sandbox import PEOPLE, SUBSCRIPTION, TENANT
from azureml_sandbox.model.identities import CLIENT
from azureml_sandbox.model.people import CALLER
from kit.served import Served, serving

ARM = "https://management.azure.com/.default"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-identity"
ASSIGNED = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-robot"
OPENID_ISSUER = "https://token.actions.example"
EXCHANGE = "api://AzureADTokenExchange"
KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("identity"), "--memory") as server:
        yield server


@pytest.fixture(autouse=True)
def _environment(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def ask(server: Served, path: str, token: str = "", method: str = "GET", body: object = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    version = "2023-01-31" if "ManagedIdentity" in path else "2024-03-01"
    return requests.request(
        method, f"{server.url}{path}?api-version={version}", json=body, headers=headers, verify=str(server.authority),
        timeout=30,
    )  # fmt: skip


def secret(name: str = CLIENT) -> str:
    return ClientSecretCredential(TENANT, name, "sandbox", disable_instance_discovery=True).get_token(ARM).token


@pytest.fixture(scope="module")
def robot(server: Served) -> dict[str, str]:
    """Make a user-assigned identity, and return its properties."""
    environment = server.environment
    credential = ClientSecretCredential(
        TENANT,
        CLIENT,
        "sandbox",
        authority=environment["AZURE_AUTHORITY_HOST"],
        disable_instance_discovery=True,
        connection_verify=str(server.authority),
    )
    token = credential.get_token(ARM).token
    assert ask(server, GROUP, token, "PUT", {"location": "westeurope"}).ok
    made = ask(server, ASSIGNED, token, "PUT", {"location": "westeurope"})
    assert made.ok, made.text
    return dict(made.json()["properties"])


def issue(tmp_path: Path, server: Served, **more: object) -> str:
    """Return the file of a federated token, by an issuer whose keys the sandbox has."""
    key = {**RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "one", "use": "sig"}
    issuers = server.folder / ".sandbox" / "issuers.json"
    issuers.write_text(json.dumps({OPENID_ISSUER: {"keys": [key]}}))
    said = {"iss": OPENID_ISSUER, "aud": EXCHANGE, "sub": "repo:team/ml", "exp": int(time.time()) + 600, **more}
    file = tmp_path / "token"
    file.write_text(jwt.encode(said, KEY, "RS256", {"kid": "one"}))
    return str(file)


def workload(file: str, client: str = CLIENT) -> WorkloadIdentityCredential:
    return WorkloadIdentityCredential(
        tenant_id=TENANT, client_id=client, token_file_path=file, disable_instance_discovery=True
    )


def test_an_application_by_its_secret() -> None:
    said = claims(secret())
    assert (said["oid"], said["appid"], said["tid"], said["aud"]) == (
        CALLER,
        CLIENT,
        TENANT,
        "https://management.azure.com",
    )
    assert said["exp"] > time.time()


def test_a_token_is_signed_by_the_tenants_published_key(server: Served) -> None:
    document = requests.get(
        f"{server.url}/{TENANT}/v2.0/.well-known/openid-configuration", verify=str(server.authority), timeout=30
    ).json()
    keys = jwt.PyJWKSet.from_dict(requests.get(document["jwks_uri"], verify=str(server.authority), timeout=30).json())
    token = secret()
    key = keys[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, ["RS256"], audience="https://management.azure.com")["oid"] == CALLER


def test_the_default_credential_is_the_environments() -> None:
    token = DefaultAzureCredential(disable_instance_discovery=True).get_token(ARM).token
    assert claims(token)["oid"] == CALLER
    assert EnvironmentCredential(disable_instance_discovery=True).get_token(ARM).expires_on > time.time()


def test_the_default_credential_falls_back_to_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"):
        monkeypatch.delenv(name)
    assert claims(DefaultAzureCredential(disable_instance_discovery=True).get_token(ARM).token)["oid"] == CALLER


def test_a_machines_identity(server: Served, robot: dict[str, str]) -> None:
    own = ManagedIdentityCredential().get_token(ARM).token
    assert claims(own)["oid"] == CALLER
    assert ask(server, GROUP, own).ok
    for named in ({"client_id": robot["clientId"]}, {"identity_config": {"resource_id": ASSIGNED}},
                  {"identity_config": {"object_id": robot["principalId"]}}):  # fmt: skip
        token = ManagedIdentityCredential(**named).get_token(ARM).token
        assert claims(token)["oid"] == robot["principalId"]
        assert ask(server, GROUP, token).status_code == 403
    with pytest.raises(CredentialUnavailableError, match="no such user-assigned identity"):
        ManagedIdentityCredential(client_id="nobody").get_token(ARM)


def test_the_machines_endpoint_wants_its_header_and_its_own_host(server: Served) -> None:
    url = f"{server.environment['AZURE_POD_IDENTITY_AUTHORITY_HOST']}/metadata/identity/oauth2/token"
    asked = {"resource": "https://management.azure.com", "api-version": "2018-02-01"}

    def answer(headers: dict[str, str], method: str = "GET", address: str = url) -> int:
        return requests.request(method, address, params=asked, headers=headers, timeout=30).status_code

    assert answer({"Metadata": "true"}) == 200
    assert answer({}) == 400
    assert answer({"Metadata": "true", "Host": "evil.example"}) == 421
    assert answer({"Metadata": "true"}, "POST") == 405
    assert answer({"Metadata": "true"}, address=url.replace("identity/oauth2/token", "instance")) == 404


def test_a_federated_token_is_exchanged(server: Served, tmp_path: Path, robot: dict[str, str]) -> None:
    file = issue(tmp_path, server)
    assert claims(workload(file).get_token(ARM).token)["oid"] == CALLER
    assert claims(workload(file, robot["clientId"]).get_token(ARM).token)["oid"] == robot["principalId"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"iss": "https://nobody.example"}, "issuers.json"),
        ({"aud": "https://else.example"}, "AADSTS700212"),
        ({"exp": 1}, "expiry"),
    ],
)
def test_a_federated_token_that_isnt_taken(
    server: Served, tmp_path: Path, said: dict[str, object], message: str
) -> None:
    with pytest.raises(ClientAuthenticationError, match=message):
        workload(issue(tmp_path, server, **said)).get_token(ARM)


def test_a_federated_token_by_another_key(server: Served, tmp_path: Path) -> None:
    file = issue(tmp_path, server)
    said = claims(Path(file).read_text())
    Path(file).write_text(jwt.encode(said, rsa.generate_private_key(65537, 2048), "RS256", {"kid": "one"}))
    with pytest.raises(ClientAuthenticationError, match="invalid"):
        workload(file).get_token(ARM)


def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "robot")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key()).serial_number(1)
        .not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1)).sign(KEY, hashes.SHA256())
    )  # fmt: skip
    return PEM + made.public_bytes(serialization.Encoding.PEM)


def test_an_application_by_its_certificate(server: Served) -> None:
    key = RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    issuers = server.folder / ".sandbox" / "issuers.json"
    issuers.write_text(json.dumps({CLIENT: {"keys": [key]}}))

    def credential(client: str) -> CertificateCredential:
        return CertificateCredential(TENANT, client, certificate_data=certificate(), disable_instance_discovery=True)

    assert claims(credential(CLIENT).get_token(ARM).token)["oid"] == CALLER
    with pytest.raises(ClientAuthenticationError, match="AADSTS700211"):
        credential("rita").get_token(ARM)


def test_a_device_code_is_approved_by_olga() -> None:
    prompts: list[str] = []
    credential = DeviceCodeCredential(
        tenant_id=TENANT,
        disable_instance_discovery=True,
        prompt_callback=lambda where, code, _: prompts.append(f"{where} {code}"),
    )
    token = credential.get_token(ARM).token
    assert len(prompts) == 1
    said = claims(token)
    assert (said["oid"], said["upn"], said["idtyp"]) == (PEOPLE["olga"].object_id, "olga@sandbox.example", "user")
    # The second is by the refresh token, silently.
    assert (
        claims(credential.get_token("https://storage.azure.com/.default").token)["aud"] == "https://storage.azure.com"
    )
    assert len(prompts) == 1


@pytest.mark.parametrize(
    ("client", "word", "message"),
    [("dana", "wrong", "AADSTS7000215"), ("", "sandbox", "client_id")],
)
def test_a_wrong_secret_and_no_client(client: str, word: str, message: str) -> None:
    with pytest.raises((ClientAuthenticationError, ValueError), match=message):
        ClientSecretCredential(TENANT, client, word, disable_instance_discovery=True).get_token(ARM)


def test_another_tenant() -> None:
    with pytest.raises((ClientAuthenticationError, ValueError), match=r"AADSTS90002|authority|tenant"):
        ClientSecretCredential(
            "11111111-0000-4000-8000-000000000000", CLIENT, "sandbox", disable_instance_discovery=True
        ).get_token(ARM)


PLACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/none"


@pytest.mark.parametrize(
    ("name", "reads", "writes"),
    [("olga", 404, 201), ("rita", 404, 403), ("dana", 404, 403), ("carl", 403, 403), ("mallory", 403, 403)],
)
def test_what_people_may(server: Served, robot: dict[str, str], name: str, reads: int, writes: int) -> None:
    assert robot
    token = secret(name)
    assert ask(server, PLACE, token).status_code == reads
    answer = ask(server, f"{GROUP}-of-{name}", token, "PUT", {"location": "westeurope"})
    assert answer.status_code == writes
    if writes == 403:
        error = answer.json()["error"]
        assert error["code"] == "AuthorizationFailed"
        assert "'Microsoft.Resources/subscriptions/resourcegroups/write'" in error["message"].replace(
            "Groups", "groups"
        )


def test_no_token_at_all(server: Served) -> None:
    answer = ask(server, f"/subscriptions/{SUBSCRIPTION}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AuthenticationFailed")
    assert f'authorization_uri="{server.url}/{TENANT}"' in answer.headers["WWW-Authenticate"]
