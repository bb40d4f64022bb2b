"""The workflows of GitHub Actions: clean by their linters, pinned, with no more rights than they need."""

import os
import re
import shutil
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from kit.paths import ROOT
from kit.rows import each
from kit.shell import output

HOME = ROOT / ".github"
WORKFLOWS = sorted((HOME / "workflows").glob("*.yml"))
SCRIPTS = sorted((HOME / "scripts").glob("*.sh"))
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def _tool(name: str) -> str:
    """Return a tool of the development environment."""
    return str(Path(sys.executable).with_name(name))


def _run(*line: str) -> None:
    output(line)


def test_zizmor_finds_nothing() -> None:
    _run(_tool("zizmor"), "--offline", "--pedantic", "--no-progress", str(HOME / "workflows"))


def test_shellcheck_finds_nothing() -> None:
    _run(_tool("shellcheck"), "-x", "-P", str(HOME / "scripts"), *map(str, SCRIPTS))


def test_actionlint_finds_nothing() -> None:
    tool = shutil.which("actionlint")
    if tool is None:
        pytest.skip("no actionlint")
    _run(tool, "-shellcheck", _tool("shellcheck"), *map(str, WORKFLOWS))


@each("file", WORKFLOWS, ids=lambda file: file.stem)
def test_every_action_is_pinned_by_its_commit(file: Path) -> None:
    used = [line for line in file.read_text("utf-8").splitlines() if "uses:" in line]
    assert [line for line in used if not PINNED.search(line)] == []


@cache
def _workflow(file: Path) -> dict[Any, Any]:
    return dict(yaml.safe_load(file.read_text("utf-8")))


def _jobs(file: Path) -> dict[str, dict[str, Any]]:
    return dict(_workflow(file)["jobs"])


@each("file", WORKFLOWS, ids=lambda file: file.stem)
def test_rights_are_given_job_by_job(file: Path) -> None:
    workflow = _workflow(file)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    assert all("timeout-minutes" in job for job in _jobs(file).values())
    assert "pull_request_target" not in workflow[True]


@each("file", WORKFLOWS, ids=lambda file: file.stem)
def test_steps_are_scripts_that_are_tested_here(file: Path) -> None:
    lines = [step["run"] for job in _jobs(file).values() for step in job["steps"] if "run" in step]
    named = [line for line in lines if ".github/scripts/" in line]
    assert [line for line in named if not os.access(ROOT / line.removeprefix("base/"), os.X_OK)] == []
    assert [line for line in lines if line not in named and not re.match(r"make |\.ci/run|exit 1$", line)] == []


def test_only_a_preview_that_reads_runs_a_pull_requests_code_unasked() -> None:
    """What may write runs the main branch, or waits for the reviewers of its environment."""
    for file in WORKFLOWS:
        for name, job in _jobs(file).items():
            identities = re.findall(r"vars\.AZURE_(\w+)_CLIENT_ID", str(job))
            if set(identities) - {"PREVIEW"}:
                assert "environment" in job, f"{file.name}: {name}"


def test_a_pull_request_may_only_write_where_reviewers_let_it() -> None:
    """An environment without reviewers is for main alone: a pull request can change its workflow."""
    where = {
        (file.stem, job["environment"])
        for file in WORKFLOWS
        for job in _jobs(file).values()
        if isinstance(job.get("environment"), str)
    }
    assert where == {("up", "${{ matrix.stack.name }}"), ("try", "ephemeral-try"), ("destroy", "ephemeral-destroy")}
    on = {name: set(_workflow(HOME / "workflows" / f"{name}.yml")[True]) for name, _ in where}
    assert on == {
        "up": {"push", "workflow_dispatch"},
        "try": {"pull_request"},
        "destroy": {"schedule", "workflow_dispatch"},
    }


def test_no_merge_is_dropped() -> None:
    """Of those that wait in one group GitHub keeps the last one alone, unless `queue` says otherwise."""
    workflow = _workflow(HOME / "workflows" / "up.yml")
    assert "concurrency" not in workflow
    kept = {"cancel-in-progress": False, "queue": "max"}
    stack = workflow["jobs"]["stack"]["concurrency"]
    assert stack == {"group": "up-${{ matrix.stack.name }}", **kept}
    assert workflow["jobs"]["stacks"]["concurrency"] == {"group": "up-${{ github.sha }}", **kept}


