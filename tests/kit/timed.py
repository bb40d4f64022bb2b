"""A cloud whose time passes when a test says so."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from azureml_arm import ids, roles
from azureml_sandbox.azure import SUBSCRIPTION, Azure
from azureml_sandbox.model import derived
from azureml_sandbox.model.clock import advance
from kit.clouds import STORAGE, WORKSPACE, compute, workspace

START = datetime.datetime(2027, 3, 1, 12, tzinfo=datetime.UTC)
"""When it is: a Monday."""
_DAY = 24 * 3600
_NOON = START.timestamp()
CLUSTER = f"{WORKSPACE}/computes/cpu"


def move_to_noon(azure: Azure) -> None:
    """Move a cloud's time on to noon: what it does at night doesn't depend on when a test runs."""
    advance(azure, (_NOON - azure.clock()) % _DAY)


class StillClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START.timestamp()

    def __call__(self) -> float:
        return self.now


class Timed:
    """A workspace in which an operation takes a second."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.azure = Azure()
        self.azure.operations.seconds = seconds
        self.now = START.timestamp()
        self.azure.clock = lambda: self.now
        workspace(self.azure)

    def wait(self, seconds: float = 0, **span: float) -> Timed:
        """Let time pass, and a request come."""
        self.now += seconds + datetime.timedelta(**span).total_seconds()
        self.azure.settle()
        return self

    def now_text(self) -> str:
        """Date and time."""
        return f"{datetime.datetime.fromtimestamp(self.now, datetime.UTC):%a %H:%M}"

    def cluster(self, most: int = 2, least: int = 0, **settings: Any) -> str:
        """Make a cluster whose identity may use the workspace's data, and return its id."""
        scale = {"minNodeCount": least, "maxNodeCount": most}
        body = compute("AmlCompute", **{"vmSize": "Standard_DS3_v2", "scaleSettings": scale, **settings})
        self.azure.put(CLUSTER, {**body, "identity": {"type": "SystemAssigned"}})
        self.wait(2)
        principal = self.azure.get(CLUSTER)["identity"]["principalId"]
        self.azure.put(
            f"{STORAGE}/providers/Microsoft.Authorization/roleAssignments/{derived.guid('data of', principal)}",
            {"properties": {
                "roleDefinitionId": roles.definition_id("Storage Blob Data Contributor", SUBSCRIPTION),
                "principalId": principal,
                "principalType": "ServicePrincipal",
            }},
        )  # fmt: skip
        return CLUSTER

    def settings(self, name: str = "cpu") -> dict[str, Any]:
        """Return the properties of a compute."""
        found: dict[str, Any] = self.azure.get(f"{WORKSPACE}/computes/{name}")["properties"]["properties"]
        return found

    def submit(self, name: str, kind: str = "Command", **properties: Any) -> str:
        """Submit a job; its id."""
        target = f"{WORKSPACE}/jobs/{name}"
        given = {"command": "echo", "environmentId": "azureml:e:1"} if kind == "Command" else {}
        self.azure.put(target, {"properties": {"jobType": kind, **given, **properties}})
        return target

    def state(self, name: str) -> str:
        """Return a job's state."""
        return str(self.azure.get(f"{WORKSPACE}/jobs/{name}")["properties"]["status"])

    def states(self, name: str, count: int, step: float = 0.5) -> list[str]:
        """Return the different states that a job goes through while time passes step by step."""
        found = [self.state(name)]
        for _ in range(count):
            state = self.wait(step).state(name)
            if state != found[-1]:
                found.append(state)
        return found

    def jobs(self, **query: str) -> list[str]:
        """Return the names of a list of jobs."""
        return [one["name"] for one in self.listing("jobs", query)]

    def listing(self, kind: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return what a list below the workspace has."""
        target = ids.parse(f"{WORKSPACE}/{kind}/any")
        return self.azure.kind(target).query_list(self.azure, WORKSPACE, query)
