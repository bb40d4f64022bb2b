"""ETags: writes that go on only where nobody else has written."""

import pytest

from azureml_sandbox.azure import Azure
from kit.arm_requests import read, refusal, send
from kit.clouds import PROVIDERS, REGION, STORAGE, foundation

NETWORK = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet"
BODY = {"location": REGION, "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}}


@pytest.fixture
def azure() -> Azure:
    made = foundation(Azure())
    made.put(NETWORK, BODY)
    return made


def test_an_etag_changes_with_the_content(azure: Azure) -> None:
    first = send(azure, "GET", NETWORK)
    assert first.headers["ETag"] == read(first)["etag"]
    assert send(azure, "PUT", NETWORK, BODY).headers["ETag"] == first.headers["ETag"]
    changed = send(azure, "PUT", NETWORK, {**BODY, "tags": {"a": "b"}})
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_a_write_by_what_is_there(azure: Azure) -> None:
    etag = send(azure, "GET", NETWORK).headers["ETag"]
    assert send(azure, "PUT", NETWORK, {**BODY, "tags": {"a": "b"}}, if_match=etag).status == 200
    for method, given in (("PUT", BODY), ("PATCH", {"tags": {}}), ("DELETE", None)):
        assert refusal(send(azure, method, NETWORK, given, if_match=etag)) == (412, "PreconditionFailed")
    assert azure.get(NETWORK)["tags"] == {"a": "b"}
    assert send(azure, "DELETE", NETWORK, if_match="*").status == 200
    assert refusal(send(azure, "PUT", NETWORK, BODY, if_match="*")) == (412, "PreconditionFailed")


def test_a_resource_is_made_only_where_there_is_none(azure: Azure) -> None:
    for target in (NETWORK, STORAGE):
        assert refusal(send(azure, "PUT", target, BODY, if_none_match="*")) == (412, "PreconditionFailed")
    assert send(azure, "PUT", f"{NETWORK}-2", BODY, if_none_match="*").status == 200


def test_what_the_caller_has_already_is_not_sent_again(azure: Azure) -> None:
    etag = send(azure, "GET", NETWORK).headers["ETag"]
    again = send(azure, "GET", NETWORK, if_none_match=etag)
    assert (again.status, again.body) == (304, b"")
    assert send(azure, "GET", NETWORK, if_none_match='"other"').status == 200
    assert "ETag" not in send(azure, "GET", STORAGE).headers
