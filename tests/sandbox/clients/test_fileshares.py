"""azure-storage-file-share against a server: shares, folders and files."""

import datetime

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.fileshare import ShareClient, ShareSasPermissions, ShareServiceClient, generate_share_sas

from kit.planes import ACCOUNT, STORAGE, Planes


@pytest.fixture(scope="module")
def service(server: Planes) -> ShareServiceClient:
    return server.client(ShareServiceClient, "file", server.account_key)


@pytest.fixture
def share(service: ShareServiceClient, request: pytest.FixtureRequest) -> ShareClient:
    return service.create_share(request.node.name.replace("_", "-")[:60].strip("-"))


def test_shares_are_those_of_arm(server: Planes, service: ShareServiceClient) -> None:
    made = service.create_share("first", metadata={"team": "ml"}, quota=10)
    assert made.get_share_properties().metadata == {"team": "ml"}
    assert "first" in [one.name for one in service.list_shares()]
    found = server.arm("GET", f"{STORAGE}/fileServices/default/shares/first")
    assert found["properties"]["shareQuota"] == 10
    with pytest.raises(ResourceExistsError, match="ShareAlreadyExists"):
        service.create_share("first")
    made.delete_share()
    with pytest.raises(ResourceNotFoundError, match="ShareNotFound"):
        made.get_share_properties()


@pytest.mark.parametrize("size", [0, 5, 5 * 1024 * 1024])
def test_files_come_back_as_they_were_sent(service: ShareServiceClient, size: int) -> None:
    share = service.create_share(f"sized-{size}")
    content = bytes(number % 251 for number in range(size))
    file = share.create_directory("raw").get_file_client("a ä.csv")
    file.upload_file(content, metadata={"rows": "2"})
    assert file.download_file().readall() == content
    found = file.get_file_properties()
    assert (found.size, found.metadata) == (size, {"rows": "2"})
    if size:
        assert file.download_file(offset=1, length=2).readall() == content[1:3]


def test_ranges_are_written_and_cleared(share: ShareClient) -> None:
    file = share.get_file_client("x")
    file.create_file(6)
    file.upload_range(b"abc", offset=2, length=3)
    assert file.download_file().readall() == b"\0\0abc\0"
    file.resize_file(4)
    assert file.download_file().readall() == b"\0\0ab"
    with pytest.raises(HttpResponseError, match="InvalidRange"):
        file.upload_range(b"abc", offset=9, length=3)


def test_folders_hold_files(share: ShareClient) -> None:
    folder = share.create_directory("raw")
    folder.create_subdirectory("2026").upload_file("a.csv", b"1")
    folder.upload_file("b.csv", b"22")
    listed = {one.name: one.is_directory for one in folder.list_directories_and_files()}
    assert listed == {"2026": True, "b.csv": False}
    assert [one.name for one in share.list_directories_and_files()] == ["raw"]
    with pytest.raises(ResourceExistsError, match="DirectoryNotEmpty"):
        folder.delete_directory()
    folder.delete_file("b.csv")
    with pytest.raises(ResourceNotFoundError, match="ResourceNotFound"):
        folder.get_file_client("b.csv").download_file()


def test_what_is_missing_is_an_error_of_the_sdks(share: ShareClient) -> None:
    with pytest.raises(ResourceNotFoundError, match="ParentNotFound"):
        share.get_directory_client("none").upload_file("x", b"1")
    share.create_directory("there")
    with pytest.raises(ResourceExistsError, match="ResourceAlreadyExists"):
        share.create_directory("there")
    with pytest.raises(HttpResponseError, match=r"http/storage/fileshares\.py"):
        share.create_snapshot()


def test_signatures_open_a_share(server: Planes, share: ShareClient) -> None:
    share.get_file_client("x").upload_file(b"1")
    soon = server.now() + datetime.timedelta(hours=1)
    token = generate_share_sas(ACCOUNT, share.share_name, server.key, ShareSasPermissions(read=True), soon)
    signed = server.client(ShareServiceClient, "file", token).get_share_client(share.share_name)
    assert signed.get_file_client("x").download_file().readall() == b"1"
    with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
        signed.get_file_client("x").delete_file()
    stranger = server.client(ShareServiceClient, "file", server.wrong_key).get_share_client(share.share_name)
    with pytest.raises(ClientAuthenticationError, match="AuthenticationFailed"):
        stranger.get_file_client("x").download_file()
