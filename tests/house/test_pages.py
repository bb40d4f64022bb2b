"""The pages lead somewhere, the versions agree, and the tutorial is followed word for word."""

import re
import shutil
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml

from azureml_policies.pack import service
from azureml_sandbox.__main__ import main
from kit.paths import ROOT, write_files
from kit.rows import each

LEFT_OUT = {"tests", ".venv", ".venv-clients", ".uv", "node_modules"}
"""Folders whose pages are data, or somebody else's."""
PAGES = [page for page in sorted(ROOT.rglob("*.md")) if LEFT_OUT.isdisjoint(page.relative_to(ROOT).parts)]
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
PATH = re.compile(r"`((?:arm|docs|examples|fleet|infra|policies|review|sandbox|tests)/[\w/.-]*[\w/])`")
BLOCK = re.compile(r"^(?:`([^`]+)`[^\n]*:\n\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def headings(page: Path) -> set[str]:
    """Return the anchors that GitHub gives a page."""
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_page_of_what_is_there_names_every_example() -> None:
    named = set(re.findall(r"\]\(\.\./examples/([\w-]+)\)", (ROOT / "docs" / "capabilities.md").read_text("utf-8")))
    apart = {"bootstrap", "existing-resources", "fleet", "python-program"}  # of this project, not of Azure ML
    assert {path.name for path in (ROOT / "examples").iterdir() if path.is_dir()} == named | apart


@each("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    wrong = []
    for link in LINK.findall(re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in headings(target)):
            wrong.append(link)
    assert wrong == []


@each("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=name_of)
def test_every_path_that_is_named_is_there(page: Path) -> None:
    assert [path for path in PATH.findall(page.read_text("utf-8")) if not (ROOT / path).exists()] == []


def test_the_versions_agree() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert yaml.safe_load((ROOT / "policies" / "PulumiPolicy.yaml").read_text("utf-8"))["version"] == version
    assert version == service.VERSION
    assert f"## [{version}] - " in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_tutorial_goes_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / file, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SANDBOX_DOOR", "in-process")
    blocks = BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text("utf-8"))
    files = {name: text for name, language, text in blocks if language == "yaml" and name}
    stack = next(text for _, language, text in blocks if language == "yaml" and text.startswith("config:"))
    write_files(Path(), {**files, "Pulumi.churn-try.yaml": stack})
    assert sorted(files) == ["platforms/churn/computes/cpu.yml", "platforms/churn/platform.yml"]
    assert main(["up", "--stack", "churn-try"]) == 0
    cluster = Path("platforms/churn/computes/cpu.yml")
    cluster.write_text(cluster.read_text("utf-8").replace("max_instances: 4", "max_instances: 8"), "utf-8")
    capsys.readouterr()
    assert main(["up", "--stack", "churn-try"]) == 0
    assert "maxNodeCount: 4 -> 8" in capsys.readouterr().out
    assert main(["destroy", "--stack", "churn-try"]) == 0
    (program,) = (text for _, language, text in blocks if language == "python")
    names: dict[str, object] = {}
    exec(compile(program, "tutorial.md", "exec"), names)
    test = names["test_the_cluster_may_grow_to_eight"]
    assert callable(test)
    test()
