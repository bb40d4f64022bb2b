"""How data came in: the last run of each pipeline, its steps, and a run by hand."""

from typing import Any

import pytest

from azureml_infra.dynamic.clients import ArmClient
from azureml_sandbox import Azure
from azureml_sandbox.model.clock import advance
from kit.platforms import SUBSCRIPTION
from kit.scenarios import Scenario
from kit.timed import move_to_noon
from kit.verbs import Run

HERE = ("--subscription", SUBSCRIPTION, "-g", "rg-claims-dev")


@pytest.fixture(scope="module")
def azure() -> Azure:
    """Return the cloud of the example, in which claims came in for two nights."""
    scenario = Scenario("ingestion")
    move_to_noon(scenario.azure)
    scenario.up()
    scenario.azure.blobs.put("contosoraw", "drop", "claims/a.csv", b"claim,amount\n")
    advance(scenario.azure, 48 * 3600)
    scenario.azure.settle(by_clock=True)
    return scenario.azure


def test_the_last_run_of_each_is_listed(run: Run) -> None:
    rows = {one["name"]: one for one in run("ingestion", "list", *HERE).data}
    assert {name: (one["trigger"], one["status"]) for name, one in rows.items() if name != "policies"} == {
        "claims": ("started", "Succeeded"),
        "photos": ("started", "NeverRun"),
        "rates": ("none", "NeverRun"),
    }
    assert "claims" in run("ingestion", "list", *HERE, "-o", "table").out


def test_runs_are_read_page_by_page(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page says whether there are more (https://learn.microsoft.com/rest/api/datafactory/pipeline-runs)."""
    whole, post = run("ingestion", "list", *HERE).data, ArmClient.post

    def post_for_a_page(arm: ArmClient, path: str, version: str, body: Any = None) -> Any:
        answer = post(arm, path, version, body)
        if not path.endswith("/queryPipelineRuns"):
            return answer
        oldest_first, at = answer["value"][::-1], int(body.get("continuationToken") or 0)
        more = {"continuationToken": str(at + 1)} if at + 1 < len(oldest_first) else {}
        return {"value": oldest_first[at : at + 1], **more}

    monkeypatch.setattr(ArmClient, "post", post_for_a_page)
    assert run("ingestion", "list", *HERE).data == whole


def test_a_run_is_shown_with_what_came_of_it(run: Run) -> None:
    shown = run("ingestion", "show", "--name", "claims", *HERE).data
    steps = {one["step"]: one for one in shown["steps"]}
    assert (steps["copy"]["files"], steps["copy"]["bytes"]) == (1, 13)
    assert "/data/claims/versions/" in steps["register"]["made"]
    assert steps["start"]["made"].endswith(f"/jobs/claims-{shown['run_id']}")


def test_one_runs_now_and_says_why_it_failed(run: Run) -> None:
    made = run("ingestion", "run", "--name", "photos", *HERE).data
    shown = run("ingestion", "show", "--name", "photos", *HERE).data
    assert (shown["run_id"], shown["status"]) == (made["run_id"], "Failed")
    assert "The required Blob is missing" in shown["steps"][0]["error"]


def test_what_is_not_there_is_a_line(run: Run) -> None:
    ran = run("ingestion", "show", "--name", "clams", *HERE)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith('error: there is no ingestion "clams" in the resource group rg-claims-dev')
