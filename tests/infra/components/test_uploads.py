"""Local files and folders: uploaded once per content, as the assets that need them."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from azure.core.exceptions import HttpResponseError

from azureml_arm.clouds import CLOUDS, PUBLIC
from azureml_infra import Asset, Data, Environment, Job, RegisteredModel, Workspace
from azureml_infra.components import job as components
from azureml_infra.dynamic import blobs as dynamic_blobs
from azureml_infra.dynamic import upload
from azureml_infra.entities.content import content
from azureml_infra.entities.job import CommandJob, PipelineJob, former_name
from azureml_sandbox import Azure, RunFailedError, Sandbox, http
from kit.platforms import ML, beside, changes, existing_workspace, live, stack, stack_of, up_once, workspace
from kit.rows import each

Program = Callable[[], Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with code and data; the current one, as a project's folder is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").write_text("print('hello')\n")
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    return tmp_path


def data(path: str = "rows.csv", where: Callable[[], Workspace] = existing_workspace, **more: Any) -> Program:
    given = {"name": "rows", "version": "1", "type": "uri_file", "path": path, **more}
    return lambda: Asset("rows", Data.model_validate(given), workspace=where())


def place(sandbox: Sandbox) -> tuple[str, str]:
    """Return the account and the container behind workspaceblobstore."""
    made = live(sandbox)["properties"]
    return made["storageAccount"].rsplit("/", 1)[1], f"azureml-blobstore-{made['workspaceId']}"


def blobs(sandbox: Sandbox) -> list[str]:
    """Return the names of what was uploaded."""
    return [blob.name for blob in sandbox.azure.blobs.list(*place(sandbox), "LocalUpload/")]


def uploads(sandbox: Sandbox) -> dict[str, bytes]:
    """Blob name below LocalUpload/HASH -> content."""
    return {name.split("/", 2)[2]: sandbox.azure.blobs.get(*place(sandbox), name) for name in blobs(sandbox)}


def test_a_file_is_uploaded_and_registered(folder: Path) -> None:
    sandbox = beside(data())
    assert uploads(sandbox) == {"rows.csv": b"a,b\n1,2\n"}
    digest = content(folder / "rows.csv").digest
    asset = live(sandbox, f"{ML}/data/versions")
    assert asset["properties"]["dataUri"].endswith(
        f"/datastores/workspaceblobstore/paths/LocalUpload/{digest}/rows.csv"
    )


@pytest.mark.parametrize("given", [{}, {"enable_data_isolation": True}], ids=["shared", "isolated"])
def test_files_go_into_the_container_of_the_workspaces_own_datastore(folder: Path, given: dict[str, Any]) -> None:
    """Azure ML names it after the workspace where its data is isolated: `{workspaceGUID}-azureml-blobstore`."""
    sandbox = stack()
    for _again in range(2):
        done = changes(sandbox.up(data(where=lambda: workspace(**given))))
    assert done == []
    (store,) = (one for one in sandbox.azure.resources(f"{ML}/datastores") if one["name"] == "workspaceblobstore")
    container, (account, guid) = store["properties"]["containerName"], place(sandbox)
    assert (container != guid) is bool(given)
    digest = content(folder / "rows.csv").digest
    (blob,) = sandbox.azure.blobs.list(account, container, "LocalUpload/")
    assert blob.name == f"LocalUpload/{digest}/rows.csv"


@pytest.mark.usefixtures("folder")
def test_an_unchanged_file_is_an_unchanged_resource() -> None:
    sandbox = beside(data())
    assert changes(sandbox.up(data())) == []


def test_changed_content_is_another_version_and_the_earlier_one_stays(folder: Path) -> None:
    sandbox = beside(data(version=None))
    (folder / "rows.csv").write_text("a,b\n3,4\n")
    sandbox.up(data(version=None))
    versions = sandbox.azure.resources(f"{ML}/data/versions")
    assert len({one["properties"]["dataUri"] for one in versions}) == 2
    assert len(blobs(sandbox)) == 2


def test_the_same_content_is_uploaded_once(folder: Path) -> None:
    (folder / "copy").mkdir()
    (folder / "copy" / "main.py").write_text("print('hello')\n")

    def program() -> None:
        made = existing_workspace()
        for name, path in (("one", "src"), ("two", "copy")):
            Asset(name, RegisteredModel.model_validate({"name": name, "version": "1", "path": path}), workspace=made)

    sandbox = beside()
    result = sandbox.up(program)
    assert len(uploads(sandbox)) == 1
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
    sandbox = beside()
    with pytest.raises(RunFailedError, match="holds no file to upload"):
        sandbox.preview(data("empty", type="uri_folder"))


def test_a_build_context_is_given_by_https_and_makes_a_registry(folder: Path) -> None:
    (folder / "src" / "Dockerfile").write_text("FROM scratch\n")

    def program() -> None:
        environment = Environment.model_validate({"name": "built", "version": "1", "build": {"path": "src"}})
        Asset("built", environment, workspace=workspace(needs_image=True))

    sandbox = stack_of(program)
    context = live(sandbox, f"{ML}/environments/versions")["properties"]["build"]["contextUri"]
    assert context.startswith("https://stmldev")
    assert context.endswith("/src/")


def context(folder: Path, name: str, base: str) -> dict[str, Any]:
    """Return the `build` of an environment whose Dockerfile starts from `base`."""
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
            given = {"command": "true", "compute": "serverless", "environment": context(folder, name, name)}
            Job(name, CommandJob.model_validate(given | {"name": name}), workspace=made)

    sandbox = stack_of(program)
    used = {one["properties"]["environmentId"] for one in sandbox.azure.resources(f"{ML}/jobs")}
    assert len(used) == 2


def job(**more: Any) -> Program:
    given = {
        "code": "src",
        "command": "python main.py --rows ${{inputs.rows}}",
        "inputs": {"rows": {"type": "uri_file", "path": "rows.csv"}},
        "environment": {"image": "mcr.microsoft.com/azureml/minimal:1"},
        "compute": "serverless",
        "experiment_name": "hello",
        **more,
    }
    return lambda: Job("hello", CommandJob.model_validate(given), workspace=existing_workspace())


def test_a_job_is_submitted_once_per_content(folder: Path) -> None:
    sandbox = beside(job())
    first = live(sandbox, f"{ML}/jobs")
    assert first["properties"]["codeId"].endswith("/versions/1")
    assert first["properties"]["environmentId"].rsplit("/versions/", 1)[0].endswith("CliV2AnonymousEnvironment")
    assert changes(sandbox.up(job())) == []
    (folder / "src" / "main.py").write_text("print('bye')\n")
    sandbox.up(job())
    names = {one["name"] for one in sandbox.azure.resources(f"{ML}/jobs")}
    assert len(names) == 2
    assert first["name"] in names, "an earlier run stays in the workspace"


LABELS: list[dict[str, Any]] = [{"display_name": "Neu"}, {"description": "more"}, {"tags": {"team": "ml"}}]


@pytest.fixture
def submission(folder: Path) -> Sandbox:  # noqa: ARG001 - the job's code is there
    """Return a stack with a job."""
    return beside(job())


@each("labels", LABELS)
def test_a_label_submits_no_second_job(submission: Sandbox, labels: dict[str, Any]) -> None:
    assert changes(submission.up(job(**labels))) == []
    assert len(submission.azure.resources(f"{ML}/jobs")) == 1


def pipeline(**labels: Any) -> Program:
    """Return a pipeline of two steps, and labels of the step, of its environment or of the component in its place."""
    environment = {"image": "a/b", **labels.get("environment", {})}
    command = {"type": "command", "command": "true", "environment": environment}
    component = {**command, "command": "false", **labels.get("component", {})}
    steps = {"one": {**command, **labels.get("step", {})}, "two": {"component": component}}
    given = {"jobs": steps, "compute": "serverless", "experiment_name": "hello"}
    return lambda: Job("hello", PipelineJob.model_validate(given), workspace=existing_workspace())


def without_labels() -> None:
    """Submit the pipeline."""
    pipeline()()


@each(
    "labels",
    [
        {where: label}
        for where in ("step", "environment", "component")
        for label in LABELS
        if where != "environment" or "display_name" not in label
    ],
)
def test_a_label_of_what_a_job_is_made_of_submits_no_second_job(labels: dict[str, Any]) -> None:
    sandbox = up_once(without_labels, beside)
    assert changes(sandbox.up(pipeline(**labels))) == []
    assert len(sandbox.azure.resources(f"{ML}/jobs")) == 1


def test_a_job_keeps_the_name_that_a_title_once_gave_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to 0.2.0 a job without a name was called after its title."""
    sandbox = beside()
    monkeypatch.setattr(components, "job_name", former_name)
    sandbox.up(job(display_name="Say hello"))
    submitted = live(sandbox, f"{ML}/jobs")["name"]
    assert submitted.startswith("Say-hello-")
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    assert changes(sandbox.up(job(display_name="Say hello"))) == []
    assert live(sandbox, f"{ML}/jobs")["name"] == submitted


