"""Local files and folders: uploaded once per content, as the assets that need them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from azureml_infra import Asset, Data, Environment, Job, RegisteredModel
from azureml_infra.entities.content import content
from azureml_infra.entities.job import CommandJob
from azureml_sandbox import RunFailedError, Sandbox
from kit.platforms import ML, changes, live, stack, workspace

Program = Callable[[], Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with code and data; the current one, as a project's folder is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").write_text("print('hello')\n")
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    return tmp_path


def data(path: str = "rows.csv", **more: Any) -> Program:
    given = {"name": "rows", "version": "1", "type": "uri_file", "path": path, **more}
    return lambda: Asset("rows", Data.model_validate(given), workspace=workspace())


def place(sandbox: Sandbox) -> tuple[str, str]:
    """The account and the container behind workspaceblobstore."""
    made = live(sandbox)["properties"]
    return made["storageAccount"].rsplit("/", 1)[1], f"azureml-blobstore-{made['workspaceId']}"


def blobs(sandbox: Sandbox) -> list[str]:
    """The names of what was uploaded."""
    return [blob.name for blob in sandbox.azure.blobs.list(*place(sandbox), "LocalUpload/")]


def uploaded(sandbox: Sandbox) -> dict[str, bytes]:
    """Blob name below LocalUpload/HASH -> content."""
    return {name.split("/", 2)[2]: sandbox.azure.blobs.get(*place(sandbox), name) for name in blobs(sandbox)}


def test_a_file_is_uploaded_and_registered(folder: Path) -> None:
    sandbox = stack()
    sandbox.up(data())
    assert uploaded(sandbox) == {"rows.csv": b"a,b\n1,2\n"}
    digest = content(folder / "rows.csv").digest
    asset = live(sandbox, f"{ML}/data/versions")
    assert asset["properties"]["dataUri"].endswith(
        f"/datastores/workspaceblobstore/paths/LocalUpload/{digest}/rows.csv"
    )


@pytest.mark.usefixtures("folder")
def test_an_unchanged_file_is_an_unchanged_resource() -> None:
    sandbox = stack()
    sandbox.up(data())
    assert changes(sandbox.up(data())) == []


def test_changed_content_is_another_version_and_the_earlier_one_stays(folder: Path) -> None:
    sandbox = stack()
    sandbox.up(data(version=None))
    (folder / "rows.csv").write_text("a,b\n3,4\n")
    sandbox.up(data(version=None))
    versions = sandbox.azure.resources(f"{ML}/data/versions")
    assert len({one["properties"]["dataUri"] for one in versions}) == 2
    assert len(blobs(sandbox)) == 2


def test_the_same_content_is_uploaded_once(folder: Path) -> None:
    (folder / "copy").mkdir()
    (folder / "copy" / "main.py").write_text("print('hello')\n")

    def program() -> None:
        made = workspace()
        for name, path in (("one", "src"), ("two", "copy")):
            Asset(name, RegisteredModel.model_validate({"name": name, "version": "1", "path": path}), workspace=made)

    sandbox = stack()
    result = sandbox.up(program)
    assert len(uploaded(sandbox)) == 1
    assert len([line for line in changes(result) if line.startswith("create src-")]) == 1


def test_what_is_ignored_stays_here(folder: Path) -> None:
    (folder / "src" / ".amlignore").write_text("*.log\nsecret/\n")
    (folder / "src" / "big.log").write_text("x")
    (folder / "src" / "secret").mkdir()
    (folder / "src" / "secret" / "key").write_text("x")
    (folder / "src" / "__pycache__").mkdir()
    (folder / "src" / "__pycache__" / "main.pyc").write_text("x")
    assert list(content(folder / "src").files) == ["src/main.py"]


def test_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    (folder / "src" / "out").symlink_to(folder / "rows.csv")
    with pytest.raises(ValueError, match="leads out of"):
        content(folder / "src")


def test_an_empty_folder_is_refused_before_anything_is_made(folder: Path) -> None:
    (folder / "empty").mkdir()
    sandbox = stack()
    with pytest.raises(RunFailedError, match="holds no file to upload"):
        sandbox.preview(data("empty", type="uri_folder"))


def test_a_build_context_is_given_by_https_and_makes_a_registry(folder: Path) -> None:
    (folder / "src" / "Dockerfile").write_text("FROM scratch\n")

    def program() -> None:
        environment = Environment.model_validate({"name": "built", "version": "1", "build": {"path": "src"}})
        Asset("built", environment, workspace=workspace(needs_image=True))

    sandbox = stack()
    sandbox.up(program)
    context = live(sandbox, f"{ML}/environments/versions")["properties"]["build"]["contextUri"]
    assert context.startswith("https://stmldev")
    assert context.endswith("/src/")


def context(folder: Path, name: str, base: str) -> dict[str, Any]:
    """The `build` of an environment whose Dockerfile starts from `base`."""
    (folder / name).mkdir(exist_ok=True)
    (folder / name / "Dockerfile").write_text(f"FROM {base}\n")
    return {"build": {"path": name}}


def test_a_changed_build_context_is_another_version(folder: Path) -> None:
    def program() -> None:
        environment = Environment.model_validate({"name": "built"} | {"build": {"path": "context"}})
        Asset("built", environment, workspace=workspace(needs_image=True))

    sandbox = stack()
    context(folder, "context", "one")
    sandbox.up(program)
    assert changes(sandbox.up(program)) == []
    context(folder, "context", "two")
    sandbox.up(program)
    versions = sandbox.azure.resources(f"{ML}/environments/versions")
    assert len({one["properties"]["build"]["contextUri"] for one in versions}) == len(versions) == 2


def test_each_build_context_written_in_place_is_an_environment_of_its_own(folder: Path) -> None:
    def program() -> None:
        made = workspace(needs_image=True)
        for name in ("one", "two"):
            given = {"command": "true", "compute": "local", "environment": context(folder, name, name)}
            Job(name, CommandJob.model_validate(given | {"name": name}), workspace=made)

    sandbox = stack()
    sandbox.up(program)
    used = {one["properties"]["environmentId"] for one in sandbox.azure.resources(f"{ML}/jobs")}
    assert len(used) == 2


def job(**more: Any) -> Program:
    given = {
        "code": "src",
        "command": "python main.py --rows ${{inputs.rows}}",
        "inputs": {"rows": {"type": "uri_file", "path": "rows.csv"}},
        "environment": {"image": "mcr.microsoft.com/azureml/minimal:1"},
        "compute": "local",
        "experiment_name": "hello",
        **more,
    }
    return lambda: Job("hello", CommandJob.model_validate(given), workspace=workspace())


def test_a_job_is_submitted_once_per_content(folder: Path) -> None:
    sandbox = stack()
    sandbox.up(job())
    first = live(sandbox, f"{ML}/jobs")
    assert first["properties"]["codeId"].endswith("/versions/1")
    assert first["properties"]["environmentId"].rsplit("/versions/", 1)[0].endswith("CliV2AnonymousEnvironment")
    assert changes(sandbox.up(job())) == []
    (folder / "src" / "main.py").write_text("print('bye')\n")
    sandbox.up(job())
    names = {one["name"] for one in sandbox.azure.resources(f"{ML}/jobs")}
    assert len(names) == 2
    assert first["name"] in names, "an earlier run stays in the workspace"


def test_a_file_that_changes_between_preview_and_upload_is_noticed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = stack()
    from azureml_infra.dynamic import upload
    from azureml_infra.entities.content import content

    def changed_meanwhile(path: Path) -> Any:
        (folder / "rows.csv").write_text("changed")
        return content(path)

    monkeypatch.setattr(upload, "content", changed_meanwhile)
    with pytest.raises(RunFailedError, match=r"rows\.csv changed while this ran; run it again"):
        sandbox.up(data())


def test_lost_files_are_found_by_a_refresh_and_written_again(folder: Path) -> None:
    (folder / "src" / "two.py").write_text("2\n")
    program = data("src", type="uri_folder")
    sandbox = stack()
    sandbox.up(program)
    lost = next(name for name in blobs(sandbox) if name.endswith("two.py"))
    sandbox.azure.blobs.delete(*place(sandbox), lost)
    sandbox.refresh()
    sandbox.up(program)
    assert set(uploaded(sandbox)) == {"src/main.py", "src/two.py"}


def test_content_that_comes_back_is_taken_back_as_it_stayed(folder: Path) -> None:
    """A reverted change: azure-native makes nothing that exists already."""
    sandbox = stack()
    sandbox.up(data(version=None))
    (folder / "rows.csv").write_text("a,b\n3,4\n")
    sandbox.up(data(version=None))
    (folder / "rows.csv").write_text("a,b\n1,2\n")
    sandbox.up(data(version=None))
    assert len(sandbox.azure.resources(f"{ML}/data/versions")) == 2
    assert changes(sandbox.up(data(version=None))) == []


@pytest.mark.usefixtures("folder")
def test_a_version_that_comes_back_is_taken_back_if_it_is_the_same() -> None:
    sandbox = stack()
    sandbox.up(data())
    sandbox.up(data(version="2"))
    sandbox.up(data())
    assert changes(sandbox.up(data())) == []
    sandbox.up(data(version="2"))
    with pytest.raises(RunFailedError, match="exist"):
        sandbox.up(data(path="src", type="uri_folder"))


def test_a_job_that_comes_back_is_not_run_again(folder: Path) -> None:
    sandbox = stack()
    sandbox.up(job())
    (folder / "src" / "main.py").write_text("print('bye')\n")
    sandbox.up(job())
    (folder / "src" / "main.py").write_text("print('hello')\n")
    sandbox.up(job())
    assert len(sandbox.azure.resources(f"{ML}/jobs")) == 2
    assert changes(sandbox.up(job())) == []


def test_content_that_is_an_output_needs_a_name_and_a_version() -> None:
    """Two inline environments that differ in an Output alone were one: a job ran in the other's image."""

    def inline() -> None:
        environment = {"image": pulumi.Output.from_input("mcr.microsoft.com/azureml/minimal:1")}
        given = {"command": "true", "environment": environment, "compute": "local"}
        Job("hello", CommandJob.model_validate(given), workspace=workspace())

    def unversioned() -> None:
        image = pulumi.Output.from_input("mcr.microsoft.com/azureml/minimal:1")
        Asset("e", Environment.model_validate({"name": "e", "image": image}), workspace=workspace())

    for program, lacking in ((inline, "without a name"), (unversioned, "without a version")):
        with pytest.raises(RunFailedError, match=rf"image of the environment {lacking} is a Pulumi Output"):
            stack().up(program)
