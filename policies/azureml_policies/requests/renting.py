"""Which requests rent or resize machines beside themselves, in ways that have no words in `serverless`.

Azure asks for the request's own action only, which data scientists have within a workspace
(https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from azureml_arm.actions import ML, WORKSPACE
from azureml_arm.template.paths import clean
from azureml_policies.requests.unknown import require_known
from azureml_policies.requests.write import Write


def rental(write: Write) -> tuple[str, str] | None:
    """Return what a request rents or resizes, in words, and the id of what it is in; None where it does neither.

    UnknownError says which value has to be known to tell.
    """
    lowered = write.type.lower()
    for pattern, reader in _READERS.items():
        if fnmatchcase(lowered, pattern.lower()):
            return reader(write)
    return None


def _machines(write: Write) -> tuple[str, str] | None:
    kind = write.type.rpartition("/")[2]
    return f"machines of {kind}", write.id


def _materialization(write: Write) -> tuple[str, str] | None:
    """Return what a feature set's materialization rents: Spark on a schedule, or at once by a backfill
    (https://learn.microsoft.com/azure/machine-learning/how-to-schedule-materialization).
    """
    if write.action:
        backfills = write.action.lower().endswith("/backfill/action")
        return ("serverless Spark compute of a backfill", write.id) if backfills else None
    given = write.read("properties.materializationSettings")
    if not isinstance(given, Mapping):
        return None
    off = write.text_at("properties.materializationSettings.storeType") == "none"
    return None if off else ("serverless Spark compute of a materialization", write.id)


def _labeling(write: Write) -> tuple[str, str] | None:
    """Return what a labeling project's assistance rents: it trains models on a compute, serverless if it names none."""
    assists = write.text_at("properties.mlAssistConfiguration.mlAssist", "disabled") == "enabled"
    return ("compute of ML-assisted labeling", write.id) if assists else None


def _autoscale(write: Write) -> tuple[str, str] | None:
    """Return what an autoscale setting resizes
    (https://learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints).
    """
    target = require_known(write.read("properties.targetResourceUri"), "properties.targetResourceUri")
    if write.read("properties.enabled", default=True) is False:
        return None
    return "resizing by autoscale", clean(target) if target else write.id


_READERS: Mapping[str, Callable[[Write], tuple[str, str] | None]] = {
    f"{WORKSPACE}/connections/deployments": _machines,
    f"{WORKSPACE}/endpoints/deployments": _machines,
    f"{WORKSPACE}/inferencePools/*": _machines,
    f"{ML}/capacityReservationGroups*": _machines,
    f"{WORKSPACE}/featuresets/versions": _materialization,
    f"{WORKSPACE}/labelingJobs": _labeling,
    "Microsoft.Insights/autoscaleSettings": _autoscale,
}
"""Types, with ``*`` for any text, and who reads them."""
