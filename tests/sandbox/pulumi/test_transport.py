"""Azure's own clients in this process, on the model."""

import contextlib
import io
import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core import PipelineClient
from azure.core.exceptions import ClientAuthenticationError, ResourceNotFoundError
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RetryPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.polling import LROPoller
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential, DefaultAzureCredential, EnvironmentCredential
from azure.mgmt.core.polling.arm_polling import ARMPolling
from azure.storage.blob import ContainerClient

from azureml_sandbox.azure import Azure
from azureml_sandbox.http import HostNotModelledError
from azureml_sandbox.pulumi.transport import intercept
from kit.clouds import BODIES, GROUP, STORAGE, WORKSPACE, foundation

ACCOUNT = "https://stacme.blob.core.windows.net"


@pytest.fixture
def azure() -> Iterator[Azure]:
    with intercept(foundation(Azure())) as cloud:
        yield cloud


@pytest.fixture
def container(azure: Azure) -> ContainerClient:
    azure.put(f"{STORAGE}/blobServices/default/containers/data", {})
    return ContainerClient(ACCOUNT, "data", credential=DefaultAzureCredential())


def test_the_usual_credentials_sign_in(azure: Azure) -> None:
    scope = "https://management.azure.com/.default"
    tokens = {
        DefaultAzureCredential().get_token(scope).token,
        EnvironmentCredential().get_token(scope).token,
        ClientSecretCredential(azure.tenant, os.environ["AZURE_CLIENT_ID"], "any").get_token(scope).token,
    }
    assert len(tokens) == 1


def test_another_tenant_is_refused(azure: Azure) -> None:  # noqa: ARG001 - it is intercepted
    credential = ClientSecretCredential("11111111-0000-0000-0000-000000000000", "client", "secret")
    with pytest.raises((ClientAuthenticationError, ValueError), match=r"AADSTS90002|tenant"):
        credential.get_token("https://management.azure.com/.default")


def test_blobs_are_written_and_read(container: ContainerClient, azure: Azure) -> None:
    container.upload_blob("train/main.py", b"print(1)", metadata={"Name": "main"})
    assert azure.blobs.get("stacme", "data", "train/main.py") == b"print(1)"
    assert azure.blobs.properties("stacme", "data", "train/main.py").metadata == {"Name": "main"}
    blob = container.get_blob_client("train/main.py")
    properties = blob.get_blob_properties()
    assert (properties.size, properties.metadata) == (8, {"Name": "main"})
    assert blob.download_blob().readall() == b"print(1)"
    blob.set_blob_metadata({"Other": "words"})
    assert blob.get_blob_properties().metadata == {"Other": "words"}
    assert blob.exists()
    blob.delete_blob()
    assert not blob.exists()


@pytest.mark.parametrize("stream", [False, True])
def test_large_blobs_go_in_blocks_and_come_in_ranges(azure: Azure, *, stream: bool) -> None:
    azure.put(f"{STORAGE}/blobServices/default/containers/data", {})
    client = ContainerClient(
        ACCOUNT,
        "data",
        credential=DefaultAzureCredential(),
        max_single_put_size=1000,
        max_block_size=1000,
        max_single_get_size=700,
        max_chunk_get_size=700,
    )
    content = bytes(range(256)) * 20
    client.upload_blob("big", io.BytesIO(content) if stream else content, max_concurrency=2)
    assert azure.blobs.get("stacme", "data", "big") == content
    assert client.download_blob("big").readall() == content
    assert azure.store.scan("blob_blocks") == []


def _arm() -> PipelineClient[Any, Any]:
    scope = "https://management.azure.com/.default"
    policies = [RetryPolicy(), BearerTokenCredentialPolicy(DefaultAzureCredential(), scope)]
    return PipelineClient("https://management.azure.com", policies=policies)


def test_any_client_of_azure_core_reaches_arm_and_its_operations_are_done_at_once(azure: Azure) -> None:
    client, url = _arm(), f"https://management.azure.com{WORKSPACE}"
    request = HttpRequest("PUT", url, params={"api-version": "2025-12-01"}, json=BODIES[WORKSPACE])
    begun = client.send_request(request, _return_pipeline_response=True)
    polling: Any = ARMPolling(0)
    poller: LROPoller[Any] = LROPoller(client, begun, lambda done: done.http_response.json(), polling)
    assert poller.result()["properties"]["provisioningState"] == "Succeeded"
    assert azure.exists(WORKSPACE)


def test_a_request_to_anywhere_else_does_not_leave(azure: Azure) -> None:  # noqa: ARG001 - it is intercepted
    client: PipelineClient[Any, Any] = PipelineClient("https://example.com", policies=[RetryPolicy()])
    with pytest.raises(HostNotModelledError, match=r"doesn't stand in for example\.com"):
        client.send_request(HttpRequest("GET", "https://example.com/x"))


def test_everything_is_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "login.example.com")
    monkeypatch.delenv("AZURE_CLIENT_ID", raising=False)
    environment, send = dict(os.environ), RequestsTransport.send
    with contextlib.suppress(KeyError), intercept(Azure()) as azure:
        assert "AZURE_AUTHORITY_HOST" not in os.environ
        assert os.environ["AZURE_TENANT_ID"] == azure.tenant
        raise KeyError
    assert dict(os.environ) == environment
    assert RequestsTransport.send is send


def test_the_innermost_cloud_answers() -> None:
    scope = "https://storage.azure.com/.default"
    with intercept(foundation(Azure())) as outer:
        with intercept(Azure()):
            DefaultAzureCredential().get_token(scope)
            with pytest.raises(ResourceNotFoundError):
                ContainerClient(ACCOUNT, "data", credential=DefaultAzureCredential()).get_container_properties()
        outer.put(f"{STORAGE}/blobServices/default/containers/data", {})
        assert ContainerClient(ACCOUNT, "data", credential=DefaultAzureCredential()).exists()


def test_other_threads_are_answered_too(container: ContainerClient, azure: Azure) -> None:
    threads = [threading.Thread(target=container.upload_blob, args=(f"{n}", b"x")) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(azure.blobs.list("stacme", "data")) == 8
    assert azure.exists(GROUP)
