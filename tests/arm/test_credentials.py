"""Whoever is signed in: the same identity as azure-native's, by tokens that are asked for anew each time."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from azure import identity

from azureml_arm import oidc
from azureml_arm.clouds import CLOUDS
from azureml_arm.credentials import credential
from azureml_sandbox import Azure
from azureml_sandbox.pulumi.transport import intercept
from kit.ci_host import Host, serving
from kit.rows import each

WHO = {"ARM_CLIENT_ID": "11111111-0000-4000-8000-000000000001", "ARM_TENANT_ID": "11111111-0000-4000-8000-000000000002"}
KINDS: dict[str, tuple[dict[str, str], dict[str, str], type]] = {
    "azure-identity's own": ({}, {"AZURE_CLIENT_ID": "x"}, identity.DefaultAzureCredential),
    "ids alone": (WHO, {}, identity.DefaultAzureCredential),
    "a secret": ({**WHO, "ARM_CLIENT_SECRET": "s"}, {}, identity.ClientSecretCredential),
    "a secret before tokens": (
        {**WHO, "ARM_CLIENT_SECRET": "s", "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t"},
        {},
        identity.ClientSecretCredential,
    ),
    "tokens": ({**WHO, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t"}, {}, identity.ClientAssertionCredential),
    "tokens by the stack's settings": (
        {"ARM_OIDC_TOKEN": "t"},
        {"azure-native:useOidc": "true", "azure-native:clientId": WHO["ARM_CLIENT_ID"], "azure-native:tenantId": "t"},
        identity.ClientAssertionCredential,
    ),
    "tokens that are switched off": (
        {**WHO, "ARM_USE_OIDC": "false", "ARM_OIDC_TOKEN": "t"},
        {},
        identity.DefaultAzureCredential,
    ),
    "a managed identity": ({"ARM_USE_MSI": "true", **WHO}, {}, identity.ManagedIdentityCredential),
}


@each("case", KINDS)
def test_who_signs_in_is_whom_azure_native_signs_in(case: str) -> None:
    environ, config, kind = KINDS[case]
    assert type(credential(config=config, environ=environ)) is kind


NOT_SIGNED_IN = {
    "no client": (
        {"ARM_CLIENT_SECRET": "s", "ARM_TENANT_ID": "t"},
        "^ARM_CLIENT_ID not set: they say who signs in to Azure",
    ),
    "neither": ({"ARM_USE_OIDC": "true"}, "^ARM_TENANT_ID and ARM_CLIENT_ID not set"),
    "no token": ({**WHO, "ARM_USE_OIDC": "true"}, "^ARM_USE_OIDC is true, and there is no token to sign in with: exp"),
    "a certificate that is none": (
        {**WHO, "ARM_CLIENT_CERTIFICATE_PATH": "/nonexistent.pem"},
        "nonexistent.pem",
    ),
    "a tenant that is none": ({**WHO, "ARM_TENANT_ID": "no tenant!", "ARM_CLIENT_SECRET": "s"}, "tenant"),
    "a token file that isn't there": (
        {**WHO, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN_FILE_PATH": "/nonexistent"},
        "^ARM_OIDC_TOKEN_FILE_PATH: /nonexistent can't be read",
    ),
}


@each("case", NOT_SIGNED_IN)
def test_whoever_cant_sign_in_hears_why_when_they_would(case: str) -> None:
    environ, words = NOT_SIGNED_IN[case]
    with pytest.raises(identity.CredentialUnavailableError, match=words), intercept(Azure()):
        credential(environ=environ).get_token("https://management.azure.com/.default")


@pytest.fixture
def ci() -> Iterator[Host]:
    """Yield a CI system that gives another token each time."""
    with serving() as host:
        host.answers["/id"] = [{"value": f"token-{number}"} for number in range(1, 9)]
        host.answers["/oidc"] = [{"oidcToken": f"token-{number}"} for number in range(1, 9)]
        yield host


def token_of(environ: dict[str, str]) -> str:
    source = oidc.source(environ)
    assert source is not None
    return source()


def test_github_is_asked_each_time(ci: Host) -> None:
    environ = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{ci.url}/id?api-version=2", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "key"}
    source = oidc.source(environ)
    assert source is not None
    assert [source(), source()] == ["token-1", "token-2"]
    asked = ci.asked[0]
    assert (asked.method, asked.headers["Authorization"]) == ("GET", "Bearer key")
    assert asked.query == {"api-version": ["2"], "audience": ["api://AzureADTokenExchange"]}
    token_of({**environ, "ARM_OIDC_AUDIENCE": "api://AzureADTokenExchangeUSGov"})
    assert ci.asked[-1].query["audience"] == ["api://AzureADTokenExchangeUSGov"]


def test_azure_devops_is_asked_each_time(ci: Host) -> None:
    environ = {
        "SYSTEM_OIDCREQUESTURI": f"{ci.url}/oidc",
        "SYSTEM_ACCESSTOKEN": "key",
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "connection",
        "ARM_OIDC_TOKEN": "the task's, which ends in ten minutes",
    }
    assert [token_of(environ), token_of(environ)] == ["token-1", "token-2"]
    asked = ci.asked[0]
    assert (asked.method, asked.headers["Authorization"]) == ("POST", "Bearer key")
    assert asked.query == {"api-version": ["7.1"], "serviceConnectionId": ["connection"]}
    del environ["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"]
    assert token_of(environ).startswith("the task's")


@pytest.mark.parametrize("variable", ["ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"])
def test_a_token_file_is_read_each_time(variable: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    source = oidc.source({variable: str(file)})
    assert source is not None
    for text in ("one", "two\n"):
        file.write_text(text, "utf-8")
        assert source() == text.strip()
    file.write_text("", "utf-8")
    with pytest.raises(oidc.OidcError, match=f"^{variable}: .* is empty; expected a file with a token$"):
        source()


def test_without_any_there_is_none() -> None:
    assert oidc.source({"ACTIONS_ID_TOKEN_REQUEST_URL": "https://a", "SYSTEM_OIDCREQUESTURI": "https://b"}) is None


def test_a_refusal_names_no_token(ci: Host) -> None:
    ci.answers["/id"] = [403, {"other": "x"}]
    environ = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{ci.url}/id", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "key"}
    with pytest.raises(oidc.OidcError, match=r"^GitHub gave no ID token .HTTP 403 Forbidden.: run the job again$"):
        token_of(environ)
    with pytest.raises(oidc.OidcError, match="its answer has no `value`"):
        token_of(environ)


def test_each_token_of_entra_is_for_a_new_one_of_the_ci_system(ci: Host) -> None:
    """Azure keeps a token for an hour: an `up` that takes longer signs in again, with what GitHub says then."""
    environ = {
        **WHO,
        "ARM_USE_OIDC": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{ci.url}/id",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "key",
    }
    made = credential(environ=environ)
    assert isinstance(made, identity.ClientAssertionCredential)
    assert [made._func(), made._func()] == ["token-1", "token-2"]


@each("name", CLOUDS)
def test_the_authority_is_the_clouds(name: str) -> None:
    made = credential(CLOUDS[name], environ={**WHO, "ARM_CLIENT_SECRET": "s"})
    assert isinstance(made, identity.ClientSecretCredential)
    assert made._authority == f"https://{CLOUDS[name].authority}"


def test_a_cloud_at_other_addresses_signs_in_there() -> None:
    cloud = replace(CLOUDS["public"], sign_in="localhost:8443")
    made = credential(cloud, environ={**WHO, "ARM_CLIENT_SECRET": "s"})
    assert isinstance(made, identity.ClientSecretCredential)
    assert made._authority == "https://localhost:8443"


def test_a_sovereign_clouds_default_signs_in_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in (("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "s")):
        monkeypatch.setenv(variable, value)
    made = credential(CLOUDS["china"], environ={})
    assert isinstance(made, identity.DefaultAzureCredential)
    first: Any = made.credentials[0]
    assert first._credential._authority == "https://login.chinacloudapi.cn"


def test_who_has_signed_in_need_not_sign_in_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each one takes its first token by a request, or by a run of `az`."""
    monkeypatch.setenv("AZURE_CLIENT_ID", "one")
    first = credential()
    assert credential() is first
    assert credential(CLOUDS["china"]) is not first
    assert credential(environ={**WHO, "ARM_CLIENT_SECRET": "s"}) is not first
    monkeypatch.setenv("AZURE_CLIENT_ID", "another")
    assert credential() is not first
