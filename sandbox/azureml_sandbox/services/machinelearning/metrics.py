"""What an online endpoint is measured by: its answers by deployment, minute and class of status.

https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints
"""

import json
from collections.abc import Mapping

from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.model.tables import ENDPOINT_METRICS

KEPT = 240
"""Minutes that are kept."""
Minutes = Mapping[int, Mapping[str, tuple[int, float]]]
"""Minute since 1970 -> class of status (``2xx``) -> how many answers, and how many milliseconds they took in all."""


def record(azure: Cloud, deployment_id: str, status: str, milliseconds: float, count: int = 1) -> None:
    """Count answers of a deployment, of a class of status (``5xx``), that took so long each."""
    with azure.changing():
        minutes = {minute: dict(classes) for minute, classes in answers_of(azure, deployment_id).items()}
        now = minutes.setdefault(int(azure.clock() // 60), {})
        before, took = now.get(status, (0, 0.0))
        now[status] = (before + count, took + milliseconds * count)
        kept = {str(minute): minutes[minute] for minute in sorted(minutes)[-KEPT:]}
        azure.store.set(ENDPOINT_METRICS, deployment_id.lower(), json.dumps(kept))


def answers_of(azure: Cloud, deployment_id: str) -> Minutes:
    """Return the answers that a deployment gave."""
    found = json.loads(azure.store.get(ENDPOINT_METRICS, deployment_id.lower()) or "{}")
    return {int(minute): {key: (one[0], one[1]) for key, one in classes.items()} for minute, classes in found.items()}
