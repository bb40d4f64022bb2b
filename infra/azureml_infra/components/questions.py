"""Questions to Azure Resource Manager before anything is made, asked at the same time; none of them is needed."""

import itertools
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pulumi

from azureml_infra.components.azure import Destination
from azureml_infra.components.live import client_context, of_this_run
from azureml_infra.dynamic.clients import ArmClient, AzureRefusedError

_AT_ONCE = 8


@dataclass(frozen=True)
class Question:
    """One question: the path, the version, and the body of one that is posted."""

    label: str
    """What messages call its answer; empty where only somebody who debugs needs to know that there is none."""
    path: str
    api_version: str
    body: Mapping[str, Any] | None = field(default=None, hash=False)
    query: Mapping[str, str] = field(default_factory=dict, hash=False)
    is_list: bool = False
    """Whether the answer comes page by page."""
    at_most: int | None = None
    """How much of a list is asked for."""

    @property
    def key(self) -> str:
        """Return what its answer is kept under."""
        return f"{self.path}{self.body}{self.query}"


def ask_all(questions: Mapping[str, Question], azure: Destination) -> dict[str, Any]:
    """Return Azure's answer to each question, by its key: a body, a list, or None where there is nothing.

    A question that can't be asked (no rights, no connection, nobody signed in) has no answer, and is told in a line. An
    answer lasts as long as the run.
    """
    reachable = client_context() if questions else None
    if reachable is None:
        return {}
    known: dict[str, Any] = of_this_run("answers")
    wanted = [one for one in questions.values() if one.key not in known]
    with reachable, ThreadPoolExecutor(_AT_ONCE) as pool:
        client = azure.arm()
        said = pool.map(lambda one: _ask(client, one), wanted)
        known |= {one.key: answer for one, answer in zip(wanted, said, strict=True)}
    answers = {key: known[one.key] for key, one in questions.items()}
    for key, answer in answers.items():
        if isinstance(answer, Exception) and questions[key].label:
            pulumi.log.info(f"preflight: {questions[key].label} wasn't checked, as Azure doesn't say: {answer}")
        elif isinstance(answer, Exception):
            pulumi.log.debug(f"{questions[key].path} can't be read: {answer}")
    return {key: answer for key, answer in answers.items() if not isinstance(answer, Exception)}


def ask_one(question: Question, azure: Destination) -> Any:
    """Return Azure's answer to a question; None where there is none, or where it can't be asked."""
    return ask_all({"": question}, azure).get("")


def _ask(client: ArmClient, one: Question) -> Any:
    from azure.core.exceptions import AzureError

    try:
        if one.body is not None:
            return client.post(one.path, one.api_version, dict(one.body))
        if one.is_list:
            return list(itertools.islice(client.list(one.path, one.api_version, **one.query), one.at_most))
        return client.get(one.path, one.api_version)
    except (AzureError, AzureRefusedError) as error:
        return error