def test_code_scanning_is_optional() -> None:
    job = _jobs(HOME / "workflows" / "preview.yml")["comment"]
    (step,) = [step for step in job["steps"] if "upload-sarif" in step.get("uses", "")]
    assert step["continue-on-error"] is True
    assert "vars.CODE_SCANNING == 'true'" in step["if"]
    assert job["permissions"]["actions"] == "read"


def test_dependabots_requests_are_previewed_as_a_forks() -> None:
    job = _jobs(HOME / "workflows" / "preview.yml")["stack"]
    assert "github.event.pull_request.user.login == 'dependabot[bot]'" in job["env"]["FORK"]


def test_whoever_signs_in_does_it_by_tokens_alone() -> None:
    """No step signs in once for all: what it gets ends before a long `up` does."""
    for file in WORKFLOWS:
        for name, job in _jobs(file).items():
            uses = [step.get("uses", "") for step in job["steps"]]
            assert not [one for one in uses if one.startswith("azure/")], file.name
            for step in job["steps"]:
                environment = step.get("env", {})
                if "ARM_CLIENT_ID" in environment:
                    assert environment["ARM_USE_OIDC"] == "true", f"{file.name}: {name}"
                    assert environment["ARM_ENVIRONMENT"] == "${{ vars.ARM_ENVIRONMENT }}"
                    assert job["permissions"]["id-token"] == "write"


@each(("file", "name", "script"), [("preview", "stack", "preview"), ("try", "try", "try")])
def test_what_judges_a_pull_request_is_the_base_branchs(file: str, name: str, script: str) -> None:
    job = _jobs(HOME / "workflows" / f"{file}.yml")[name]
    (step,) = [step for step in job["steps"] if f"/{script}.sh" in step.get("run", "")]
    assert step["run"] == f"base/.github/scripts/{script}.sh"
    assert all("/base/" in step["env"][name] for name in ("POLICIES", "POLICY_CONFIG"))
    assert step["env"]["HEAD"].endswith("/head")
    assert _checkouts(job) == {"head": None, "base": "${{ github.event.pull_request.base.sha }}"}


def _checkouts(job: dict[str, Any]) -> dict[str, Any]:
    steps = [step["with"] for step in job["steps"] if "checkout" in step.get("uses", "")]
    return {step.get("path"): step.get("ref") for step in steps}


@cache
def _on_pull_requests() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    return {
        f"{file.stem}: {name}": (_workflow(file)[True]["pull_request"], job)
        for file in WORKFLOWS
        if file.stem != "test" and "pull_request" in _workflow(file)[True]
        for name, job in _jobs(file).items()
    }


@each("name", _on_pull_requests)
def test_no_step_of_theirs_runs_a_pull_requests_files(name: str) -> None:
    """The program is evaluated by Pulumi; its Makefile, scripts and build aren't."""
    on, job = _on_pull_requests()[name]
    assert on["branches"] == ["main"]  # another base branch may be anybody's, and with it what judges
    lines = [step["run"] for step in job["steps"] if "run" in step]
    assert [line for line in lines if not re.fullmatch(r"(make -C base \S+|base/\.github/\S+|exit 1)", line)] == []


@each("name", _on_pull_requests)
def test_what_may_write_to_a_pull_request_runs_none_of_it(name: str) -> None:
    _, job = _on_pull_requests()[name]
    writes = {right for right, level in job["permissions"].items() if level == "write"}
    if "head" in _checkouts(job):
        assert writes <= {"id-token"}
    else:
        assert "id-token" not in writes


def test_whoever_needs_the_policies_may_read_who_ran_it_again() -> None:
    for file in WORKFLOWS:
        for name, job in _jobs(file).items():
            if any("POLICIES" in step.get("env", {}) for step in job["steps"]):
                assert job["permissions"]["actions"] == "read", f"{file.name}: {name}"
                assert job["permissions"]["pull-requests"] == "read", f"{file.name}: {name}"
