"""azure-storage-blob against a server: uploads of every kind, reading, listing, and who may."""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import (
    AccountSasPermissions,
    BlobBlock,
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    ContainerSasPermissions,
    ContentSettings,
    ResourceTypes,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)

from kit.planes import ACCOUNT, STORAGE, Planes, planes

SOON = datetime.timedelta(hours=1)


@pytest.fixture(scope="module")
def service(server: Planes) -> BlobServiceClient:
    return server.client(BlobServiceClient, "blob", server.account_key)


@pytest.fixture
def container(service: BlobServiceClient, request: pytest.FixtureRequest) -> ContainerClient:
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name)[:60].strip("-")
    return service.create_container(name, metadata={"made": "here"})


def until(server: Planes) -> dict[str, Any]:
    return {"expiry": server.now() + SOON, "protocol": "https"}


def test_a_container_is_made_listed_and_deleted(server: Planes, service: BlobServiceClient) -> None:
    made = service.create_container("first", metadata={"team": "ml"})
    assert made.get_container_properties().metadata == {"team": "ml"}
    with pytest.raises(ResourceExistsError, match="ContainerAlreadyExists"):
        service.create_container("first")
    assert "first" in [one.name for one in service.list_containers(name_starts_with="fi")]
    in_arm = server.arm("GET", f"{STORAGE}/blobServices/default/containers/first")
    assert in_arm["properties"]["metadata"] == {"team": "ml"}
    made.delete_container()
    assert not made.exists()
    with pytest.raises(ResourceNotFoundError, match="ContainerNotFound"):
        made.upload_blob("x", b"")


