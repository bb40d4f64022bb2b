"""The kinds of jobs, for what holds a job of any kind, as a schedule does."""

from collections.abc import Mapping
from typing import Any, cast

from azureml_infra.entities.automl_job import AutoMLJob
from azureml_infra.entities.base import refusal
from azureml_infra.entities.body import specs
from azureml_infra.entities.job import Job
from azureml_infra.entities.kinds import KINDS
from azureml_infra.entities.reverse import Place, best, kind_word, words_of
from azureml_infra.entities.words import type_word
from azureml_infra.yaml.problems import nearest, one_of, quote

JOBS = cast("tuple[type[Job], ...]", tuple(kind.model for kind in KINDS if kind.family == "jobs"))
"""Every kind, the first of which is meant where a file says no `type`."""


def job_model(data: Mapping[str, Any]) -> type[Job]:
    """Return the model of a job's mapping, by its `type`."""
    word = type_word(data)
    if word is None:
        return JOBS[0]
    if word == "automl":
        return _by("task", data.get("task"), tuple(job for job in JOBS if issubclass(job, AutoMLJob)))
    return _by("type", word, JOBS)


def _by(field: str, word: Any, models: tuple[type[Job], ...]) -> type[Job]:
    """Return the model whose field takes a word."""
    by_word = {
        choice: model for model in models for spec in specs(model) if spec.name == field for choice in spec.choices
    }
    word = str(word or "").lower()
    if word not in by_word:
        near = nearest(word, list(by_word))
        raise refusal(f"a job of {field} {quote(word)} can't be started so", one_of(by_word), field, suggestion=near)
    return by_word[word]


def job_in_words(definition: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return a job that stands in another body in az ml's words."""
    whole = {"properties": definition}
    model = best(JOBS, whole)
    return kind_word(model) | words_of(model, whole, place) if model is not None else {}
