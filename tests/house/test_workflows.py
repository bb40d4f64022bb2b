"""The workflows of GitHub Actions: clean by their linters, pinned, with no more rights than they need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kit.paths import ROOT

HOME = ROOT / ".github"
WORKFLOWS = sorted((HOME / "workflows").glob("*.yml"))
SCRIPTS = sorted((HOME / "scripts").glob("*.sh"))
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def _tool(name: str) -> str:
    """A tool of the development environment."""
    return str(Path(sys.executable).with_name(name))


def _run(*line: str) -> None:
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing() -> None:
    _run(_tool("zizmor"), "--offline", "--pedantic", "--no-progress", str(HOME / "workflows"))


def test_shellcheck_finds_nothing() -> None:
    _run(_tool("shellcheck"), "-x", "-P", str(HOME / "scripts"), *map(str, SCRIPTS))


def test_actionlint_finds_nothing() -> None:
    tool = shutil.which("actionlint")
    if tool is None:
        pytest.skip("no actionlint")
    _run(tool, "-shellcheck", _tool("shellcheck"), *map(str, WORKFLOWS))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_every_action_is_pinned_by_its_commit(file: Path) -> None:
    used = [line for line in file.read_text("utf-8").splitlines() if "uses:" in line]
    assert [line for line in used if not PINNED.search(line)] == []


def _jobs(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from yaml.safe_load(file.read_text("utf-8"))["jobs"].items()


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_rights_are_given_job_by_job(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text("utf-8"))
    assert workflow["permissions"] in ({}, {"contents": "read"})
    assert all("timeout-minutes" in job for _, job in _jobs(file))
    assert "pull_request_target" not in workflow[True]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_steps_are_scripts_that_are_tested_here(file: Path) -> None:
    lines = [step["run"] for _, job in _jobs(file) for step in job["steps"] if "run" in step]
    named = [line for line in lines if ".github/scripts/" in line]
    assert [line for line in named if not os.access(ROOT / line.removeprefix("base/"), os.X_OK)] == []
    assert [line for line in lines if line not in named and not re.match(r"make |\.ci/run|exit 1$", line)] == []


def test_only_a_preview_that_reads_runs_a_pull_requests_code_unasked() -> None:
    """What may write runs the main branch, or waits for the reviewers of its environment."""
    for file in WORKFLOWS:
        for name, job in _jobs(file):
            identities = re.findall(r"vars\.AZURE_(\w+)_CLIENT_ID", str(job))
            if set(identities) - {"PREVIEW"}:
                assert "environment" in job, f"{file.name}: {name}"


def test_a_pull_request_may_only_write_where_reviewers_let_it() -> None:
    """An environment without reviewers is for main alone: a pull request can change its workflow."""
    where = {
        (file.stem, job["environment"])
        for file in WORKFLOWS
        for _, job in _jobs(file)
        if isinstance(job.get("environment"), str)
    }
    assert where == {("up", "${{ matrix.stack.name }}"), ("try", "ephemeral-try"), ("destroy", "ephemeral-destroy")}
    on = {name: set(yaml.safe_load((HOME / "workflows" / f"{name}.yml").read_text("utf-8"))[True]) for name, _ in where}
    assert on == {
        "up": {"push", "workflow_dispatch"},
        "try": {"pull_request"},
        "destroy": {"schedule", "workflow_dispatch"},
    }


def test_no_merge_is_dropped() -> None:
    """Of those that wait in one group GitHub keeps the last one alone, unless `queue` says otherwise."""
    workflow = yaml.safe_load((HOME / "workflows" / "up.yml").read_text("utf-8"))
    assert "concurrency" not in workflow
    kept = {"cancel-in-progress": False, "queue": "max"}
    stack = workflow["jobs"]["stack"]["concurrency"]
    assert stack == {"group": "up-${{ matrix.stack.name }}", **kept}
    assert workflow["jobs"]["stacks"]["concurrency"] == {"group": "up-${{ github.sha }}", **kept}


def test_code_scanning_is_optional() -> None:
    job = dict(_jobs(HOME / "workflows" / "preview.yml"))["stack"]
    (step,) = [step for step in job["steps"] if "upload-sarif" in step.get("uses", "")]
    assert step["continue-on-error"] is True
    assert "vars.CODE_SCANNING == 'true'" in step["if"]
    assert job["permissions"]["actions"] == "read"


def test_dependabots_requests_are_previewed_as_a_forks() -> None:
    job = dict(_jobs(HOME / "workflows" / "preview.yml"))["stack"]
    assert "github.event.pull_request.user.login == 'dependabot[bot]'" in job["env"]["FORK"]


def test_whoever_signs_in_does_it_by_tokens_alone() -> None:
    """No step signs in once for all: what it gets ends before a long `up` does."""
    for file in WORKFLOWS:
        for name, job in _jobs(file):
            uses = [step.get("uses", "") for step in job["steps"]]
            assert not [one for one in uses if one.startswith("azure/")], file.name
            for step in job["steps"]:
                environment = step.get("env", {})
                if "ARM_CLIENT_ID" in environment:
                    assert environment["ARM_USE_OIDC"] == "true", f"{file.name}: {name}"
                    assert environment["ARM_ENVIRONMENT"] == "${{ vars.ARM_ENVIRONMENT }}"
                    assert job["permissions"]["id-token"] == "write"


def test_a_preview_takes_what_judges_from_the_base_branch() -> None:
    job = dict(_jobs(HOME / "workflows" / "preview.yml"))["stack"]
    (step,) = [step for step in job["steps"] if "preview.sh" in step.get("run", "")]
    assert step["run"] == "base/.github/scripts/preview.sh"
    assert all("/base/" in step["env"][name] for name in ("POLICIES", "POLICY_CONFIG"))
    refs = {
        step["with"].get("path"): step["with"].get("ref") for step in job["steps"] if "checkout" in step.get("uses", "")
    }
    assert refs["base"] == "${{ github.event.pull_request.base.sha }}"
