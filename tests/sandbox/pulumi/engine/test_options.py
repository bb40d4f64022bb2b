"""Resource options and aliases do in the sandbox what they do in the Pulumi engine."""

import pulumi
import pytest
from pulumi_azure_native.resources import ResourceGroup

from azureml_sandbox import Sandbox
from kit.engine_programs import (
    GROUPS,
    Options,
    Program,
    changes,
    failure_of,
    group,
    group_id,
    identity,
    in_state,
    names,
    one,
)


@pytest.mark.parametrize("path", ["tags", "tags.a", 'tags["a"]', "*", "tags.*"])
def test_ignored_changes_change_nothing(path: str) -> None:
    def program(tag: str) -> Program:
        return lambda: group(tags={"a": tag}, opts=Options(ignore_changes=[path]))

    sandbox = Sandbox()
    sandbox.up(program("1"))
    assert changes(sandbox.up(program("2"))) == {}
    assert sandbox.azure.resources(GROUPS)[0]["tags"] == {"a": "1"}


def test_an_ignored_property_doesnt_hide_the_others() -> None:
    def program(a: str, b: str) -> Program:
        return lambda: group(tags={"a": a, "b": b}, opts=Options(ignore_changes=["tags.a"]))

    sandbox = Sandbox()
    sandbox.up(program("1", "1"))
    result = sandbox.up(program("2", "2"))
    assert [change.path for change in one(result, "rg").changes] == ["tags.b"]
    assert sandbox.azure.resources(GROUPS)[0]["tags"] == {"a": "1", "b": "2"}


def test_what_is_protected_is_not_deleted() -> None:
    def program() -> None:
        identity("one", group(opts=Options(protect=True)))

    sandbox = Sandbox()
    sandbox.up(program)
    urn = "urn:pulumi:sandbox::project::azure-native:resources:ResourceGroup::rg"
    for attempt in (sandbox.destroy, lambda: sandbox.up(lambda: None), lambda: sandbox.preview(lambda: None)):
        failure = failure_of(attempt)
        assert f'resource "{urn}" cannot be deleted\nbecause it is protected.' in str(failure)
        assert f"`pulumi state unprotect '{urn}'`" in str(failure)
        assert changes(failure.result) == {}  # nothing else goes either
    sandbox.up(group)
    assert changes(sandbox.destroy()) == {"rg": "delete"}


def test_what_is_protected_is_not_replaced() -> None:
    def program(location: str, *, protect: bool = True) -> Program:
        return lambda: group(location=location, opts=Options(protect=protect))

    sandbox = Sandbox()
    sandbox.up(program("westeurope"))
    preview = failure_of(lambda: sandbox.preview(program("northeurope")))
    assert changes(preview.result) == {"rg": "replace"}  # a preview shows the change that is the reason
    failure = failure_of(lambda: sandbox.up(program("northeurope")))
    assert "unable to replace resource" in str(failure)
    assert "as it is currently marked for protection" in str(failure)
    assert sandbox.azure.resources(GROUPS)[0]["location"] == "westeurope"
    assert changes(sandbox.up(program("northeurope", protect=False))) == {"rg": "replace"}


def test_what_is_retained_stays_in_the_cloud() -> None:
    sandbox = Sandbox()
    sandbox.up(lambda: group(opts=Options(retain_on_delete=True)))
    result = sandbox.destroy()
    assert (changes(result), one(result, "rg").note) == ({"rg": "delete"}, "kept in Azure")
    assert (names(sandbox, GROUPS), in_state(sandbox)) == (["rg"], [])


def test_what_is_there_already_is_not_created_again() -> None:
    sandbox = Sandbox()
    sandbox.up(lambda: group(opts=Options(retain_on_delete=True)))
    sandbox.destroy()
    assert "cannot create already existing resource '/subscriptions/" in str(failure_of(lambda: sandbox.up(group)))
    assert in_state(sandbox) == []


def test_what_is_there_already_can_be_imported() -> None:
    sandbox = Sandbox()
    rg = f"/subscriptions/{sandbox.azure.subscription}/resourceGroups/rg"
    sandbox.azure.put(rg, {"location": "westeurope", "tags": {"a": "1"}})

    def program(tag: str, import_id: str | None = rg) -> Program:
        return lambda: group(tags={"a": tag}, opts=Options(import_=import_id))

    assert "does not exist" in str(failure_of(lambda: sandbox.up(program("1", rg + "2"))))
    assert changes(sandbox.up(program("1"))) == {"rg": "import"}
    assert changes(sandbox.up(program("1"))) == {}
    assert changes(sandbox.up(program("2", None))) == {"rg": "update"}


