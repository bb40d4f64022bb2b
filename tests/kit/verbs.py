"""What the tests of verbs share: what a command did, and a stack."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

STACK = """\
config:
  azure-native:subscriptionId: 5a4d0b0c-0000-4000-8000-000000000001
  azureml-infra:description: platform
"""

GPU = ("compute", "create", "--name", "gpu", "--type", "amlcompute", "--size", "Standard_NC4as_T4_v3")
"""The words that describe a cluster."""
SIGNED = {
    "datastoreType": "AzureBlob",
    "accountName": "contosolanding",
    "containerName": "raw",
    "credentials": {"credentialsType": "Sas", "secrets": {"secretsType": "Sas", "sasToken": "sv=2024&sig=hush"}},
}
"""The properties of a datastore with a credential."""


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


def read_file(project: Path, file: str) -> Any:
    """Return what a file of a project's description says."""
    return yaml.safe_load((project / "platform" / file).read_text("utf-8"))


Run = Callable[..., Ran]
"""Runs ``azureml-infra`` with these words."""
