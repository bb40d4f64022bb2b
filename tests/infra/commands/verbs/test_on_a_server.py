"""The verbs over https, as a process of their own: what they import, and a job that is followed to its end."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from azureml_sandbox import Azure
from azureml_sandbox.model.store import SqliteStore
from kit import warm
from kit.scenarios import Scenario
from kit.served import Served, serving
from kit.shell import Done, run

WORKSPACE = ("--resource-group", "rg-quickstart-dev", "--workspace-name", "mlw-quickstart-dev")
JOB = """\
type: command
command: python main.py
code: src
environment: azureml:diabetes-env:1
compute: azureml:aml-cluster
"""
IMPORTED = """
import json, sys
from azureml_infra.__main__ import main
code = main(sys.argv[1:])
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Yield a server of the quickstart's cloud, in which jobs take a second."""
    folder = tmp_path_factory.mktemp("verbs")
    (folder / ".sandbox").mkdir()
    assert Scenario("quickstart", folder / ".sandbox" / "state.db").up().outputs
    with serving(folder, "--seconds", "0.3") as made:
        yield made


def command(server: Served, *words: str, code: str = "") -> Done:
    start = ["-c", code] if code else ["-m", "azureml_infra"]
    line = [sys.executable if code else warm.python(), *start, *words, *WORKSPACE]
    return run(line, server.folder, server.environment)


def test_reading_needs_neither_pulumi_nor_the_sandbox(server: Served) -> None:
    done = command(server, "compute", "list", "-o", "none", code=IMPORTED)
    code, imported = json.loads(done.stdout)
    assert (code, done.stderr) == (0, "")
    assert {"azureml_infra", "azure", "pydantic"} <= set(imported)
    assert {"pulumi", "pulumi_azure_native", "grpc", "azureml_sandbox"} & set(imported) == set()


def test_a_job_is_followed_to_its_end_with_its_logs(server: Served) -> None:
    (server.folder / "src").mkdir()
    (server.folder / "src" / "main.py").write_text("print(1)\n", "utf-8")
    (server.folder / "job.yml").write_text(JOB, "utf-8")
    done = command(server, "job", "create", "-f", "job.yml", "-n", "followed", "--stream", "-o", "none")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "job: followed"
    states = [found[1] for line in lines if (found := re.fullmatch(r"\d\d:\d\d:\d\d (\w+)", line))]
    assert len(states) > 1
    assert states[-1] == "Completed"
    assert lines[lines.index("--- user_logs/std_log.txt") + 1].startswith("Job 'followed'")
    with_state = Azure(SqliteStore(Path(server.folder) / ".sandbox" / "state.db"))
    assert with_state.resources("Microsoft.MachineLearningServices/workspaces/jobs")
    with_state.close()


def test_sizes_are_those_that_azure_offers_in_a_region(server: Served) -> None:
    done = command(server, "compute", "list-sizes", "--location", "westeurope", "--family", "DSv2", "-o", "json")
    assert "Standard_DS3_v2" in [one["name"] for one in json.loads(done.stdout)]
    wrong = command(server, "compute", "list-sizes", "--location", "westeurop")
    assert wrong.stderr == "error: there is no region 'westeurop'; did you mean westeurope?\n"


def test_a_registry_is_asked_for_by_its_name(tmp_path: Path) -> None:
    (tmp_path / ".sandbox").mkdir()
    assert Scenario("registry", tmp_path / ".sandbox" / "state.db").up().outputs
    with serving(tmp_path) as served:
        done = command(
            served, "model", "list", "--registry-name", "contoso-shared", "--query", "[].[name, latest_version]"
        )
        assert (json.loads(done.stdout or "0"), done.stderr) == ([["churn-baseline", "1"]], "")
        none = command(served, "model", "list", "--registry-name", "nobody")
        assert (none.returncode, none.stderr) == (1, 'error: there is no registry "nobody"\n')
