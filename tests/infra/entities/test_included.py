"""Components include files and folders of elsewhere in their code (`tests/sandbox/clients` has azure-ai-ml do it)."""

import os
import zipfile
from pathlib import Path

import pytest

from azureml_infra import Asset
from azureml_infra.description.load import load_file
from azureml_infra.entities.arguments import ArgumentError
from azureml_infra.entities.component import CommandComponent
from azureml_infra.entities.content import content, names_inside
from azureml_sandbox import Sandbox
from kit.included import COMPONENT, INCLUDES, UPLOADED, ZIPPED, write
from kit.platforms import ML, changes, live, stack, workspace


def up(sandbox: Sandbox, file: Path) -> list[str]:
    """Make the component in a workspace; what changed is returned."""
    component = load_file(file).entity
    return changes(sandbox.up(lambda: Asset("one", component, workspace=workspace())))


def code(sandbox: Sandbox) -> dict[str, bytes]:
    """Return the files of the component's code in the workspace's storage."""
    spec = live(sandbox, f"{ML}/components/versions")["properties"]["componentSpec"]
    assert spec["additional_includes"] == list(INCLUDES)
    found = next(one for one in sandbox.azure.resources(f"{ML}/codes/versions") if spec["code"].endswith(one["id"]))
    account, container, *folder = found["properties"]["codeUri"].removeprefix("https://").split("/")
    place, prefix = (account.partition(".")[0], container), "/".join(folder)
    blobs = [blob.name for blob in sandbox.azure.blobs.list(*place, prefix)]
    return {name.removeprefix(f"{prefix}/"): sandbox.azure.blobs.get(*place, name) for name in blobs}


@pytest.mark.parametrize("component", list(UPLOADED), ids=["code", "alone"])
def test_what_is_included_is_uploaded_with_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, component: str
) -> None:
    file, sandbox = write(tmp_path, component), stack()
    monkeypatch.chdir(tmp_path)
    up(sandbox, file)
    files = code(sandbox)
    assert sorted(files) == UPLOADED[component]
    (tmp_path / "pack.zip").write_bytes(files["pack.zip"])
    assert zipfile.ZipFile(tmp_path / "pack.zip").namelist() == ZIPPED[component]
    os.utime(tmp_path / "shared" / "pack" / "a.txt", (1, 1))  # another checkout
    assert up(sandbox, file) == []
    assert up(sandbox, file.rename(file.with_name("renamed.yml"))) == []


def test_a_change_of_what_is_included_is_another_content(tmp_path: Path) -> None:
    file = write(tmp_path, COMPONENT)
    before, same, after = load_file(file).entity.code, load_file(file).entity.code, load_file(file).entity.code
    digest = content(before.path, includes=before.includes).digest
    assert content(same.path, includes=same.includes).digest == digest
    (tmp_path / "shared" / "pack" / "a.txt").write_text("changed")
    assert content(after.path, includes=after.includes).digest != digest


def test_a_link_in_the_code_to_what_is_included_is_no_clash(tmp_path: Path) -> None:
    file = write(tmp_path, COMPONENT)
    (tmp_path / "code" / "one.txt").symlink_to(tmp_path / "shared" / "one.txt")
    local = load_file(file).entity.code
    assert sorted(names_inside(content(local.path, includes=local.includes))) == UPLOADED[COMPONENT]


def test_a_program_is_told_of_a_clash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, COMPONENT)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.py").write_text("")
    given = {"name": "one", "version": "1", "command": "true", "environment": "azureml:env:1", "code": "code"}
    (tmp_path / "lib").write_text("")
    with pytest.raises(ArgumentError, match=r'"main\.py" would take the place of "main\.py" in "code"'):
        CommandComponent(**given, additional_includes=["shared/one.txt", "main.py"])
    with pytest.raises(ArgumentError, match=r'"other/lib" has the name of another one'):
        CommandComponent(**given, additional_includes=["lib", "other/lib"])
