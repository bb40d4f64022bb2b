"""What a pull request's comment says, case by case; ``REVIEWS=write pytest tests/test_reviews.py`` writes them anew."""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from azureml_review.render import markdown
from azureml_review.review import review_of
from kit.reviewed import CASES, FOLDER, deploy, example, preview

WRITE = os.environ.get("REVIEWS") == "write"
FILES = "https://github.com/contoso/ml/blob/0123abc/"
pytestmark = pytest.mark.usefixtures("warm_executable")
"""What a pack's process starts with."""


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Mapping[str, Any]], Path]:
    """Return the state of an example that is deployed, made once for all its cases."""
    made: dict[str, Path] = {}

    def state(case: Mapping[str, Any]) -> Path:
        key = f"{example(case)} {case.get('config')} {case.get('before')}"
        if key not in made:
            made[key] = deploy(tmp_path_factory.mktemp("deployed"), case)
        return made[key]

    return state


@pytest.mark.parametrize("name", CASES)
def test_a_pull_request_gets_its_comment(
    name: str, states: Callable[[Mapping[str, Any]], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    text = preview(None if case.get("first") else states(case), tmp_path, case, monkeypatch)
    stack = "azureml-infra/sandbox"
    review = review_of(text, name, base=tmp_path, requester=case.get("requester", ""), stack=stack)
    comment = markdown.comment(review, markdown.Links(FILES))
    golden = FOLDER / f"{name}.md"
    if WRITE:
        golden.write_text(comment, "utf-8")
    assert comment == golden.read_text("utf-8")


def test_every_comment_has_its_case() -> None:
    assert {file.stem for file in FOLDER.glob("*.md")} == set(CASES)


def test_no_comment_has_html_or_mentions_of_a_description() -> None:
    text = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", (FOLDER / "hostile-text.md").read_text("utf-8"))
    assert "Platform" not in text
    assert (
        re.findall(r"<(?!/?(?:details|summary|sub|br/?)>|!-- azureml-infra|!-- plan: sha256:[0-9a-f]{64} -->\n)", text)
        == []
    )
    assert "@everyone" not in text
    assert "javascript:" not in text


def test_what_azure_ignored_is_not_as_described(
    states: Callable[[Mapping[str, Any]], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its change has been sent: the plan has nothing left, and Azure has it otherwise."""
    case = {"replace": {"computes/workstation.yml": [["shutdown_minutes: 30", "shutdown_minutes: 45"]]}}
    before, after = (tmp_path / name for name in ("before", "after"))
    before.mkdir()
    after.mkdir()
    shutil.copy(states({}), before / "state.db")
    sent = deploy(before, {"before": case})
    text = markdown.comment(review_of(preview(sent, after, case, monkeypatch), "events", base=after))
    assert "## ⚪ No change" in text
    assert "Azure is as described" not in text
    assert "Nothing would change, but the compute instance quickstart-dana differs in Azure." in text
    assert "### Different in Azure, and no change of this plan" in text