def test_two_jobs_that_run_the_same_are_reported() -> None:
    def program() -> None:
        made = existing_workspace()
        for title in ("one", "two"):
            given = {"command": "true", "environment": {"image": "a/b"}, "display_name": title}
            Job(title, CommandJob.model_validate(given), workspace=made)

    with pytest.raises(RunFailedError, match="the job two runs just what another job of this program runs"):
        beside().up(program)


def test_a_file_that_changes_between_preview_and_upload_is_noticed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = beside()

    def changed_meanwhile(path: Path, *_more: Any) -> Any:
        (folder / "rows.csv").write_text("changed")
        return content(path)

    monkeypatch.setattr(upload, "content", changed_meanwhile)
    with pytest.raises(RunFailedError, match=r"rows\.csv changed while this ran; run it again"):
        sandbox.up(data())


def test_lost_files_are_found_by_a_refresh_and_written_again(folder: Path) -> None:
    (folder / "src" / "two.py").write_text("2\n")
    program = data("src", type="uri_folder")
    sandbox = beside(program)
    lost = next(name for name in blobs(sandbox) if name.endswith("two.py"))
    sandbox.azure.blobs.delete(*place(sandbox), lost)
    sandbox.refresh()
    sandbox.up(program)
    assert set(uploads(sandbox)) == {"src/main.py", "src/two.py"}


