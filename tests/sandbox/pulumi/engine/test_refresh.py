"""Refresh follows the cloud."""

from pulumi_azure_native import resources

from azureml_sandbox import Sandbox
from kit.engine_programs import IDENTITIES, Options, changes, group, group_id, identity, one


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


def test_what_is_only_read_has_drifted_where_its_outputs_have() -> None:
    """Pulumi's engine compares no inputs of what a program reads (pkg/resource/deploy/step.go, `RefreshStep`)."""
    made = Sandbox()
    made.up(group)
    reading = Sandbox(azure=made.azure)
    reading.up(lambda: resources.ResourceGroup.get("theirs", group_id(made)))
    assert changes(reading.refresh()) == {}
    made.azure.put(group_id(made), {"location": "westeurope", "tags": {"by": "hand"}})
    result = reading.refresh()
    assert changes(result) == {"theirs": "update"}
    (change,) = one(result, "theirs").changes
    assert (change.path, change.old, change.new) == ("tags", None, {"by": "hand"})
    assert changes(reading.refresh()) == {}
