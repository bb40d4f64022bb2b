"""The words that are written down of azure-ai-ml's schemas are those that they take: `kit.az_words`."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import pytest

pytest.importorskip("azure.ai.ml", reason="no azure-ai-ml")

from kit import az_words
from kit.mlclient import schemas


def test_the_words_of_azure_ai_ml_are_written_down() -> None:
    # In a process of its own: the first pipeline that azure-ai-ml loads puts Microsoft's own nodes into the schemas.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        found = fresh.submit(schemas.walk).result()
    if os.environ.get("BODIES") == "write":
        az_words.write(found)
    assert found == az_words.read_recorded()
