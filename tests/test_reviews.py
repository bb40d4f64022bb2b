"""What a pull request's comment says, case by case; ``REVIEWS=write pytest tests/test_reviews.py`` writes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from reviewed import CASES, FOLDER, deployed, previewed

from review.render import markdown
from review.review import review_of

WRITE = os.environ.get("REVIEWS") == "write"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deployed(tmp_path_factory.mktemp("deployed"))


@pytest.mark.parametrize("name", CASES)
def test_a_pull_request_gets_its_comment(
    name: str, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = previewed(state, tmp_path, name, monkeypatch)
    review = review_of(
        text, name, base=tmp_path, requester=CASES[name].get("requester", ""), stack="azureml-infra/sandbox"
    )
    comment = markdown.comment(review, markdown.Links("https://github.com/contoso/ml/blob/0123abc/"))
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
