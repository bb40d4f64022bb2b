"""Which requests rent or resize machines beside themselves, in ways that have no words in `serverless`.

Azure asks for the request's own action only, which data scientists have within a workspace
(https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning).
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from azureml_arm import ids
from azureml_arm.actions import ML, WORKSPACE
from azureml_arm.template.paths import clean
from azureml_policies.requests import factories, native_types
from azureml_policies.requests.tables import is_in_tables
from azureml_policies.requests.unknown import UnknownError, require_known
from azureml_policies.requests.write import Write


def rental(write: Write) -> tuple[str, str] | None:
    """Return what a request rents or resizes, in words, and the id of what it is in; None where it does neither.

    What can't be known yet counts as renting, so that whoever may rent machines isn't stopped by it.
    """
    lowered = write.type.lower()
    reader = next((reader for pattern, reader in _READERS.items() if fnmatchcase(lowered, pattern)), None)
    try:
        return reader(write) if reader else None
    except UnknownError as error:
        return f"{error}, so it may rent machines", write.id


def _machines(write: Write) -> tuple[str, str] | None:
    kind = write.type.rpartition("/")[2]
    return f"machines of {kind}", write.id


def _unheard_of(write: Write) -> tuple[str, str] | None:
    """Return that a type of Azure ML could rent machines where no version of azure-native has it: a data scientist's
    role has whatever a workspace will get.
    """
    known = is_in_tables(write.type) or write.type.lower() in native_types.types_of("machinelearningservices")
    return None if known else (f"{write.type} isn't known here and could rent machines", write.id)


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
    resized = clean(target)
    return "resizing by autoscale", resized if ids.is_id(resized) else write.id


_READERS: Mapping[str, Callable[[Write], tuple[str, str] | None]] = {
    pattern.lower(): reader
    for pattern, reader in (
        (f"{WORKSPACE}/connections/deployments", _machines),
        (f"{WORKSPACE}/endpoints/deployments", _machines),
        (f"{WORKSPACE}/inferencePools/*", _machines),
        (f"{ML}/capacityReservationGroups*", _machines),
        (f"{WORKSPACE}/featuresets/versions", _materialization),
        (f"{WORKSPACE}/labelingJobs", _labeling),
        (f"{WORKSPACE}/notebooks/vm*", _machines),
        ("Microsoft.Insights/autoscaleSettings", _autoscale),
        (factories.PIPELINES, factories.starts),
        (f"{ML}/*", _unheard_of),
    )
}
"""Types in lower case, with ``*`` for any text, and who reads them: the first that holds a type."""
