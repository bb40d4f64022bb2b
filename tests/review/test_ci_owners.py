"""What code owners approve, and what a preview runs."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pathspec import PathSpec

from azureml_review.ci.__main__ import main
from azureml_review.ci.owners import code_among, code_owners, path_filters
from azureml_review.ci.stacks import StackFolder
from kit.paths import ROOT
from kit.rows import each
from kit.shell import output

STACKS = [
    StackFolder("dev", "platforms/churn"),
    StackFolder("prod", "platform"),
    StackFolder("odd", "infra"),
    StackFolder("root", "."),
]
TEAM = "@contoso/platform"
FREE = ("platforms/churn/platform.yml", "platforms/churn/src/train.py", "platform/computes/cpu.yml")
OWNED = (
    *(".github/workflows/up.yml", ".github/CODEOWNERS", ".gitlab-ci.yml", "azure-pipelines.yml", ".ci/run"),
    *("Makefile", "pyproject.toml", "requirements.lock", "uv.lock", "Pulumi.yaml", "Pulumi.prod.yaml"),
    *("guardrails.json", "__main__.py", "sitecustomize.py", "yaml/__init__.py", ".gitattributes", "new/code.sh"),
    *("arm/azureml_arm/ids.py", "policies/PulumiPolicy.yaml", "review/azureml_review/ci/__main__.py"),
    *("platform/__init__.py", "platform/__init__.cpython-311-x86_64-linux-gnu.so", "infra/platform.yml"),
    *("platforms/churn2/platform.yml", "platforms/x.py"),
)


@cache
def _spec(pattern: str) -> PathSpec[Any]:
    return PathSpec.from_lines("gitignore", [pattern])


def _owner(text: str, path: str) -> str:
    """Return who owns a file, by the last line that fits."""
    found = ""
    for line in text.splitlines():
        pattern, _, owner = line.partition(" ")
        if line and not line.startswith("#") and _spec(pattern).match_file(path):
            found = owner
    return found


@each("path", OWNED)
def test_what_decides_has_owners(path: str) -> None:
    assert _owner(code_owners(STACKS, TEAM), path) == TEAM


@each("path", FREE)
def test_descriptions_have_none(path: str) -> None:
    assert _owner(code_owners(STACKS, TEAM), path) == ""


def test_all_that_this_repository_tracks_has_owners() -> None:
    text = (ROOT / ".github" / "CODEOWNERS").read_text("utf-8")
    tracked = output(["git", "ls-files"]).split("\n")
    assert [path for path in tracked if path and not _owner(text, path)] == []


def test_the_sample_is_what_the_command_writes(capsys: pytest.CaptureFixture[str]) -> None:
    sample = (ROOT / ".github" / "CODEOWNERS").read_text("utf-8")
    assert main(["owners", "--project", str(ROOT), "--team", "@azureml-infra/maintainers"]) == 0
    assert capsys.readouterr().out == sample


def test_azure_devops_takes_the_same_as_a_filter(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = path_filters(STACKS[:2]).split(";")
    assert found[:5] == [
        "/*",
        "!/platform/*",
        "!/platforms/churn/*",
        "/platform/__init__.*",
        "/platforms/churn/__init__.*",
    ]
    assert found.index("/policies/*") > found.index("!/platform/*")
    assert main(["owners", "--project", str(tmp_path), "--path-filter"]) == 0
    assert capsys.readouterr().out.startswith("/*;/.github/*;")


def test_code_that_a_preview_runs() -> None:
    data = [*FREE, "Pulumi.prod.yaml", "README.md", "docs/ci.md", "tests/test_x.py"]
    run = ["__main__.py", "arm/azureml_arm/ids.py", "requirements.lock", "platform/__init__.py", "yaml.py"]
    assert code_among([*data, *run], STACKS[:2]) == run
    assert code_among(["platforms/churn/__init__.abi3.so"], STACKS) == ["platforms/churn/__init__.abi3.so"]