def _nothing_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("azureml_sandbox.http.storage.access.permissions", lambda *_: "")


def test_who_may_not_see_the_files_takes_them_for_unchanged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The nightly drift run signs in as an identity that reads Azure, and no data."""
    sandbox = stack_of(data(where=workspace))
    with monkeypatch.context() as block:
        _nothing_allowed(block)
        assert changes(sandbox.refresh()) == []
        assert changes(sandbox.preview(data(where=workspace))) == []
    said = capfd.readouterr().err
    assert f"{content(folder / 'rows.csv').digest} answers HTTP 403 AuthorizationPermissionMismatch, so" in said
    assert "Storage Blob Data Reader" in said


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("cloud", ["usgovernment", "china"])
def test_a_stack_of_another_cloud_uploads_and_purges_there(cloud: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts: set[str] = set()
    real = http.handle

    def handle(azure: Azure, request: http.Request) -> http.Response:
        hosts.add(request.host)
        return real(azure, request)

    monkeypatch.setattr("azureml_sandbox.pulumi.transport.handle", handle)
    settings: dict[str, Any] = {"azure-native:environment": cloud, "disposable": "true"}
    sandbox = stack_of(data(where=workspace), **settings)
    assert uploads(sandbox) == {"rows.csv": b"a,b\n1,2\n"}
    sandbox.destroy()
    assert {CLOUDS[cloud].authority, CLOUDS[cloud].resource_manager.removeprefix("https://")} <= hosts
    assert not {PUBLIC.authority, PUBLIC.resource_manager.removeprefix("https://")} & hosts


@pytest.mark.usefixtures("folder")
def test_files_are_gone_with_their_container() -> None:
    sandbox = stack_of(data(where=workspace))
    account, container = place(sandbox)
    owner = live(sandbox)["properties"]["storageAccount"]
    assert owner.endswith(account)
    digest = content(Path("rows.csv")).digest[:12]
    sandbox.azure.delete(f"{owner}/blobServices/default/containers/{container}")
    assert changes(sandbox.refresh()) == [f"delete rows.csv-{digest}"]


@pytest.mark.parametrize("failures", [["list"], ["write"], ["list", "write", "write"]])
@pytest.mark.usefixtures("folder")
def test_an_upload_waits_for_its_role(failures: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A role reaches one front end after another, so a listing that succeeds is no promise for the write."""
    paused: list[float] = []
    monkeypatch.setattr("azureml_infra.dynamic.patience.time.sleep", paused.append)
    for name in ("list", "write"):
        monkeypatch.setattr(dynamic_blobs, *_failing(name, failures.count(name)))
    sandbox = beside(data())
    assert uploads(sandbox) == {"rows.csv": b"a,b\n1,2\n"}
    assert len(paused) == len(failures)


