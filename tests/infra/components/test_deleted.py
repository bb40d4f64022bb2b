"""Destroy, then up of the same stack: what Azure keeps under its names, by the word `deleted`."""

from pathlib import Path

import pytest

from azureml_infra import Workspace, WorkspaceArgs
from azureml_infra.components.deleted import Deleted
from azureml_infra.dynamic.purge import DISPOSABLE_TAG
from azureml_sandbox import RunFailedError, Sandbox
from azureml_sandbox.__main__ import main as command
from kit.platforms import ML, PROGRAM, Program, changes, live, stack, stack_of, up_once
from kit.scenarios import Scenario

VAULTS = "Microsoft.KeyVault/vaults"


def platform(deleted: Deleted = "recover") -> Program:
    """Return a program of an unprotected workspace, in a stack that isn't disposable."""
    return lambda: Workspace("ml", WorkspaceArgs(protect=False), location="westeurope", deleted=deleted)


def platform_that_purges() -> None:
    """Make one that frees its names as it is destroyed."""
    platform("purge")()


def after_a_destroy() -> Sandbox:
    """Return a stack that was made and destroyed."""
    sandbox = up_once(platform_that_purges)
    sandbox.destroy()
    return sandbox


def test_a_stack_that_purges_comes_up_again() -> None:
    sandbox = after_a_destroy()
    assert not sandbox.azure.resources(ML)
    sandbox.up(platform("purge"))
    assert live(sandbox)["tags"][DISPOSABLE_TAG] == "true"
    assert live(sandbox, VAULTS)["properties"]["enablePurgeProtection"] is True  # no less protected than before
    assert changes(sandbox.up(platform("purge"))) == []


def test_its_vault_is_protected_and_recovered_with_a_word_on_it() -> None:
    sandbox = after_a_destroy()
    result = sandbox.up(platform("purge"))
    (told,) = [str(one) for one in result.diagnostics if "was deleted on" in str(one)]
    assert "recovers it as it was, with its secrets, as it is protected against being purged" in told


def test_a_vault_that_may_be_purged_is_made_anew() -> None:
    sandbox = stack_of(platform(), disposable="true")
    vault = live(sandbox, VAULTS)
    sandbox.destroy()
    sandbox.azure.put(
        "/subscriptions/5a4d0b0c-0000-4000-8000-000000000001/resourceGroups/rg-ml-dev", {"location": "westeurope"}
    )
    body = {"location": "westeurope", "properties": {**vault["properties"], "enablePurgeProtection": None}}
    sandbox.azure.put(vault["id"], body)
    sandbox.azure.delete(vault["id"])
    again = stack(azure=sandbox.azure)
    with pytest.raises(RunFailedError, match="`deleted: recover` takes it back with its secrets, `deleted: purge`"):
        again.preview(platform("fail"))
    result = again.preview(platform("purge"))
    assert any("this run deletes it for good, with its secrets" in str(one) for one in result.diagnostics)


def test_a_stack_that_fails_says_so_before_anything_is_made() -> None:
    sandbox = after_a_destroy()
    with pytest.raises(RunFailedError, match=r"was deleted on .* or give the platform another name"):
        sandbox.up(platform("fail"))
    assert not sandbox.azure.resources("Microsoft.Storage/storageAccounts")


def test_a_stack_that_no_longer_purges_keeps_its_workspace() -> None:
    sandbox = up_once(platform_that_purges)
    sandbox.up(platform("recover"))
    assert DISPOSABLE_TAG not in (live(sandbox).get("tags") or {})


def test_a_description_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "platform.yml").write_text(
        "name: platform\nlocation: westeurope\ndeleted: purge\nworkspace: {protect: false}\n", "utf-8"
    )
    (tmp_path / "__main__.py").write_text(PROGRAM, "utf-8")
    (tmp_path / "Pulumi.yaml").write_text("name: own\nruntime: python\n", "utf-8")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n  azure-native:subscriptionId: 5a4d0b0c-0000-4000-8000-000000000001\n", "utf-8"
    )
    for verb in ("up", "destroy", "up"):
        assert command([verb, "--door", "in-process", "--stack", "dev", "--cwd", str(tmp_path)]) == 0, (
            capsys.readouterr()
        )
    assert "recovers it as it was" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["datastores", "existing-workspace", "schedules"])
def test_an_example_comes_up_again(name: str) -> None:
    """What it leaves in accounts that others have is taken back."""
    scenario = Scenario(name).ready()
    scenario.destroy()
    scenario.up()
    assert changes(scenario.sandbox.up(scenario.program)) == []
