"""What the tests of verbs share: what a command did, and a stack."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

STACK = """\
config:
  azure-native:subscriptionId: 5a4d0b0c-0000-4000-8000-000000000001
  azureml-infra:description: platform
"""


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Return the JSON that it printed."""
        return json.loads(self.out)


def id_of(shown: Mapping[str, Any]) -> str:
    """Return the ARM id of an asset or a job, which is shown as a reference to it."""
    return str(shown["id"]).removeprefix("azureml:")


Run = Callable[..., Ran]
"""Runs ``azureml-infra`` with these words."""
