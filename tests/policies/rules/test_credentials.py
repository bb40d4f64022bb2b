"""What counts as a credential: each form, near misses of it, and none in Microsoft's own examples."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from azureml_policies.rules.checks.credentials import is_named_like_one, kind_of_credential, may_be_one
from kit.paths import SHARED
from kit.rows import each

EXAMPLES = SHARED / "azureml-examples"
KEY = base64.b64encode(hashlib.sha512(b"nobody's").digest()).decode()
SIGNATURE = base64.b64encode(hashlib.sha256(b"nobody's").digest()).decode()
ESCAPED = SIGNATURE.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")

FOUND = {
    "a private key": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{KEY}",
    "a connection string with an account key": f"AccountName=stml;accountkey={KEY};EndpointSuffix=core.windows.net",
    "a connection string with a shared access key": f"Endpoint=sb://x/;SharedAccessKey={SIGNATURE}",
    "a shared access signature": f"https://stml.blob.core.windows.net/c?sv=2024-01-01&sp=r&sig={ESCAPED}",
    "a storage or Cosmos DB key": KEY,
    "a token (JWT)": "Bearer eyJhbGciOiJub25lIn0xx.eyJzdWIiOiJub2JvZHkifQ.c2lnbmVkLWJ5LW5vYm9keQ",
    "an Entra client secret": "abC8Q~" + "dEfGhIjKlMnOpQrStUvWxYz0123456789_"[:34],
    "a Databricks token": "dapi" + "0123456789abcdef" * 2,
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "a Hugging Face token": "hf_" + "abCD" * 9,
    "a password in a connection string": "Server=tcp:db,1433;User Id=sa;Password=hunter2!;Encrypt=true",
    "a password in an address": "pip install --index-url https://bot:hunter2hunter2@pkgs.example.com/simple",
}

NOT_FOUND = [
    f"sha512-{KEY}",  # a digest, as lock files have it
    KEY[:-4],
    "AccountKey=<your key>",
    "AccountKey=${KEY}",
    "https://stml.blob.core.windows.net/c?sv=2024-01-01&sp=r",
    "-----BEGIN PUBLIC KEY-----",
    "-----BEGIN CERTIFICATE-----",
    "eyJhbGciOiJub25lIn0.no-token",
    "ghp_short",
    "https://bot:$TOKEN_OF_THE_BOT@pkgs.example.com/simple",
    "https://bot:${{secrets.token}}@pkgs.example.com/simple",
    "https://example.com:8443/a@b",
    "git@github.com:Azure/azureml-examples.git",
    "abfss://container@account.dfs.core.windows.net/path",
    "azureml://registries/azureml/models/bert/versions/1",
    "Server=tcp:db;Password=<password>",
    "a sentence about AccountKey= and sig= and Password=",
    "/subscriptions/5a4d0b0c-0000-4000-8000-000000000001/resourceGroups/rg",
]


@each("kind", FOUND)
def test_each_form_is_found_alone_and_within_a_text(kind: str) -> None:
    assert kind_of_credential(FOUND[kind]) == kind
    assert kind_of_credential(f"run it with '{FOUND[kind]}' please") == kind


@each("text", NOT_FOUND)
def test_near_misses_are_none(text: str) -> None:
    assert kind_of_credential(text) == ""


@each("name", ["DB_PASSWORD", "apiKey", "API_KEY", "client-secret", "HF_TOKEN", "connectionString"])
def test_names_that_say_so(name: str) -> None:
    assert is_named_like_one(name)


@each("name", ["MAX_TOKENS", "TOKENIZERS_PARALLELISM", "SECRET_NAME", "KEY", "monkey", "TOKEN_URL"])
def test_names_that_do_not(name: str) -> None:
    assert not is_named_like_one(name)


@each("value", ["", "512", "database-password", "$TOKEN_1", "${{inputs.key1}}", "<key-1-here>"])
def test_values_that_refer_to_a_secret(value: str) -> None:
    assert not may_be_one(value)


@given(st.text())
def test_any_text_can_be_asked_about(text: str) -> None:
    assert kind_of_credential(text) in ("", *FOUND, "an Azure key", "an OpenAI key")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="Microsoft's examples aren't here")
def test_microsofts_examples_hold_none() -> None:
    files, found = 0, []
    for path in EXAMPLES.rglob("*.y*ml"):
        try:
            texts = list(_texts(yaml.safe_load(path.read_text("utf-8"))))
        except (yaml.YAMLError, UnicodeDecodeError):
            continue
        files += 1
        found += [(path.name, kind) for kind in map(kind_of_credential, texts) if kind]
    assert files > 100
    assert found == []
