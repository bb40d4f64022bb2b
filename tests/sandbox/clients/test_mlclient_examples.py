"""Every YAML file of Azure/azureml-examples that azure-ai-ml loads, made in the sandbox by it."""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("azure.ai.ml", reason="no azure-ai-ml")

from azure.ai.ml.exceptions import JobParsingError, MlException
from azure.core.exceptions import AzureError
from marshmallow import ValidationError

from kit.clients import Kit
from kit.mlclient import examples
from kit.mlclient.client import starting
from kit.mlclient.listed import read_listed
from kit.served import serving

pytestmark = pytest.mark.skipif(not examples.SOURCE.is_dir(), reason="no ../shared/azureml-examples")
UNREADABLE = (MlException, ValidationError, KeyError, TypeError, ValueError, AttributeError)
"""What azure-ai-ml raises of files that it can't load."""


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    with serving(tmp_path_factory.mktemp("served"), "--memory") as served, starting(served) as made:
        yield made


def test_what_loads_is_made(kit: Kit, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts, refused = _make(kit, tmp_path / "examples")
    capsys.readouterr()
    counted = {what: [counts[what, "made"], counts[what, "loaded"], counts[what, "found"]] for what in examples.ORDER}
    assert {what: one for what, one in counted.items() if one[2]} == read_listed()["examples"], "\n".join(refused)


def _make(kit: Kit, folder: Path) -> tuple[Counter[tuple[str, str]], list[str]]:
    files = sorted(examples.copy_files(folder), key=lambda one: examples.ORDER.index(one[1]))
    examples.prepare(kit, files)
    counts: Counter[tuple[str, str]] = Counter()
    seen: Counter[tuple[str, ...]] = Counter()
    refused: list[str] = []
    for path, what in files:
        counts[what, "found"] += 1
        with contextlib.suppress(*UNREADABLE):
            loaded = examples.load(path, what)
            counts[what, "loaded"] += 1
            try:
                examples.apart(loaded, what, seen)
                with contextlib.chdir(path.parent):
                    examples.make(kit, loaded, what)
                counts[what, "made"] += 1
            except (AzureError, MlException, JobParsingError) as error:
                refused.append(f"{path.relative_to(folder)}: {error}")
    logging.getLogger(__name__).info("%s", refused)
    return counts, refused
