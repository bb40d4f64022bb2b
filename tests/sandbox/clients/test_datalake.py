"""azure-storage-file-datalake against a server: file systems, folders and files over the account's blobs."""

import datetime

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient
from azure.storage.filedatalake import (
    DataLakeServiceClient,
    FileSystemClient,
    FileSystemSasPermissions,
    generate_file_system_sas,
)

from kit.planes import ACCOUNT, Planes


@pytest.fixture(scope="module")
def service(server: Planes) -> DataLakeServiceClient:
    return server.client(DataLakeServiceClient, "dfs", server.account_key)


@pytest.fixture
def system(service: DataLakeServiceClient, request: pytest.FixtureRequest) -> FileSystemClient:
    return service.create_file_system(request.node.name.replace("_", "-")[:60].strip("-"))


def names(system: FileSystemClient, path: str = "", *, recursive: bool = True) -> list[str]:
    return [one.name for one in system.get_paths(path, recursive=recursive)]


def test_file_systems_are_containers(service: DataLakeServiceClient, system: FileSystemClient) -> None:
    assert system.exists()
    with pytest.raises(ResourceExistsError):
        service.create_file_system(system.file_system_name)
    assert system.file_system_name in [one.name for one in service.list_file_systems()]
    service.delete_file_system(system.file_system_name)
    assert not system.exists()


@pytest.mark.parametrize("size", [1, 5, 300_000])
def test_files_come_back_as_they_were_sent(service: DataLakeServiceClient, size: int) -> None:
    system = service.get_file_system_client(f"sized-{size}")
    system.create_file_system()
    content = bytes(number % 251 for number in range(size))
    file = system.create_directory("raw").get_file_client("a ä.csv")
    file.upload_data(content, overwrite=True, chunk_size=64 * 1024)
    assert file.download_file().readall() == content
    assert file.get_file_properties().size == size
    file.upload_data(content[:3], overwrite=True)
    assert file.download_file().readall() == content[:3]


def test_appended_bytes_count_when_they_are_flushed(system: FileSystemClient) -> None:
    file = system.create_file("log")
    file.append_data(b"hello ", 0, 6)
    file.append_data(b"world", 6, 5)
    assert file.get_file_properties().size == 0
    with pytest.raises(HttpResponseError, match="InvalidFlushPosition"):
        file.flush_data(99)
    file.flush_data(11)
    assert file.download_file().readall() == b"hello world"


def test_folders_are_listed_renamed_and_deleted(system: FileSystemClient) -> None:
    folder = system.create_directory("raw/2026", metadata={"team": "ml"})
    folder.create_file("a.csv").upload_data(b"1", overwrite=True)
    assert names(system) == ["raw", "raw/2026", "raw/2026/a.csv"]
    assert names(system, recursive=False) == ["raw"]
    assert folder.get_directory_properties().metadata["team"] == "ml"
    pages = list(system.get_paths(recursive=True, max_results=2).by_page())
    assert [len(list(page)) for page in pages] == [2, 1]
    moved = system.get_directory_client("raw").rename_directory(f"{system.file_system_name}/done")
    assert names(system, "done") == ["done/2026", "done/2026/a.csv"]
    moved.delete_directory()
    assert names(system) == []


def test_a_files_folders_are_there_with_it(system: FileSystemClient) -> None:
    system.get_file_client("made/by/itself.csv").upload_data(b"1", overwrite=True)
    system.get_directory_client("made").set_metadata({"name": "n"})
    assert system.get_directory_client("made").get_directory_properties().metadata["name"] == "n"
    with pytest.raises(ResourceExistsError, match="PathConflict"):
        system.create_file("made/by/itself.csv/below")


def test_what_is_not_there_is_an_error_of_the_sdks(system: FileSystemClient) -> None:
    with pytest.raises(ResourceNotFoundError):
        system.get_file_client("none").download_file()
    with pytest.raises(ResourceNotFoundError, match="PathNotFound"):
        system.delete_file("none")
    with pytest.raises(ResourceNotFoundError, match="PathNotFound"):
        names(system, "none")
    system.create_file("x")
    with pytest.raises(HttpResponseError, match=r"http/optional/datalake\.py"):
        system.get_file_client("x").set_access_control_recursive("user::rwx")


def test_it_is_the_blob_services_store(server: Planes, system: FileSystemClient) -> None:
    system.create_file("a/b").upload_data(b"1", overwrite=True)
    blobs = server.client(BlobServiceClient, "blob", server.account_key)
    container = blobs.get_container_client(system.file_system_name)
    assert container.download_blob("a/b").readall() == b"1"
    container.upload_blob("c", b"2")
    assert names(system) == ["a", "a/b", "c"]


def test_tokens_and_signatures_open_it(server: Planes, system: FileSystemClient) -> None:
    system.create_file("x").upload_data(b"1", overwrite=True)
    name = system.file_system_name
    with server.role("Storage Blob Data Reader"):
        reader = server.client(DataLakeServiceClient, "dfs", server.credential)
        assert reader.get_file_client(name, "x").download_file().readall() == b"1"
        with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
            reader.get_file_client(name, "y").create_file()
    soon = server.now() + datetime.timedelta(hours=1)
    token = generate_file_system_sas(ACCOUNT, name, server.key, FileSystemSasPermissions(read=True, list=True), soon)
    signed = server.client(DataLakeServiceClient, "dfs", token).get_file_system_client(name)
    assert names(signed) == ["x"]
    with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
        signed.delete_file("x")
