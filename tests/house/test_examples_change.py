"""An example whose files change: what a run does then, that the next one does nothing, and that all of it goes."""

from collections import Counter
from pathlib import Path

import pytest

from azureml_sandbox import RunFailedError
from kit.platforms import changes
from kit.scenarios import Copy

Edit = tuple[str, str, str]
"""A file with the old text and the new."""
CHANGES = [
    ("adopted-workspace", ("computes/cpu.yml", "max_instances: 2", "max_instances: 4"), "update cpu"),
    ("feature-store", ("transactions.yml", "hours: [3]", "hours: [4]"), "update transactions-1"),
    ("feature-store", ("account.yml", "nonPII", "PII"), "update account-1"),
    ("feature-store", ("platform.yml", "3.4.0", "3.5"), "update features"),
    ("hub", ("platform.yml", "owner: platform-team", "owner: ml-platform"), "update assistants"),
    ("hub", ("platform.yml", "contoso-search", "contoso-find"), "update search"),
    ("project", ("platform.yml", "Support bot\n", "Support assistant\n"), "update support-bot"),
    ("project", ("nightly.yml", "max_instances: 2", "max_instances: 4"), "update nightly"),
    ("serverless", ("mistral.yml", "team: assistants", "team: chat"), "update assistant-mistral"),
    ("serverless", ("phi.yml", "content_safety: enabled", "content_safety: disabled"), "update assistant-phi"),
    ("serverless", ("phi.yml", "models/Phi-4-mini-instruct", "models/Phi-4"), "replace assistant-phi"),
]
"""Example, an edit, and what that does."""


def group(rows: list[tuple[str, Edit, str]]) -> list[tuple[str, dict[Edit, str]]]:
    """Return the edits that one run can make: those of an example that change different things."""
    found: dict[tuple[str, int], dict[Edit, str]] = {}
    seen = Counter[tuple[str, str]]()
    for name, edit, does in rows:
        thing = (name, does.split()[-1])
        found.setdefault((name, seen[thing]), {})[edit] = does
        seen[thing] += 1
    return [(name, edits) for (name, _), edits in found.items()]


@pytest.mark.parametrize(("name", "edits"), group(CHANGES))
def test_a_change_is_made_once(name: str, edits: dict[Edit, str], tmp_path: Path) -> None:
    copy = Copy(name, tmp_path)
    before = copy.ids()
    copy.up()
    for edit in edits:
        copy.edit(*edit)
    previewed = copy.preview()
    assert sorted(changes(previewed)) == sorted(changes(copy.up())) == sorted(edits.values())
    copy.refresh()
    assert changes(copy.preview()) == []
    copy.destroy()
    assert before <= copy.ids()
    assert copy.sandbox.state.resources() == []


RUNS = [
    ("training", ("jobs/sweep.yml", "max_total_trials: 8", "max_total_trials: 9"), "tune-iris-"),
    ("training", ("jobs/pipeline.yml", "upper: 12", "upper: 15"), "iris-"),
    ("training", ("jobs/spark.yml", "instances: 2", "instances: 3"), "prepare-iris-"),
    ("training", ("jobs/parts.yml", "flowers/new", "flowers/newer"), "parts-"),
    ("automl", ("jobs/classification.yml", "max_trials: 10", "max_trials: 12"), "bank-classification-"),
    ("automl", ("jobs/pipeline.yml", "  trials: 4", "  trials: 5"), "bank-pipeline-"),
]


@pytest.mark.parametrize(("name", "edits"), group(RUNS))
def test_a_changed_job_is_another_run(name: str, edits: dict[Edit, str], tmp_path: Path) -> None:
    copy = Copy(name, tmp_path).ready()
    for edit in edits:
        copy.edit(*edit)
    previewed = copy.preview()
    done = sorted(changes(copy.up()))
    assert sorted(changes(previewed)) == done
    made = [line for line in done if line.startswith("create ")]
    assert len(made) == len(edits)
    for job in edits.values():
        assert [line for line in made if line.startswith(f"create {job}")] != [], job
    assert not [line for line in done if line.startswith(("update", "replace"))]
    copy.refresh()
    assert changes(copy.preview()) == []
    copy.destroy()
    assert copy.sandbox.state.resources() == []


def test_another_specification_is_another_version(tmp_path: Path) -> None:
    copy = Copy("feature-store", tmp_path).ready()
    copy.edit("transactions/FeatureSetSpec.yaml", "days: 7", "days: 14")
    with pytest.raises(RunFailedError, match="version 1 of the feature set transactions has another specification"):
        copy.preview()
    copy.edit("transactions.yml", "version: 1", "version: 2")
    assert "create transactions-2" in changes(copy.up())
    assert changes(copy.preview()) == []
