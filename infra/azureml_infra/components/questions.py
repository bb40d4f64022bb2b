"""Questions to Azure Resource Manager before anything is made, asked at the same time; none of them is needed."""

import itertools
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pulumi

from azureml_infra.components.azure import Destination
from azureml_infra.components.live import client_context, of_this_run
from azureml_infra.dynamic.clients import ArmClient, AzureRefusedError

_AT_ONCE = 8
_NO_QUERY: Mapping[str, str] = MappingProxyType({})
_COLLECTIONS = ("/usages", "/vmSizes", "/permissions", "/resources", "/policyAssignments")
"""How the paths of lists end, which come page by page."""


@dataclass(frozen=True)
class Question:
    """One question: what messages call its answer, the path, the version, and the body of one that is posted."""

    label: str
    path: str
    api_version: str
    body: Mapping[str, Any] | None = field(default=None, hash=False)
    query: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> str:
        """Return what its answer is kept under."""
        return f"{self.path}{self.body}{self.query}"


def ask_all(questions: Mapping[str, Question], azure: Destination) -> dict[str, Any]:
    """Return Azure's answer to each question, by its key: a body, a list, or None where there is nothing.

    A question that can't be asked (no rights, no connection, nobody signed in) has no answer, and is told in a line. An
    answer lasts as long as the run.
    """
    reachable = client_context(azure.opts) if questions else None
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
        if isinstance(answer, Exception):
            pulumi.log.info(f"preflight: {questions[key].label} wasn't checked, as Azure doesn't say: {answer}")
    return {key: answer for key, answer in answers.items() if not isinstance(answer, Exception)}


def _ask(client: ArmClient, one: Question) -> Any:
    from azure.core.exceptions import AzureError

    try:
        if one.body is not None:
            return client.post(one.path, one.api_version, dict(one.body))
        if one.path.endswith(_COLLECTIONS):
            return list(client.list(one.path, one.api_version, **one.query))
        return client.get(one.path, one.api_version)
    except (AzureError, AzureRefusedError) as error:
        return error


def find_all(
    client: ArmClient, path: str, api_version: str, query: Mapping[str, str] = _NO_QUERY, at_most: int | None = None
) -> list[dict[str, Any]] | None:
    """Return a collection or its begin; None where it can't be read, which a line for debugging says."""
    from azure.core.exceptions import AzureError

    try:
        return list(itertools.islice(client.list(path, api_version, **query), at_most))
    except (AzureError, AzureRefusedError) as error:
        pulumi.log.debug(f"{path} can't be listed: {error}")
        return None
