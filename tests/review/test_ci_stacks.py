"""Which stacks a change is about, and which are too old."""

import io
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from azureml_review.ci.__main__ import main
from azureml_review.ci.stacks import (
    StackFolder,
    StacksError,
    affected_stacks,
    changed_files,
    is_new_or_known,
    old_stacks,
    stacks,
)
from kit.github_host import serving_github
from kit.rows import each

DEV, PROD = StackFolder("dev", "platforms/churn"), StackFolder("prod", "platforms/fraud")
STACKS = (DEV, PROD)


def test_stacks_are_the_files_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  azureml-infra:description: platforms/churn/\n")
    (tmp_path / "Pulumi.plain.yaml").write_text("")
    (tmp_path / "Pulumi.sandbox.yaml").write_text("config: {}\n")
    (tmp_path / "Pulumi.network.yaml").write_text("config: {azureml-infra:description: examples/network}\n")
    assert stacks(tmp_path) == [StackFolder("dev", "platforms/churn"), StackFolder("plain", ".")]


@pytest.mark.parametrize("text", ["config: [", "- a\n", "config: 3\n"])
def test_a_stack_file_that_isnt_one(text: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(StacksError, match=r"Pulumi\.dev\.yaml: isn't a stack's settings \(\w+\); fix it first"):
        stacks(tmp_path)


@each(
    ("changed", "found"),
    [
        (["platforms/churn/computes/cpu.yml"], [DEV]),
        (["platforms/fraud/platform.yml", "README.md"], [PROD]),
        (["Pulumi.prod.yaml"], [PROD]),
        (["azureml_infra/components/compute.py"], [DEV, PROD]),
        (["guardrails.json"], [DEV, PROD]),
        ([".github/workflows/preview.yml"], [DEV, PROD]),
        (["requirements.lock"], [DEV, PROD]),
        (["README.md", "docs/ci.md", "tests/test_x.py"], []),
        (["platforms/churn2/platform.yml"], [DEV, PROD]),
        (["platforms/churn/README.md"], [DEV]),
        ([], []),
    ],
)
def test_a_change_is_about_the_stacks_that_it_may_change(changed: list[str], found: list[StackFolder]) -> None:
    assert affected_stacks(STACKS, changed, lambda _: True) == found


def test_a_folder_of_code_is_no_description_because_a_pull_request_calls_it_one(tmp_path: Path) -> None:
    base, odd = tmp_path / "base", StackFolder("odd", "infra")
    (base / "infra").mkdir(parents=True)
    (base / "Pulumi.dev.yaml").write_text("config: {azureml-infra:description: platforms/churn}\n", "utf-8")
    is_data = is_new_or_known(base)
    new = StackFolder("new", "platforms/new")
    every = [DEV, new, odd]
    assert affected_stacks(every, ["infra/azureml_infra/x.py"], is_data) == every
    assert affected_stacks(every, ["platforms/new/platform.yml"], is_data) == [new]
    assert affected_stacks(every, ["platforms/churn/platform.yml"], is_data) == [DEV]


def _git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@t.test", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def _commit(folder: Path, name: str) -> None:
    (folder / name).write_text(name)
    _git(folder, "add", ".")
    _git(folder, "commit", "-m", name)


def test_changed_files_are_those_since_the_branches_parted(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-b", "main")
    _commit(tmp_path, "a")
    _git(tmp_path, "switch", "-c", "topic")
    _commit(tmp_path, "ä b")
    _git(tmp_path, "switch", "main")
    _commit(tmp_path, "c")
    assert changed_files(tmp_path, "main", "topic") == ["ä b"]
    with pytest.raises(StacksError, match=r"nowhere\.\.\.HEAD: can't be compared .*fetch-depth: 0"):
        changed_files(tmp_path, "nowhere")


def test_only_old_stacks_of_pull_requests_expire() -> None:
    listed = [
        {"name": "org/ml/pr-1", "lastUpdate": "2026-01-01T00:00:00.000Z"},
        {"name": "pr-2", "lastUpdate": "2026-01-09T23:00:00.000Z"},
        {"name": "production", "lastUpdate": "2020-01-01T00:00:00.000Z"},
        {"name": "pr-3-keep", "lastUpdate": "2020-01-01T00:00:00.000Z"},
        {"name": "pr-4"},
    ]
    assert old_stacks(listed, 72, datetime(2026, 1, 10, tzinfo=UTC)) == ["pr-1"]


def test_a_closed_pull_requests_stack_goes_however_young(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["pr-1", "org/ml/pr-2", "pr-3", "pr-0", "production"]
    listed = [{"name": name, "lastUpdate": "2999-01-01T00:00:00.000Z"} for name in names]
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps([*listed, {"name": "pr-4"}])))
    with serving_github() as github:
        github.closed = {2, 4}
        for name, value in github.environment().items():
            monkeypatch.setenv(name, value)
        assert main(["expired", "--hours", "72"]) == 0
    assert capsys.readouterr().out.split() == ["pr-2", "pr-4"]


def test_after_a_push_of_a_new_branch_every_stack_is_concerned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """GitHub's `before` is zeros then: https://docs.github.com/webhooks/webhook-events-and-payloads#push."""
    (tmp_path / "Pulumi.dev.yaml").write_text("")
    assert main(["stacks", "--project", str(tmp_path), "--base", "0" * 40]) == 0
    assert '"dev"' in capsys.readouterr().out


def test_one_stack_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  azureml-infra:description: platforms/churn\n")
    assert main(["stacks", "--project", str(tmp_path), "--only", "dev"]) == 0
    assert capsys.readouterr().out == '[{"name": "dev", "description": "platforms/churn"}]\n'
    assert main(["stacks", "--project", str(tmp_path), "--only", "prod"]) == 2
    assert "there is no Pulumi.prod.yaml" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "nope", "[]", "3", "{}", '{"stack": "ml/dev"}', "\N{BYTE ORDER MARK}{}"])
@pytest.mark.parametrize("command", ["unchanged", "drift"])
def test_a_file_without_a_review_is_named(
    command: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "review.json"
    file.write_text(text, encoding="utf-8")
    assert main([command, str(file), *([str(file)] if command == "drift" else [])]) == 2
    expected = f"error: {file} isn't a review; expected what `azureml-review --format json` writes\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize("text", ["", "nope", "{}", "[3]", "null"])
def test_what_lists_no_stacks_deletes_none(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert main(["expired", "--hours", "72"]) == 2
    out, err = capsys.readouterr()
    assert (out, "expected what `pulumi stack ls --json` prints" in err) == ("", True)


@pytest.mark.parametrize(("verdict", "code"), [("no change", 0), ("safe", 1)])
def test_a_review_is_unchanged_or_not(verdict: str, code: int, tmp_path: Path) -> None:
    file = tmp_path / "review.json"
    file.write_text(json.dumps({"stack": "ml/dev", "verdict": verdict, "counts": {}}))
    assert main(["unchanged", str(file)]) == code
