"""Jobs' bodies are those that azure-ai-ml sends for the same files; `kit.az_bodies` lists what isn't, and why."""

from __future__ import annotations

from kit.az_bodies import CORPUS, files, ours, read_expected, request, surprises
from kit.entity_bodies import conforms
from kit.rows import each


@each("name", files())
def test_bodies_are_those_of_azure_ai_ml(name: str) -> None:
    assert surprises(ours(CORPUS / f"{name}.yml"), read_expected(name)) == []


@each("name", files())
def test_bodies_conform_to_microsofts_types(name: str) -> None:
    conforms("Microsoft.MachineLearningServices/workspaces/jobs", "2025-12-01", request(CORPUS / f"{name}.yml"))
