"""What Azure won't take is a verdict of its own, whether it ends the run or is only told."""

from pathlib import Path

import pytest

from azureml_review.model import Verdict
from azureml_review.render.phrases import headline, why
from azureml_review.review import review_of
from kit.engine_projects import project
from kit.platforms import PROGRAM

PLATFORM = """\
name: churn
location: westeurope
preflight: {how}
computes:
  - {{name: cpu, type: amlcompute, min_instances: 90, max_instances: 90}}
"""


@pytest.mark.parametrize(("how", "failed"), [("refuse", True), ("warn", False)])
def test_what_does_not_fit_is_the_verdict(how: str, failed: bool, tmp_path: Path) -> None:
    made = project(tmp_path, PROGRAM)
    (tmp_path / "platform.yml").write_text(PLATFORM.format(how=how), "utf-8")
    made.run("preview", "--door", "in-process", "--events", "preview.jsonl", code=int(failed))
    review = review_of((tmp_path / "preview.jsonl").read_text("utf-8"), "preview.jsonl", base=tmp_path)
    assert review.verdict is Verdict.WONT_FIT
    assert review.failed is failed
    assert {str(one.place) for one in review.unfit} == {"platform.yml:5"}
    assert headline(review) == "Won't fit"
    assert why(review).startswith("Azure won't take 1 thing of this")
