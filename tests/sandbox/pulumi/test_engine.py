"""Runs in the sandbox do to a stack what the Pulumi engine does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_azure_native as azure_native
import pytest
from pulumi_azure_native.managedidentity import UserAssignedIdentity
from pulumi_azure_native.resources import ResourceGroup

from azureml_sandbox import EngineError, Op, Operation, Result, RunFailedError, Sandbox, mock_azure
from azureml_sandbox.pulumi.engine.state import State
from azureml_sandbox.pulumi.engine.values import UNKNOWN

Options = pulumi.ResourceOptions
Program = Callable[[], object]
GROUPS, IDENTITIES = "Microsoft.Resources/resourceGroups", "Microsoft.ManagedIdentity/userAssignedIdentities"


def group(name: str = "rg", *, opts: Options | None = None, **more: Any) -> ResourceGroup:
    return ResourceGroup(name, **{"resource_group_name": name, "location": "westeurope"} | more, opts=opts)


def identity(name: str, rg: ResourceGroup, *, opts: Options | None = None, **more: Any) -> UserAssignedIdentity:
    given = {"resource_group_name": rg.name, "resource_name_": name, "location": "westeurope"} | more
    return UserAssignedIdentity(name, **given, opts=opts)


def changes(result: Result) -> dict[str, str]:
    """What happened to each resource, without those that nothing happened to."""
    return {item.name: str(item.op) for item in result.operations if item.op != Op.SAME}


def one(result: Result, name: str) -> Operation:
    return next(item for item in result.operations if item.name == name)


def names(sandbox: Sandbox, type_: str) -> list[str]:
    return sorted(item["name"] for item in sandbox.azure.resources(type_))


def in_state(sandbox: Sandbox) -> list[str]:
    return sorted(item.name for item in sandbox.state.resources() if not item.urn.endswith("::project-sandbox"))


def failed(run: Callable[[], Result]) -> RunFailedError:
    with pytest.raises(RunFailedError) as failure:
        run()
    return failure.value


# -- the life of a resource


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


# -- options


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
        failure = failed(attempt)
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
    preview = failed(lambda: sandbox.preview(program("northeurope")))
    assert changes(preview.result) == {"rg": "replace"}  # a preview shows the change that is the reason
    failure = failed(lambda: sandbox.up(program("northeurope")))
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
    assert "cannot create already existing resource '/subscriptions/" in str(failed(lambda: sandbox.up(group)))
    assert in_state(sandbox) == []


def test_what_is_there_already_can_be_imported() -> None:
    sandbox = Sandbox()
    rg = f"/subscriptions/{sandbox.azure.subscription}/resourceGroups/rg"
    sandbox.azure.put(rg, {"location": "westeurope", "tags": {"a": "1"}})

    def program(tag: str, import_id: str | None = rg) -> Program:
        return lambda: group(tags={"a": tag}, opts=Options(import_=import_id))

    assert [item.severity for item in sandbox.preview(program("2")).diagnostics] == ["warning"]
    assert "inputs to import do not match" in str(failed(lambda: sandbox.up(program("2"))))
    assert "does not exist" in str(failed(lambda: sandbox.up(program("1", rg + "2"))))
    assert changes(sandbox.up(program("1"))) == {"rg": "import"}
    assert changes(sandbox.up(program("1"))) == {}
    assert changes(sandbox.up(program("2", None))) == {"rg": "update"}


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


def untyped(token: str, name: str) -> pulumi.CustomResource:
    return pulumi.CustomResource(token, name, {"resourceGroupName": "x", "location": "westeurope"})


def shell() -> pulumi.ComponentResource:
    return pulumi.ComponentResource("test:index:Shell", "shell")


ALIASES: dict[str, tuple[Program, Program]] = {
    "name": (lambda: same_group("a"), lambda: same_group("b", pulumi.Alias(name="a"))),
    "urn": (
        lambda: same_group("a"),
        lambda: same_group("b", "urn:pulumi:sandbox::project::azure-native:resources:ResourceGroup::a"),
    ),
    "type": (lambda: untyped(OLD_TYPE, "a"), lambda: same_group("a", pulumi.Alias(type_=OLD_TYPE))),
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


# -- unknowns and secrets


def test_in_a_preview_new_resources_have_unknown_outputs_and_applies_dont_run() -> None:
    ran: list[str] = []

    def program() -> None:
        made = identity("one", group())
        made.client_id.apply(lambda _: ran.append("client_id"))
        made.location.apply(lambda value: ran.append(f"location {value}"))
        pulumi.export("mixed", {"known": made.location, "unknown": made.id})

    result = Sandbox().preview(program)
    assert ran == ["location westeurope"]
    assert result.outputs["mixed"]["known"] == "westeurope"


def test_in_a_preview_what_exists_has_its_outputs_and_an_update_knows_inputs_name_and_location_alone() -> None:
    """As azure-native: provider.go, `Update`."""

    def program(tag: str) -> Program:
        def run() -> None:
            made = identity("one", group(), tags={"a": tag, "b": "x"})
            pulumi.export("out", [made.client_id, made.tags, made.id, made.name, made.location])

        return run

    sandbox = Sandbox()
    made = sandbox.up(program("1")).outputs["out"]
    assert sandbox.preview(program("1")).outputs["out"] == made
    assert sandbox.preview(program("2")).outputs["out"] == [UNKNOWN, {"a": "2", "b": "x"}, *made[2:]]


def test_secrets_stay_secret_in_state_outputs_and_changes(tmp_path: Path) -> None:
    def program(secret: str) -> Program:
        def run() -> None:
            made = group(tags={"a": pulumi.Output.secret(secret), "b": "open"})
            pulumi.export("tag", made.tags.apply(lambda tags: (tags or {})["a"]))
            pulumi.export("location", made.location)

        return run

    path = tmp_path / "state.db"
    with Sandbox(path) as sandbox:
        first = sandbox.up(program("hush"))
        assert (first.outputs["tag"], sorted(first.secret_outputs)) == ("hush", ["tag"])
        assert sandbox.azure.resources(GROUPS)[0]["tags"] == {"a": "hush", "b": "open"}
        second = sandbox.up(program("louder"))
        (change,) = one(second, "rg").changes
        assert (change.old, change.new) == ("[secret]", "[secret]")
        (stored,) = [item for item in sandbox.state.resources() if item.name == "rg"]
    assert stored.inputs["tags"]["a"]["value"] == "louder"  # wrapped: nothing but the value inside the mark
    assert json.dumps(stored.outputs["tags"]).count("louder") == 1
    assert stored.outputs["tags"] == stored.inputs["tags"]


# -- failures


def test_a_failure_stops_what_follows_and_keeps_what_is_done() -> None:
    def program() -> None:
        rg = group()
        account = azure_native.storage.StorageAccount(
            "bad", resource_group_name=rg.name, account_name="No_Such_Name", kind="StorageV2",
            sku={"name": "Standard_LRS"}, location="westeurope",
        )  # fmt: skip
        identity("after", rg, tags={"of": account.name})

    sandbox = Sandbox()
    failure = failed(lambda: sandbox.up(program))
    assert str(failure).startswith("azure-native:storage:StorageAccount (bad): create failed: AccountNameInvalid: ")
    assert [(item.name, item.op, item.failed) for item in failure.result.operations] == [
        ("rg", Op.CREATE, False),
        ("bad", Op.CREATE, True),
    ]
    assert in_state(sandbox) == ["rg"]
    assert [item["name"] for item in sandbox.azure.resources()] == ["rg"]
    assert changes(sandbox.up(group)) == {}


def test_a_failing_program_deletes_nothing() -> None:
    def program() -> None:
        group("b")
        raise ValueError("no")

    sandbox = Sandbox()
    sandbox.up(lambda: group("a"))
    failure = failed(lambda: sandbox.up(program))
    assert isinstance(failure.result.error, ValueError)
    assert names(sandbox, GROUPS) == in_state(sandbox)
    assert "a" in names(sandbox, GROUPS)


def test_a_failing_update_leaves_the_old_state() -> None:
    def program(location: str, tag: str) -> Program:
        return lambda: group(location=location, tags={"a": tag})

    sandbox = Sandbox()
    sandbox.up(program("westeurope", "1"))

    def refuse(_request: Any) -> None:
        raise RuntimeError("the line is down")

    sandbox.azure.observers.append(refuse)
    failure = failed(lambda: sandbox.up(program("westeurope", "2")))
    assert "(rg): update failed: RuntimeError: the line is down" in str(failure)
    sandbox.azure.observers.clear()
    assert changes(sandbox.up(program("westeurope", "2"))) == {"rg": "update"}


def test_a_failing_delete_is_kept_in_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Sandbox()
    sandbox.up(lambda: identity("one", group()))

    def refuse(resource_id: str) -> None:
        raise RuntimeError(f"locked: {resource_id}")

    with monkeypatch.context() as patched:
        patched.setattr(sandbox.azure, "delete", refuse)
        assert "(one): delete failed: RuntimeError: locked" in str(failed(sandbox.destroy))
    assert in_state(sandbox) == ["one", "rg"]
    assert changes(sandbox.destroy()) == {"one": "delete", "rg": "delete"}


def test_runs_dont_touch_each_other() -> None:
    def bad() -> None:
        identity("one", group()).name.apply(lambda _: 1 / 0)

    def good() -> None:
        pulumi.export("name", identity("one", group()).name)

    for _ in range(50):
        assert isinstance(failed(lambda: Sandbox().up(bad)).result.error, ZeroDivisionError)
        assert Sandbox().up(good).outputs == {"name": "one"}


def test_runs_of_blocks_dont_touch_each_other() -> None:
    for _ in range(10):
        with pytest.raises(ZeroDivisionError), mock_azure():
            group().name.apply(lambda _: 1 / 0)
        with pytest.raises(KeyError), mock_azure():
            {group(): 1}[group("other")]
        with mock_azure() as azure:
            pulumi.export("name", group().name)
        assert azure.outputs == {"name": "rg"}


def test_functions_called_at_once_among_many_resources_are_answered() -> None:
    from pulumi_azure_native.authorization import get_client_config

    def program() -> None:
        for number in range(300):
            group(f"rg{number}")
            get_client_config()

    assert len(Sandbox().up(program).of(Op.CREATE)) == 300


# -- lasting


def test_state_and_cloud_last_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with Sandbox(path) as sandbox:
        sandbox.up(lambda: identity("one", group()))
    with Sandbox(path) as sandbox:
        assert changes(sandbox.up(lambda: identity("one", group()))) == {}
    with Sandbox(path, stack="other") as sandbox:
        assert sandbox.state.resources() == []


def test_what_a_killed_run_had_just_made_is_its_own_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Sandbox()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def program() -> None:
        group()

    with monkeypatch.context() as patched:
        patched.setattr(sandbox.state, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            sandbox.up(lambda: ResourceGroup("rg", resource_group_name="rg", location="westeurope"))
    sandbox.state.begin("urn:pulumi:sandbox::project::azure-native:resources:ResourceGroup::rg", group_id(sandbox))
    sandbox.azure.put(group_id(sandbox), {"location": "westeurope"})  # made, and killed before it was noted
    assert changes(sandbox.up(program)) == {"rg": "create"}
    assert sandbox.state.pending() == {}


def test_what_a_killed_run_had_made_and_nobody_asks_for_goes() -> None:
    sandbox = Sandbox()
    sandbox.state.begin("urn:pulumi:sandbox::project::azure-native:resources:ResourceGroup::rg", group_id(sandbox))
    sandbox.azure.put(group_id(sandbox), {"location": "westeurope"})
    assert changes(sandbox.destroy()) == {"rg": "delete"}
    assert (names(sandbox, GROUPS), sandbox.state.pending()) == ([], {})


def group_id(sandbox: Sandbox) -> str:
    return f"/subscriptions/{sandbox.azure.subscription}/resourceGroups/rg"


def test_a_commit_is_all_or_nothing(tmp_path: Path) -> None:
    from azureml_sandbox.pulumi.engine.state import Resource

    state = State(tmp_path / "state.db")
    one = Resource(urn="urn:pulumi:s::p::t:m:T::one", type="t:m:T", custom=True, outputs={"a": 1})
    state.commit(one)
    broken = Resource(urn="urn:pulumi:s::p::t:m:T::two", type="t:m:T", custom=True, outputs={"a": object()})
    with pytest.raises(TypeError):
        state.commit(broken, removed=[one.key])
    assert State(tmp_path / "state.db").resources() == [one]


# -- refresh


def test_refresh_follows_the_cloud_and_the_next_run_puts_it_right() -> None:
    def program() -> None:
        identity("one", group(tags={"a": "1"}))

    sandbox = Sandbox()
    sandbox.up(program)
    assert changes(sandbox.refresh()) == {}
    sandbox.azure.put(group_id(sandbox), {"location": "westeurope", "tags": {"a": "9"}})
    sandbox.azure.delete(sandbox.azure.resources(IDENTITIES)[0]["id"])
    result = sandbox.refresh()
    assert changes(result) == {"rg": "update", "one": "delete"}
    assert [(change.path, change.old, change.new) for change in one(result, "rg").changes] == [("tags.a", "1", "9")]
    again = sandbox.up(program)
    assert changes(again) == {"rg": "update", "one": "create"}
    assert [(change.path, change.old, change.new) for change in one(again, "rg").changes] == [("tags.a", "9", "1")]


def test_drift_in_an_argument_that_the_program_leaves_out_is_seen_too() -> None:
    sandbox = Sandbox()
    sandbox.up(group)
    sandbox.azure.put(group_id(sandbox), {"location": "westeurope", "tags": {"by": "hand"}})
    assert changes(sandbox.refresh()) == {"rg": "update"}
    assert changes(sandbox.preview(group)) == {"rg": "update"}
    ignoring = Options(ignore_changes=["tags"])
    assert changes(sandbox.preview(lambda: group(opts=ignoring))) == {}


def test_without_refresh_drift_is_not_seen() -> None:
    sandbox = Sandbox()
    sandbox.up(group)
    sandbox.azure.put(group_id(sandbox), {"location": "westeurope", "tags": {"by": "hand"}})
    assert changes(sandbox.up(group)) == {}


def test_an_error_says_which_resource_and_why() -> None:
    with (
        pytest.raises(EngineError, match=r"UserAssignedIdentity \(one\): create failed: ResourceGroupNotFound: "),
        mock_azure(),
    ):
        UserAssignedIdentity("one", resource_group_name="none", resource_name_="one", location="westeurope")


def test_a_preview_does_not_know_the_mapping_that_given_identities_become() -> None:
    """They are a list of ids in azure-native's arguments, and a mapping by id in its outputs (previewOutputs.go)."""
    given = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/robot"

    def account() -> None:
        made = azure_native.storage.StorageAccount(
            "account",
            resource_group_name="rg",
            account_name="account",
            location="westeurope",
            kind="StorageV2",
            sku={"name": "Standard_LRS"},
            identity={"type": "UserAssigned", "user_assigned_identities": [given]},
        )
        pulumi.export("ids", made.identity.apply(lambda identity: list(identity.user_assigned_identities)))

    assert Sandbox().preview(account).outputs["ids"] == UNKNOWN
