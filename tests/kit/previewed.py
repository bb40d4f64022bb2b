"""Previews of programs that have no description, as `pulumi preview --json` writes them: one document."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from azureml_review.model import Review
from azureml_review.review import review_of

SUBSCRIPTION = "5a4d0b0c-0000-4000-8000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ml"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""What marks an object as a secret's wrapper."""
IN_WORKSPACE = {"resourceGroupName": "rg-ml", "workspaceName": "mlw"}


def urn(kind: str, name: str) -> str:
    """Return the URN of a resource in the stack `dev`."""
    return f"urn:pulumi:dev::shop::{kind}::{name}"


def cluster(most: int, least: int = 0, size: str = "Standard_DS3_v2", **more: Any) -> dict[str, Any]:
    """Return a compute cluster's inputs."""
    scale = {"minNodeCount": least, "maxNodeCount": most}
    inner = {"vmSize": size, "scaleSettings": scale, **more}
    return {
        **IN_WORKSPACE,
        "computeName": "cpu",
        "location": "westeurope",
        "properties": {"computeType": "AmlCompute", "properties": inner},
    }


def step(  # noqa: PLR0917 - as it reads: what, of which kind, called what, from what to what
    op: str,
    kind: str,
    name: str,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    changed: Mapping[str, str] | None = None,
    **state: Any,
) -> dict[str, Any]:
    """Return one step; `changed` are its engine's paths with how they differ."""
    base = {"urn": urn(kind, name), "type": kind, "custom": True, **state}
    entry: dict[str, Any] = {"op": op, "urn": urn(kind, name)}
    if old is not None:
        entry["oldState"] = {**base, "inputs": old, "id": "id"}
    if new is not None:
        entry["newState"] = {**base, "inputs": new}
    if changed is not None:
        entry |= {"detailedDiff": {path: {"diffKind": how, "inputDiff": True} for path, how in changed.items()}}
        replacing = [path.split(".")[0] for path, how in changed.items() if how.endswith("replace")]
        entry |= {"replaceReasons": replacing} if replacing else {}
    return entry


def document(steps: Iterable[Mapping[str, Any]], **more: Any) -> str:
    """Return the document of these steps."""
    config = {"azure-native:subscriptionId": SUBSCRIPTION}
    return json.dumps({"config": config, "steps": list(steps), "changeSummary": {}, **more})


def make_review(steps: Iterable[Mapping[str, Any]], **more: Any) -> Review:
    """Return the review of these steps."""
    return review_of(document(steps, **more), "preview.json", base=Path("/nowhere"))


COMPUTE = "azure-native:machinelearningservices:Compute"
