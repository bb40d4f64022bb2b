"""Uploads are patient with what is on its way: roles, and a container that was just made."""

from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError

from azureml_infra.dynamic import patience, upload
from azureml_infra.dynamic.upload import UploadProvider, UploadRefusedError
from azureml_infra.entities.content import content


def refusal(status: int) -> HttpResponseError:
    error = ResourceNotFoundError("no") if status == 404 else HttpResponseError("no")
    error.status_code = status
    return error


class Container:
    """Refuses each call as often as it is said to, then takes blobs."""

    def __init__(self, **refusals: list[Any]) -> None:
        self.refusals = refusals
        self.blobs: dict[str, bytes] = {}

    def list_blobs(self, name_starts_with: str) -> list[Any]:
        self._refuse("list")
        return [name for name in self.blobs if name.startswith(name_starts_with)]

    def upload_blob(self, name: str, stream: Any, **_: Any) -> None:
        self._refuse("write")
        self.blobs[name] = stream.read()

    def _refuse(self, call: str) -> None:
        if self.refusals.get(call):
            raise self.refusals[call].pop(0)


@pytest.fixture
def props(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0)
    file = tmp_path / "rows.csv"
    file.write_text("a,b\n")
    digest = content(file).digest
    given = {"source": str(file), "digest": digest, "prefix": f"LocalUpload/{digest}", "files": 1}
    return {**given, "account_url": "https://a.blob.core.windows.net/", "container": "c"}


def provider(monkeypatch: pytest.MonkeyPatch, container: Container) -> UploadProvider:
    monkeypatch.setattr(UploadProvider, "_container", lambda *_: container)
    return UploadProvider()


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("call", ["list", "write"])
def test_what_is_on_its_way_is_waited_for(
    call: str, status: int, props: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    container = Container(**{call: [refusal(status), refusal(status)]})
    provider(monkeypatch, container).create(props)
    assert container.blobs == {f"{props['prefix']}/rows.csv": b"a,b\n"}


@pytest.mark.parametrize(
    ("status", "remedy"), [(403, "Storage Blob Data Contributor"), (404, "has no container 'c' for ")]
)
def test_what_does_not_come_is_said_with_the_remedy(
    status: int, remedy: str, props: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "PATIENCE_SECONDS", dict.fromkeys(upload.PATIENCE_SECONDS, 0))
    with pytest.raises(UploadRefusedError, match=remedy):
        provider(monkeypatch, Container(write=[refusal(status)])).create(props)


def test_other_refusals_are_not_waited_for(props: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HttpResponseError):
        provider(monkeypatch, Container(write=[refusal(400)])).create(props)


@pytest.mark.parametrize("error", [refusal(403), ServiceRequestError("a firewall")])
def test_what_may_not_be_read_stays_in_the_state(
    error: Exception, props: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = provider(monkeypatch, Container(list=[error])).read("id", props)
    assert (read.id, read.outs) == ("id", props)


def test_without_its_container_nothing_is_left(props: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert provider(monkeypatch, Container(list=[refusal(404)])).read("id", props).id == ""