def _failing(name: str, times: int) -> tuple[str, Callable[..., Any]]:
    attribute = {"list": "blob_sizes", "write": "write_blob"}[name]
    real, left = getattr(dynamic_blobs, attribute), [HttpResponseError("no")] * times

    def step(*given: Any) -> Any:
        if left:
            error = left.pop()
            error.status_code = 403
            raise error
        return real(*given)

    return attribute, step


def test_content_that_comes_back_is_taken_back_as_it_stayed(folder: Path) -> None:
    """A reverted change: azure-native makes nothing that exists already."""
    sandbox = beside(data(version=None))
    (folder / "rows.csv").write_text("a,b\n3,4\n")
    sandbox.up(data(version=None))
    (folder / "rows.csv").write_text("a,b\n1,2\n")
    sandbox.up(data(version=None))
    assert len(sandbox.azure.resources(f"{ML}/data/versions")) == 2
    assert changes(sandbox.up(data(version=None))) == []


@pytest.mark.usefixtures("folder")
def test_a_version_that_comes_back_is_taken_back_if_it_is_the_same() -> None:
    sandbox = beside(data())
    sandbox.up(data(version="2"))
    sandbox.up(data())
    assert changes(sandbox.up(data())) == []
    sandbox.up(data(version="2"))
    with pytest.raises(RunFailedError, match="a version never changes"):
        sandbox.up(data(path="src", type="uri_folder"))


def test_a_job_that_comes_back_is_not_run_again(folder: Path) -> None:
    sandbox = beside(job())
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
        given = {"command": "true", "environment": environment, "compute": "serverless"}
        Job("hello", CommandJob.model_validate(given), workspace=existing_workspace())

    def without_version() -> None:
        image = pulumi.Output.from_input("mcr.microsoft.com/azureml/minimal:1")
        Asset("e", Environment.model_validate({"name": "e", "image": image}), workspace=existing_workspace())

    for program, lacking in ((inline, "without a name"), (without_version, "without a version")):
        with pytest.raises(RunFailedError, match=rf"image of the environment {lacking} is a Pulumi Output"):
            beside().up(program)


def by_its_submitter() -> None:
    given = {"command": "python main.py", "code": "src", "environment": "azureml:AzureML-sklearn-1.5@latest"}
    job = CommandJob.model_validate({**given, "identity": {"type": "user_identity"}})
    Job("j", job, workspace=existing_workspace())


@pytest.mark.usefixtures("folder")
def test_code_has_the_hash_that_jobs_in_their_submitters_name_are_checked_by() -> None:
    sandbox = beside(by_its_submitter)
    assert live(sandbox, f"{ML}/codes/versions")["properties"]["properties"] == {
        "hash_sha256": hashlib.sha256(b"1#main.py#15print('hello')\n").hexdigest(),
        "hash_version": "202208",
    }
    assert live(sandbox, f"{ML}/jobs")["properties"]["status"] == "Completed"


@pytest.mark.usefixtures("folder")
def test_code_that_another_release_registered_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = beside()
    with monkeypatch.context() as patch:
        patch.setattr("azureml_infra.entities.unnamed.code_hash", lambda local: local.digest)
        sandbox.up(by_its_submitter)
    job = live(sandbox, f"{ML}/jobs")["properties"]
    assert job["status"] == "Failed"
    assert changes(sandbox.up(by_its_submitter)) == []