def test_what_is_imported_is_updated_in_the_same_run_and_never_replaced() -> None:
    """pulumi, pkg/resource/deploy/step_generator.go: "import and then update a resource in a single deployment"."""
    sandbox = Sandbox()
    rg = f"/subscriptions/{sandbox.azure.subscription}/resourceGroups/rg"
    sandbox.azure.put(rg, {"location": "westeurope", "tags": {"a": "1"}})
    made = sandbox.up(lambda: group(tags={"a": "2"}, opts=Options(import_=rg)))
    assert [one.op.value for one in made.operations if one.name == "rg"] == ["import", "update"]
    assert sandbox.azure.get(rg)["tags"] == {"a": "2"}
    other = Sandbox(azure=sandbox.azure)
    elsewhere = lambda: group(location="northeurope", opts=Options(import_=rg))  # noqa: E731
    assert "can't be replaced in the same run" in str(failure_of(lambda: other.up(elsewhere)))


def test_an_import_under_an_id_in_other_letters_is_done_again() -> None:
    """The engine compares the two as text (pulumi, pkg/resource/deploy/step_generator.go), once for each spelling."""
    sandbox = Sandbox()
    rg = f"/subscriptions/{sandbox.azure.subscription}/resourceGroups/rg"
    sandbox.azure.put(rg, {"location": "westeurope", "tags": {"a": "1"}})
    sandbox.up(lambda: group(tags={"a": "1"}, opts=Options(import_=rg)))
    other = rg.replace("resourceGroups", "resourcegroups")
    assert changes(sandbox.up(lambda: group(tags={"a": "1"}, opts=Options(import_=other)))) == {"rg": "import"}
    assert changes(sandbox.up(lambda: group(tags={"a": "1"}, opts=Options(import_=other)))) == {}


def test_a_changed_trigger_replaces_and_takes_others_along() -> None:
    def program(trigger: str) -> Program:
        def run() -> None:
            first = group("first", opts=Options(replacement_trigger=trigger))
            group("second", opts=Options(replace_with=[first]))

        return run

    sandbox = Sandbox()
    sandbox.up(program("1"))
    assert changes(sandbox.up(program("1"))) == {}
    assert changes(sandbox.up(program("2"))) == {"first": "replace", "second": "replace"}


def test_what_goes_with_another_is_not_deleted_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def program() -> None:
        rg = group()
        identity("one", rg, opts=Options(deleted_with=rg))

    sandbox = Sandbox()
    sandbox.up(program)
    deleted: list[str] = []
    delete = sandbox.azure.delete

    def noting(resource_id: str) -> bool:
        deleted.append(resource_id)
        return delete(resource_id)

    monkeypatch.setattr(sandbox.azure, "delete", noting)
    assert changes(sandbox.destroy()) == {"one": "delete", "rg": "delete"}
    assert deleted == [group_id(sandbox)]
    assert sandbox.azure.resources() == []


class Team(pulumi.ComponentResource):
    def __init__(self, name: str, opts: Options | None = None) -> None:
        super().__init__("test:index:Team", name, None, opts)
        identity(f"{name}-id", group("shared"), resource_name_="fixed", opts=Options(parent=self))


OLD_TYPE = "azure-native:resources/v20240301:ResourceGroup"


def same_group(name: str, *aliases: str | pulumi.Alias, parent: pulumi.Resource | None = None) -> ResourceGroup:
    return group(name, resource_group_name="x", opts=Options(aliases=list(aliases), parent=parent))


def untyped_resource(token: str, name: str) -> pulumi.CustomResource:
    return pulumi.CustomResource(token, name, {"resourceGroupName": "x", "location": "westeurope"})


def shell() -> pulumi.ComponentResource:
    return pulumi.ComponentResource("test:index:Shell", "shell")


ALIASES: dict[str, tuple[Program, Program]] = {
    "name": (lambda: same_group("a"), lambda: same_group("b", pulumi.Alias(name="a"))),
    "urn": (
        lambda: same_group("a"),
        lambda: same_group("b", "urn:pulumi:sandbox::project::azure-native:resources:ResourceGroup::a"),
    ),
    "type": (lambda: untyped_resource(OLD_TYPE, "a"), lambda: same_group("a", pulumi.Alias(type_=OLD_TYPE))),
    "no parent before": (
        lambda: same_group("a"),
        lambda: same_group("a", pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE), parent=shell()),
    ),
    "inherited from a renamed parent": (
        lambda: Team("old"),
        lambda: Team("new", Options(aliases=[pulumi.Alias(name="old")])),
    ),
}


@pytest.mark.parametrize("kind", ALIASES)
def test_an_alias_keeps_the_resource(kind: str) -> None:
    before, after = ALIASES[kind]
    sandbox = Sandbox()
    sandbox.up(before)
    cloud = sandbox.azure.resources()
    result = sandbox.up(after)
    assert {name: op for name, op in changes(result).items() if name != "shell"} == {}
    assert sandbox.azure.resources() == cloud
    assert changes(sandbox.up(after)) == {}


def test_without_an_alias_a_renamed_resource_is_another() -> None:
    sandbox = Sandbox()
    sandbox.up(lambda: group("a"))
    assert changes(sandbox.up(lambda: group("b"))) == {"b": "create", "a": "delete"}