@pytest.mark.parametrize("size", [0, 5, 300_000])
def test_uploads_come_back_whole_and_in_parts(container: ContainerClient, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    container._config.max_single_put_size = 64 * 1024
    container._config.max_block_size = 64 * 1024
    kind = ContentSettings(content_type="text/csv", cache_control="no-store")
    container.upload_blob("a b/ä.csv", content, metadata={"rows": "2"}, content_settings=kind)
    blob = container.get_blob_client("a b/ä.csv")
    assert blob.download_blob().readall() == content
    found = blob.get_blob_properties()
    assert (found.size, found.metadata, found.content_settings.content_type) == (size, {"rows": "2"}, "text/csv")
    assert found.content_settings.cache_control == "no-store"
    if size:
        assert blob.download_blob(offset=2, length=2).readall() == content[2:4]


def test_blocks_are_kept_until_their_list_is_sent(container: ContainerClient) -> None:
    blob = container.get_blob_client("blocks")
    blob.stage_block("b2", b"world")
    blob.stage_block("b1", b"hello ")
    assert [one.size for one in blob.get_block_list("uncommitted")[1]] == [6, 5]
    assert not blob.exists()
    blob.commit_block_list([BlobBlock("b1"), BlobBlock("b2")])
    assert blob.download_blob().readall() == b"hello world"
    with pytest.raises(HttpResponseError, match="InvalidBlockList"):
        blob.commit_block_list([BlobBlock("b1")])


def test_appending_and_copying(container: ContainerClient) -> None:
    log = container.get_blob_client("log")
    log.create_append_blob()
    log.append_block(b"one\n")
    assert log.append_block(b"two\n")["blob_append_offset"] == "4"
    with pytest.raises(HttpResponseError, match="AppendPositionConditionNotMet"):
        log.append_block(b"x", appendpos_condition=1)
    copy = container.get_blob_client("copy")
    assert copy.start_copy_from_url(log.url)["copy_status"] == "success"
    assert copy.download_blob().readall() == b"one\ntwo\n"
    with pytest.raises(ResourceNotFoundError, match="CannotVerifyCopySource"):
        copy.start_copy_from_url("https://elsewhere.blob.core.windows.net/c/b")


def test_conditions_are_kept(container: ContainerClient) -> None:
    blob = container.get_blob_client("x")
    blob.upload_blob(b"1")
    with pytest.raises(ResourceExistsError, match="BlobAlreadyExists"):
        blob.upload_blob(b"2")
    blob.upload_blob(b"3", overwrite=True)
    assert blob.download_blob().readall() == b"3"
    etag = blob.get_blob_properties().etag
    blob.upload_blob(b"2", overwrite=True, etag=etag, match_condition=MatchConditions.IfNotModified)
    with pytest.raises(ResourceModifiedError, match="ConditionNotMet"):
        blob.delete_blob(etag=etag, match_condition=MatchConditions.IfNotModified)
    blob.set_blob_metadata({"a": "b"})
    blob.set_http_headers(ContentSettings(content_type="text/plain"))
    found = blob.get_blob_properties()
    assert (found.metadata, found.content_settings.content_type) == ({"a": "b"}, "text/plain")


def test_damaged_content_is_refused(container: ContainerClient) -> None:
    blob = container.get_blob_client("x")
    with pytest.raises(HttpResponseError, match="Md5Mismatch"):
        blob.upload_blob(b"2", headers={"Content-MD5": "AAAA"})
    assert not blob.exists()


def test_lists_have_prefixes_folders_and_pages(container: ContainerClient) -> None:
    for name in ("a/1", "a/2", "b/1", "c"):
        container.upload_blob(name, b"x", metadata={"n": name})
    listed = container.list_blobs(name_starts_with="a/", include=["metadata"])
    assert [(one.name, one.size, one.metadata) for one in listed] == [
        ("a/1", 1, {"n": "a/1"}),
        ("a/2", 1, {"n": "a/2"}),
    ]
    assert [one.name for one in container.walk_blobs(delimiter="/")] == ["a/", "b/", "c"]
    pages = list(container.list_blobs(results_per_page=3).by_page())
    assert [[one.name for one in page] for page in pages] == [["a/1", "a/2", "b/1"], ["c"]]


def test_what_is_not_there_or_not_modelled_is_an_error_of_the_sdks(container: ContainerClient) -> None:
    with pytest.raises(ResourceNotFoundError, match="BlobNotFound"):
        container.download_blob("none")
    container.upload_blob("x", b"")
    with pytest.raises(HttpResponseError, match=r"http/storage/blob\.py"):
        container.get_blob_client("x").set_blob_tags({"a": "b"})


# -- who may ---------------------------------------------------------------------------------------------------------


def reader(server: Planes, container: ContainerClient, credential: Any) -> ContainerClient:
    return server.client(BlobServiceClient, "blob", credential).get_container_client(container.container_name)


def test_nobody_reads_without_saying_who(server: Planes, container: ContainerClient) -> None:
    container.upload_blob("x", b"1")
    with pytest.raises(ClientAuthenticationError, match="NoAuthenticationInformation"):
        reader(server, container, None).download_blob("x")
    with pytest.raises(ClientAuthenticationError, match="AuthenticationFailed"):
        reader(server, container, server.wrong_key).download_blob("x")


def test_a_token_needs_a_role_for_data(server: Planes, container: ContainerClient) -> None:
    container.upload_blob("x", b"1")
    signed_in = reader(server, container, server.credential)
    with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
        signed_in.download_blob("x")
    with server.role("Storage Blob Data Contributor"):
        assert signed_in.download_blob("x").readall() == b"1"
        signed_in.delete_blob("x")


SIGNED: dict[str, Any] = {
    "the container": lambda server, name: generate_container_sas(
        ACCOUNT, name, server.key, permission=ContainerSasPermissions(read=True, list=True), **until(server)
    ),
    "the blob": lambda server, name: generate_blob_sas(
        ACCOUNT, name, "x", account_key=server.key, permission=BlobSasPermissions(read=True), **until(server)
    ),
    "the account": lambda server, _name: generate_account_sas(
        ACCOUNT, server.key, ResourceTypes(object=True), AccountSasPermissions(read=True), **until(server)
    ),
}


@pytest.mark.parametrize("kind", SIGNED)
def test_a_signature_opens_what_it_is_for(server: Planes, container: ContainerClient, kind: str) -> None:
    container.upload_blob("x", b"1")
    container.upload_blob("y", b"2")
    token = SIGNED[kind](server, container.container_name)
    signed = reader(server, container, token)
    assert signed.download_blob("x").readall() == b"1"
    with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
        signed.upload_blob("x", b"", overwrite=True)
    if kind == "the blob":
        with pytest.raises(ClientAuthenticationError, match="AuthenticationFailed"):
            signed.download_blob("y")
    with pytest.raises(ClientAuthenticationError, match="AuthenticationFailed"):
        reader(server, container, token.replace("sp=r", "sp=rw")).download_blob("x")


def test_a_signature_runs_out(server: Planes, container: ContainerClient) -> None:
    container.upload_blob("x", b"1")
    name = container.container_name
    past = server.now() - SOON
    token = generate_container_sas(ACCOUNT, name, server.key, permission="r", expiry=past)
    with pytest.raises(ClientAuthenticationError, match="time frame: se is"):
        reader(server, container, token).download_blob("x")


def test_a_delegated_signature_goes_as_far_as_who_made_it(server: Planes, container: ContainerClient) -> None:
    container.upload_blob("x", b"1")
    service = server.client(BlobServiceClient, "blob", server.credential)
    with server.role("Storage Blob Data Reader"):
        key = service.get_user_delegation_key(server.now() - SOON, server.now() + SOON)
        token = generate_blob_sas(
            ACCOUNT,
            container.container_name,
            "x",
            user_delegation_key=key,
            permission=BlobSasPermissions(read=True, write=True),
            **until(server),
        )
        signed = reader(server, container, token)
        assert signed.download_blob("x").readall() == b"1"
        with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
            signed.upload_blob("x", b"2", overwrite=True)
    with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
        signed.download_blob("x")


def test_state_outlives_the_server(tmp_path: Path) -> None:
    with planes(tmp_path) as first:
        service = first.client(BlobServiceClient, "blob", first.account_key)
        service.create_container("kept").upload_blob("x", b"1")
    with planes(tmp_path, make=False) as second:
        service = second.client(BlobServiceClient, "blob", second.account_key)
        assert service.get_container_client("kept").download_blob("x").readall() == b"1"
