"""The smoke run's own project: a few files, for a workspace with a cluster of no nodes, which costs cents."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azureml_infra.smoke.engine import STACK

NAME = "smoke"
CLUSTER = "cpu"
WORDS = ("A smoke run.", "A smoke run, with one word changed.")
"""The workspace's description, before and after the edit."""
_PROGRAM = '''"""The program of `azureml-infra smoke`."""

import pulumi

from azureml_infra import Platform

Platform.from_config().export(pulumi.export)
'''
_FILES = ("Pulumi.yaml", "__main__.py", "platform.yml", "rows.csv", f"Pulumi.{STACK}.yaml")


@dataclass(frozen=True)
class SmokePlace:
    """Where the platform goes, and who makes it."""

    subscription: str
    group: str
    location: str
    who: Mapping[str, str]
    """As an entry of `access` names them."""


def write(folder: Path, place: SmokePlace, words: str) -> None:
    """Write the project; an edit is another call with other words. YAML is JSON here."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "azure-native:subscriptionId": place.subscription,
        "azureml-infra:description": ".",
        "azureml-infra:disposable": "true",
    }
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    contents = (
        json.dumps({"name": "azureml-smoke", "runtime": runtime}, indent=2),
        _PROGRAM,
        json.dumps(_platform(place, words), indent=2),
        "a,b\n1,2\n",
        json.dumps({"config": settings}, indent=2),
    )
    for name, content in zip(_FILES, contents, strict=True):
        if name != f"Pulumi.{STACK}.yaml" or not (folder / name).exists():  # Pulumi's CLI writes into that one
            (folder / name).write_text(content, encoding="utf-8")


def remove(folder: Path) -> None:
    """Remove what `write` wrote, and the folder if nothing else is in it."""
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def is_there(folder: Path) -> bool:
    """Return whether an earlier run left its project, and so perhaps its resources."""
    return (folder / "platform.yml").exists()


def _platform(place: SmokePlace, words: str) -> dict[str, Any]:
    return {
        "name": NAME,
        "location": place.location,
        "resource_group": {"name": place.group, "existing": True},
        "workspace": {"description": words},
        "access": [{"role": "Storage Blob Data Contributor", **place.who, "scope": "storage"}],
        "computes": [{"name": CLUSTER, "type": "amlcompute", "size": "Standard_DS2_v2", "max_instances": 1}],
        "environments": [{"name": NAME, "version": "1", "image": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"}],
        "data": [{"name": NAME, "version": "1", "type": "uri_file", "path": "rows.csv"}],
    }
