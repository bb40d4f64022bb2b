"""Dynamic resources run their own code, against the sandbox's Azure."""

import json
from typing import Any

import pulumi
import pytest
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi_azure_native.resources import ResourceGroup

from azureml_sandbox import RunFailedError, Sandbox

CALLS: list[tuple[str, Any]] = []
"""What the provider was asked for; it is pickled by reference, so this module's list is the one it fills."""


class Shelf(ResourceProvider):
    """Keeps `value` under `name` and knows its length."""

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:  # noqa: ARG002
        failures = [CheckFailure("value", "must not be empty")] if news.get("value") == "" else []
        return CheckResult(news, failures)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:  # noqa: ARG002
        moved = olds["name"] != news["name"]
        changed = moved or olds["value"] != news["value"]
        return DiffResult(changes=changed, replaces=["name"] if moved else [], delete_before_replace=True)

    def create(self, props: dict[str, Any]) -> CreateResult:
        CALLS.append(("create", props["value"]))
        if props["value"] == "bad":
            raise ValueError("does not fit")
        return CreateResult(f"shelf/{props['name']}", {**_own(props), "length": len(str(props["value"]))})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        CALLS.append(("read", id_))
        return ReadResult(None if props["value"] == "lost" else id_, _own(props))

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:  # noqa: ARG002
        CALLS.append(("update", (olds["value"], news["value"])))
        return UpdateResult({**_own(news), "length": len(str(news["value"]))})

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        CALLS.append(("delete", (id_, props["value"])))


class Cloud(ResourceProvider):
    """Reads a resource group over HTTPS with azure-identity, as a real provider would."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        from azure.core.pipeline.transport import HttpRequest, RequestsTransport
        from azure.identity import DefaultAzureCredential

        token = DefaultAzureCredential().get_token("https://management.azure.com/.default").token
        request = HttpRequest("GET", f"https://management.azure.com{props['group']}?api-version=2024-03-01")
        request.headers["Authorization"] = f"Bearer {token}"
        with RequestsTransport() as transport:
            answer = json.loads(transport.send(request).body())
        return CreateResult("cloud", {"location": answer["location"]})


def _own(props: dict[str, Any]) -> dict[str, Any]:
    return {key: props[key] for key in ("name", "value")}


class Item(pulumi.dynamic.Resource, module="shop", name="Item"):
    length: pulumi.Output[int]

    def __init__(self, name: str, value: Any, shelf: str = "a", opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(Shelf(), name, {"name": shelf, "value": value, "length": None}, opts)


class Lookup(pulumi.dynamic.Resource):
    location: pulumi.Output[str]

    def __init__(self, name: str, group: pulumi.Input[str]) -> None:
        super().__init__(Cloud(), name, {"group": group, "location": None})


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    CALLS.clear()


def item(value: Any, shelf: str = "a") -> Any:
    return lambda: pulumi.export("length", Item("item", value, shelf).length)


def ops(result: Any) -> dict[str, str]:
    return {entry.name: str(entry.op) for entry in result.operations}


def test_its_whole_life_is_run() -> None:
    sandbox = Sandbox()
    assert ops(sandbox.preview(item("abc"))) == {"item": "create"}
    assert CALLS == []
    first = sandbox.up(item("abc"))
    assert (first.outputs, CALLS) == ({"length": 3}, [("create", "abc")])
    assert first.operations[0].type == "pulumi-python:dynamic/shop:Item"
    assert ops(sandbox.up(item("abc"))) == {"item": "unchanged"}
    second = sandbox.up(item("abcd"))
    assert (ops(second), second.outputs, CALLS[1:]) == (
        {"item": "update"},
        {"length": 4},
        [("update", ("abc", "abcd"))],
    )
    assert [(change.path, change.old, change.new) for change in second.operations[0].changes] == [
        ("value", "abc", "abcd")
    ]
    assert ops(sandbox.up(item("abcd", "b"))) == {"item": "replace"}
    assert CALLS[2:] == [("delete", ("shelf/a", "abcd")), ("create", "abcd")]
    assert ops(sandbox.destroy()) == {"item": "delete"}
    assert CALLS[4:] == [("delete", ("shelf/b", "abcd"))]


def test_it_is_read_by_refresh_and_dropped_when_gone() -> None:
    sandbox = Sandbox()
    sandbox.up(item("lost"))
    assert ops(sandbox.refresh()) == {"item": "delete"}
    assert ("read", "shelf/a") in CALLS


def test_a_failed_check_says_which_property() -> None:
    with pytest.raises(RunFailedError, match=r"\(item\): check failed: value: must not be empty"):
        Sandbox().up(item(""))
    assert CALLS == []


def test_its_exception_is_shown_with_its_place() -> None:
    sandbox = Sandbox()
    with pytest.raises(
        RunFailedError, match=r"\(item\): create failed: ValueError: does not fit \(test_dynamic.py:\d+\)"
    ):
        sandbox.up(item("bad"))
    assert [entry.name for entry in sandbox.state.resources() if entry.custom] == []


def test_a_secret_value_stays_secret() -> None:
    sandbox = Sandbox()
    sandbox.up(lambda: Item("item", pulumi.Output.secret("hush")))
    assert CALLS == [("create", "hush")]  # the code sees it
    (stored,) = [entry for entry in sandbox.state.resources() if entry.custom]
    assert stored.outputs["value"] == stored.inputs["value"] != "hush"
    changed = sandbox.up(lambda: Item("item", pulumi.Output.secret("louder")))
    assert [(change.old, change.new) for change in changed.operations[0].changes] == [("[secret]", "[secret]")]


def test_an_unknown_value_is_previewed() -> None:
    def program() -> None:
        pulumi.export("length", Item("item", ResourceGroup("rg", location="westeurope").id).length)

    assert ops(Sandbox().preview(program)) == {"rg": "create", "item": "create"}
    assert CALLS == []


def test_its_requests_go_to_the_sandbox() -> None:
    def program() -> None:
        pulumi.export("location", Lookup("lookup", ResourceGroup("rg", location="northeurope").id).location)

    assert Sandbox().up(program).outputs == {"location": "northeurope"}


def test_many_of_them_run_in_one_process() -> None:
    def program() -> None:
        for number in range(400):
            Item(f"item{number}", "x")

    assert len(Sandbox().preview(program).operations) == 400
