"""Jobs that run once: from a file, with `--set`, with code that is uploaded; followed, and canceled."""

import io
import webbrowser
from pathlib import Path

import pytest
import yaml

from azureml_arm.ids import workspace_of
from azureml_infra.commands.verbs import jobs
from azureml_infra.commands.verbs.history import RunHistory
from azureml_infra.commands.verbs.target import Target
from azureml_sandbox import Azure
from kit.verbs import Run, id_of

JOB = """\
$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json
type: command
display_name: Try it
command: python main.py --rate ${{inputs.rate}} --rows ${{inputs.rows}}
code: src
environment: azureml:diabetes-env@latest
compute: azureml:aml-cluster
inputs:
  rate: 0.10
  rows: {type: uri_file, path: azureml:diabetes-data:1}
"""
INLINE = """\
type: pipeline
display_name: Steps
settings: {default_compute: azureml:aml-cluster}
jobs:
  first:
    type: command
    command: echo hello
    environment: {image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04}
"""


@pytest.fixture
def file(project: Path) -> Path:
    """Return a job's file with its code, outside of the description."""
    (project / "src").mkdir()
    (project / "src" / "main.py").write_text("print(1)\n", "utf-8")
    (project / "job.yml").write_text(JOB, "utf-8")
    (project / "steps.yml").write_text(INLINE, "utf-8")
    return project / "job.yml"


def test_a_job_runs_once_as_its_file_says(run: Run, file: Path, azure: Azure) -> None:
    before = (file.parent / "platform" / "platform.yml").read_text("utf-8")
    made = run("job", "create", "-f", str(file))
    assert (made.code, made.err) == (0, "")
    assert made.data["name"].startswith("Try-it-")
    live = azure.get(id_of(made.data))["properties"]
    assert live["inputs"]["rate"]["value"] == "0.10"
    assert live["environmentId"].endswith("/environments/diabetes-env/versions/1")
    assert live["computeId"].endswith("/computes/aml-cluster")
    code = azure.get(live["codeId"])["properties"]
    assert "/LocalUpload/" in code["codeUri"]
    assert code["properties"]["hash_sha256"]
    assert run("job", "create", "-f", str(file)).data["name"] != made.data["name"]
    assert (file.parent / "platform" / "platform.yml").read_text("utf-8") == before


def test_set_changes_what_the_file_says(run: Run, file: Path, azure: Azure) -> None:
    words = ("--set", "inputs.rate=0.5", "tags.who=me", "--set", "display_name=Another", "-n", "other")
    made = run("job", "create", "--file", str(file), *words).data
    assert (made["name"], made["display_name"], made["tags"]) == ("other", "Another", {"who": "me"})
    assert azure.get(id_of(made))["properties"]["inputs"]["rate"]["value"] == "0.5"
    again = run("job", "create", "--file", str(file), "-n", "other")
    assert (again.code, again.out) == (1, "")
    assert again.err.startswith('error: there is a job "other" already; a job runs once')


def test_a_file_is_checked_alone(run: Run, file: Path, azure: Azure) -> None:
    before = azure.resources()
    assert run("job", "validate", "-f", str(file), "--set", "display_name=Other").data == {"result": "Succeeded"}
    wrong = run("job", "validate", "-f", str(file), "--set", "inputs=5")
    assert (wrong.code, wrong.out) == (1, "")
    assert "inputs" in wrong.err
    assert azure.resources() == before


def test_steps_written_in_place_are_made_once(run: Run, file: Path, azure: Azure) -> None:
    ran = [run("job", "create", "-f", str(file.parent / "steps.yml")) for _ in range(2)]
    assert [one.err for one in ran] == ["", ""]
    made = [one.data for one in ran]
    components = {azure.get(id_of(one))["properties"]["jobs"]["first"]["componentId"] for one in made}
    assert len(components) == 1
    assert made[0]["jobs"]["first"]["component"].startswith("azureml:azureml_anonymous:")


