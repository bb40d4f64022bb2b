"""Unknowns in previews, and secrets everywhere."""

import json
from pathlib import Path

import pulumi
import pulumi_azure_native as azure_native

from azureml_sandbox import Sandbox
from azureml_sandbox.pulumi.engine.values import UNKNOWN
from kit.engine_programs import GROUPS, Program, group, identity, one


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
