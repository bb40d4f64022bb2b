"""Runs in the sandbox do to a resource what the Pulumi engine does: created, updated, replaced, deleted."""

from collections.abc import Mapping

import pulumi

from azureml_sandbox import Sandbox
from kit.engine_programs import GROUPS, IDENTITIES, Options, Program, changes, group, identity, in_state, names, one


def test_a_resource_is_created_kept_updated_and_deleted() -> None:
    def program(tags: Mapping[str, str]) -> Program:
        return lambda: pulumi.export("id", identity("one", group(), tags=tags).id)

    sandbox = Sandbox()
    first = sandbox.up(program({"a": "1"}))
    assert changes(first) == {"rg": "create", "one": "create"}
    assert sandbox.azure.get(first.outputs["id"])["tags"] == {"a": "1"}
    assert changes(sandbox.up(program({"a": "1"}))) == {}
    second = sandbox.up(program({"a": "2"}))
    assert changes(second) == {"one": "update"}
    assert [(change.path, change.old, change.new) for change in one(second, "one").changes] == [("tags.a", "1", "2")]
    assert sandbox.azure.get(first.outputs["id"])["tags"] == {"a": "2"}
    assert changes(sandbox.up(lambda: None)) == {"one": "delete", "rg": "delete"}
    assert sandbox.azure.resources(GROUPS) == []


def test_a_preview_tells_the_same_and_does_nothing() -> None:
    def program(tags: Mapping[str, str]) -> Program:
        return lambda: pulumi.export("id", identity("one", group(), tags=tags).id)

    sandbox = Sandbox()
    assert changes(sandbox.preview(program({}))) == {"rg": "create", "one": "create"}
    assert (sandbox.azure.resources(GROUPS), sandbox.state.resources()) == ([], [])
    sandbox.up(program({"a": "1"}))
    before = sandbox.state.resources(), sandbox.azure.resources()
    assert changes(sandbox.preview(program({"a": "2"}))) == {"one": "update"}
    assert changes(sandbox.preview(lambda: None)) == {"one": "delete", "rg": "delete"}
    assert before == (sandbox.state.resources(), sandbox.azure.resources())


def test_resources_go_in_the_reverse_order_of_their_needs() -> None:
    def program() -> None:
        rg = group()
        third = identity("third", rg)
        second = identity("second", rg, tags={"of": third.client_id})
        identity("first", rg, opts=Options(depends_on=[second]))

    sandbox = Sandbox()
    sandbox.up(program)
    assert [item.name for item in sandbox.destroy().operations] == ["first", "second", "third", "rg"]


def test_a_changed_path_name_or_location_replaces_deleting_first() -> None:
    def program(location: str) -> Program:
        def run() -> None:
            made = identity("one", group(), location=location)
            identity("two", group("rg2"), tags={"of": made.client_id})

        return run

    sandbox = Sandbox()
    sandbox.up(program("westeurope"))
    result = sandbox.up(program("northeurope"))
    assert changes(result) == {"one": "replace", "two": "update"}  # Entra makes another client
    (change,) = one(result, "one").changes
    assert (change.path, change.old, change.new, change.replaces) == ("location", "westeurope", "northeurope", True)
    assert {item["name"]: item["location"] for item in sandbox.azure.resources(IDENTITIES)}["one"] == "northeurope"


def test_a_resource_with_a_made_up_name_is_created_before_its_predecessor_goes() -> None:
    def program(location: str) -> Program:
        def run() -> None:
            pulumi.export("name", identity("one", group(), resource_name_=None, location=location).name)

        return run

    sandbox = Sandbox()
    old = sandbox.up(program("westeurope")).outputs["name"]
    seen: list[list[str]] = []
    sandbox.azure.observers.append(lambda _request: seen.append(names(sandbox, IDENTITIES)))
    result = sandbox.up(program("northeurope"))
    assert changes(result) == {"one": "replace"}
    new = result.outputs["name"]
    assert old != new
    assert seen == [[old]]  # when the new one was made, the old one was still there
    assert names(sandbox, IDENTITIES) == [new]
    assert in_state(sandbox) == ["one", "rg"]


def test_delete_before_replace_can_be_asked_for() -> None:
    def program(location: str) -> Program:
        def run() -> None:
            identity(
                "one", group(), resource_name_=None, location=location, opts=Options(delete_before_replace=True)
            )  # fmt: skip

        return run

    sandbox = Sandbox()
    sandbox.up(program("westeurope"))
    seen: list[list[str]] = []
    sandbox.azure.observers.append(lambda _request: seen.append(names(sandbox, IDENTITIES)))
    sandbox.up(program("northeurope"))
    assert seen == [[]]


def test_deleting_first_takes_what_must_be_replaced_with_it_along() -> None:
    def program(location: str) -> Program:
        def run() -> None:
            rg = group(location=location)
            identity("inside", rg)
            group("outside", tags={"of": rg.location})

        return run

    sandbox = Sandbox()
    sandbox.up(program("westeurope"))
    result = sandbox.up(program("northeurope"))
    assert changes(result) == {"rg": "replace", "inside": "replace", "outside": "update"}
    assert names(sandbox, IDENTITIES) == ["inside"]
    assert changes(sandbox.up(program("northeurope"))) == {}
    preview = sandbox.preview(program("swedencentral"))
    assert changes(preview) == {"rg": "replace", "inside": "replace", "outside": "update"}


def test_replace_on_changes_replaces() -> None:
    def program(tag: str, *paths: str) -> Program:
        return lambda: group(tags={"a": tag}, opts=Options(replace_on_changes=list(paths)))

    for paths in (("tags.a",), ("tags",), ("*",)):
        sandbox = Sandbox()
        sandbox.up(program("1", *paths))
        assert changes(sandbox.up(program("2", *paths))) == {"rg": "replace"}