def test_every_state_is_shown_and_a_cancelation_ends_it(
    run: Run, file: Path, azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run("job", "create", "-f", str(file), "-n", "long").data
    job = azure.get(id_of(made))
    states = iter(["Queued", "Running", "Canceled"])

    def go_on(_: float) -> None:
        job["properties"]["status"] = next(states)
        azure.update(job)

    go_on(0)
    monkeypatch.setattr(RunHistory, "logs", lambda _: {})
    monkeypatch.setattr(RunHistory, "error", lambda _: "Somebody: canceled it")
    parts = workspace_of(made["id"]).split("/")
    out = io.StringIO()
    assert jobs.stream(Target(parts[2], parts[4], parts[8]), "long", out, go_on) == 1
    said = [line.partition(" ")[2] for line in out.getvalue().splitlines()[2:5]]
    assert said == ["Queued", "Running", "Canceled"]
    assert out.getvalue().splitlines()[-2:] == [
        "error: Somebody: canceled it",
        "no logs: the run history has none of this job",
    ]


def test_a_job_that_is_over_is_not_canceled(run: Run, file: Path) -> None:
    run("job", "create", "-f", str(file), "-n", "over")
    found = run("job", "cancel", "-n", "over")
    assert (found.code, found.err) == (1, 'error: the job "over" is over: Completed\n')


def test_a_running_job_is_canceled(run: Run, file: Path, azure: Azure) -> None:
    job = azure.get(id_of(run("job", "create", "-f", str(file), "-n", "running").data))
    job["properties"]["status"] = "Running"
    azure.update(job)
    assert run("job", "cancel", "-n", "running").data["status"] == "CancelRequested"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--set", "inputs.rate"), "error: --set inputs.rate: expected PATH=VALUE, such as inputs.x=5\n"),
        (("--set", "comput=x"), 'the command line: unknown field "comput" in a command job; did you mean "compute"?\n'),
        (
            ("--set", "limits={timout: 1}"),
            'the command line: unknown field "timout" in "limits"; did you mean "timeout"?\n',
        ),
        (("-n", "a b"), 'error: "a b" is not a valid name; expected '),
        (
            ("--set", "environment=azureml:nope@latest"),
            'error: azureml:nope@latest: the workspace "mlw-quickstart-dev" has ',
        ),
    ],
)
def test_what_is_wrong_is_told_and_nothing_runs(words: tuple[str, ...], message: str, run: Run, file: Path) -> None:
    before = len(run("job", "list").data)
    found = run("job", "create", "-f", str(file), *words)
    assert (found.code, found.out) == (1, "")
    assert found.err.startswith(message)
    assert len(run("job", "list").data) == before


def test_a_file_of_something_else_is_no_job(run: Run, project: Path) -> None:
    file = project / "platform" / "computes" / "aml-cluster.yml"
    assert run("job", "create", "-f", str(file)).err == (
        f"{file}:1:10: this describes a compute; expected a job in the section jobs\n"
    )
    assert run("job", "create", "-f", "nope.yml").err == "nope.yml:1:1: no such file; expected a YAML file\n"


def test_a_job_is_opened_in_the_studio_and_written_to_a_file(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    made = run("job", "create", "-f", str(file), "-n", "seen", "--web", "-a", str(file.parent / "made.yml"))
    assert yaml.safe_load((file.parent / "made.yml").read_text("utf-8")) == made.data
    assert run("job", "show", "-n", "seen", "--web").err == f"studio: {made.data['services']['Studio']['endpoint']}\n"
    assert opened == [made.data["services"]["Studio"]["endpoint"]] * 2


def test_the_jobs_that_a_job_started_are_listed(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        run("job", "create", "-f", str(file), "-n", name)
    monkeypatch.setattr(RunHistory, "children", lambda _: ["two"])
    assert [one["name"] for one in run("job", "list", "-p", "whole").data] == ["two"]
