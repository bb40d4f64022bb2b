"""What a run that fails or is killed leaves behind."""

from pathlib import Path
from typing import Any

import pulumi
import pulumi_azure_native as azure_native
import pytest
from pulumi_azure_native.resources import ResourceGroup

from azureml_sandbox import Op, Sandbox, mock_azure
from azureml_sandbox.pulumi.engine.state import State
from kit.engine_programs import GROUPS, Program, changes, failure_of, group, group_id, identity, in_state, names

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
    failure = failure_of(lambda: sandbox.up(program))
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
    failure = failure_of(lambda: sandbox.up(program))
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
    failure = failure_of(lambda: sandbox.up(program("westeurope", "2")))
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
        assert "(one): delete failed: RuntimeError: locked" in str(failure_of(sandbox.destroy))
    assert in_state(sandbox) == ["one", "rg"]
    assert changes(sandbox.destroy()) == {"one": "delete", "rg": "delete"}


def test_runs_dont_touch_each_other() -> None:
    def bad() -> None:
        identity("one", group()).name.apply(lambda _: 1 / 0)

    def good() -> None:
        pulumi.export("name", identity("one", group()).name)

    for _ in range(10):
        assert isinstance(failure_of(lambda: Sandbox().up(bad)).result.error, ZeroDivisionError)
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
        for number in range(100):  # more than a pool has threads; each call waits for all that were made before
            group(f"rg{number}")
            get_client_config()

    assert len(Sandbox().up(program).of(Op.CREATE)) == 100


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

    def kill(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def program() -> None:
        group()

    with monkeypatch.context() as patched:
        patched.setattr(sandbox.state, "commit", kill)
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


def test_a_commit_is_all_or_nothing(tmp_path: Path) -> None:
    from azureml_sandbox.pulumi.engine.state import Resource

    state = State(tmp_path / "state.db")
    one = Resource(urn="urn:pulumi:s::p::t:m:T::one", type="t:m:T", custom=True, outputs={"a": 1})
    state.commit(one)
    broken = Resource(urn="urn:pulumi:s::p::t:m:T::two", type="t:m:T", custom=True, outputs={"a": object()})
    with pytest.raises(TypeError):
        state.commit(broken, removed=[one.key])
    assert State(tmp_path / "state.db").resources() == [one]
