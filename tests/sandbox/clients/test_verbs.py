"""What `list` prints has the words that az prints: those that azure-ai-ml makes of the same resources."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("azure.ai.ml", reason="no azure-ai-ml")

from azure.ai.ml import MLClient

from kit.mlclient.client import credential, point_clients
from kit.scenarios import Scenario
from kit.served import serving

pytestmark = pytest.mark.long
GROUPS = {
    "workspace": "workspaces",
    "compute": "compute",
    "datastore": "datastores",
    "data": "data",
    "model": "models",
    "environment": "environments",
    "component": "components",
    "job": "jobs",
    "online-endpoint": "online_endpoints",
    "batch-endpoint": "batch_endpoints",
    "schedule": "schedules",
    "registry": "registries",
    "connection": "connections",
}
_LEFT_OUT = "what is Azure's default, or in no description"
OTHERWISE: Mapping[str, Mapping[str, str]] = {
    "workspace": dict.fromkeys(("allow_roleassignment_on_rg", "network_acls", "managed_network"), _LEFT_OUT),
    "compute": {
        **dict.fromkeys(("network_settings", "os_image_metadata", "services", "ssh_settings"), _LEFT_OUT),
        "idle_time_before_shutdown": "the older spelling of idle_time_before_shutdown_minutes",
        "enable_root_access": "not in the GA API",
    },
    "model": {"type": "a name has no type: azure-ai-ml makes up custom_model"},
    "online-endpoint": {"kind": _LEFT_OUT},
    "job": {"component": "azure-ai-ml shows the job of a nameless component as that"},
    "registry": dict.fromkeys(("managed_resource_group", "container_registry", "identity"), _LEFT_OUT),
    "connection": {
        "target": "in the connection's own word, as its file has it: endpoint, url",
        "credentials": "signing in with Microsoft Entra ID is what is meant where nothing is said",
    },
}
"""Words of azure-ai-ml's that aren't ours, and why: each is missing in some example."""


def test_list_has_azs_words(tmp_path: Path) -> None:
    found: dict[str, dict[str, str]] = {}
    for example in ("quickstart", "training", "schedules", "registry", "hub"):
        for noun, word in _missing_in(example, tmp_path / example):
            found.setdefault(noun, {})[word] = example
    assert {noun: sorted(words) for noun, words in found.items()} == {
        noun: sorted(words) for noun, words in OTHERWISE.items()
    }, f"the last example where each is missing: {found}"


def _missing_in(example: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the noun and the word of what is missing in an example's lists."""
    (folder / ".sandbox").mkdir(parents=True)
    scenario = Scenario(example, folder / ".sandbox" / "state.db").ready()
    (workspace, *_) = (one["id"] for one in scenario.azure.resources("Microsoft.MachineLearningServices/workspaces"))
    scenario.azure.close()
    _, _, subscription, _, group, *_, name = workspace.split("/")
    with serving(folder) as served, point_clients(served):
        client = MLClient(credential(served), subscription, group, name)
        at = ("--subscription", subscription, "-g", group, "-w", name)
        for noun in GROUPS:
            yield from ((noun, word) for word in _missing(client, noun, at, served.environment))


def _missing(client: Any, noun: str, at: tuple[str, ...], environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the words that azure-ai-ml says something by, and we don't have."""
    theirs = {one.name: one._to_dict() for one in getattr(client, GROUPS[noun]).list()}
    line = [sys.executable, "-m", "azureml_infra", noun, "list", *at]
    done = subprocess.run(line, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    ours = {one["name"]: one for one in json.loads(done.stdout)}
    assert theirs.keys() <= ours.keys()
    for name, words in theirs.items():
        yield from (word for word, value in words.items() if value and word not in ours[name])
