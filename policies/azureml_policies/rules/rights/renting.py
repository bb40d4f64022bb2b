"""Machines that Azure lets people rent without asking whether they may create compute."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from azureml_arm.actions import BATCH_DEPLOYMENT, COMPUTE, JOB, ONLINE_DEPLOYMENT, RENT, SCHEDULE
from azureml_arm.compare import Difference
from azureml_arm.ids import workspace_of
from azureml_policies.baseline.model import Op, PlannedChange
from azureml_policies.requests import serverless
from azureml_policies.requests.unknown import UnknownError
from azureml_policies.requests.values import member
from azureml_policies.requests.write import Write
from azureml_policies.run import Run

_DESCRIBING = ("description", "displayname", "tags", "tags.*", "isarchived")
"""Properties, in lower case, that say what something is."""
_SERVING = (
    *("appinsightsenabled", "codeconfiguration", "codeconfiguration.*", "datacollector", "datacollector.*"),
    *("egresspublicnetworkaccess", "environmentid", "environmentvariables", "environmentvariables.*", "model"),
    *("modelmountpath", "livenessprobe", "livenessprobe.*", "readinessprobe", "readinessprobe.*", "startupprobe"),
    *("startupprobe.*", "requestsettings", "requestsettings.*"),
)
"""What an online deployment serves, and how: its machines run all the time, whatever it is."""
_HARMLESS: Mapping[str, tuple[str, ...]] = {
    JOB.lower(): _DESCRIBING,
    SCHEDULE.lower(): (*_DESCRIBING, *(f"action.jobdefinition.{path}" for path in _DESCRIBING)),
    ONLINE_DEPLOYMENT.lower(): (*_DESCRIBING, *_SERVING),
    BATCH_DEPLOYMENT.lower(): _DESCRIBING,
}
"""What may change of each type without renting more. Another command for a job that runs again isn't there: it may take
longer. Nor is what isn't known here."""
_COUNTS: Mapping[str, tuple[str, ...]] = {
    SCHEDULE.lower(): ("action.jobdefinition.resources.instancecount",),
    ONLINE_DEPLOYMENT.lower(): ("sku.capacity", "scalesettings.maxinstances", "scalesettings.mininstances"),
    BATCH_DEPLOYMENT.lower(): ("resources.instancecount",),
}
"""Numbers of machines: fewer are no more."""
_POSTS = ("start", "stop", "restart", "listKeys", "listNodes")
_USES = frozenset(f"{COMPUTE}/{verb}".lower() for verb in ("read", "delete", *(f"{post}/action" for post in _POSTS)))
"""What is asked of a compute without changing it, or as an action of its own that Azure lets few people do."""


def rent(run: Run) -> str:
    """Return the action that stands for "may rent machines": the config's, or creating compute."""
    return str(run.config.pack["rent"] or RENT)


def rents(write: Write) -> str | None:
    """Return what a write rents beside the computes that are there, in words; what can't be known yet counts as
    renting.

    So whoever may rent machines isn't stopped by a value that only the update will know.
    """
    try:
        return serverless.rents(write)
    except UnknownError as error:
        return f"{error}, so it may ask for serverless compute"


def rents_more(write: Write, run: Run) -> str | None:
    """Return what a write rents, in words; None where that is nothing, or no more than what is there rents."""
    asked = rents(write)
    return None if asked is None or rents_no_more(write, run.change(write)) else asked


def rents_no_more(write: Write, change: PlannedChange) -> bool:
    """Return whether a change is none, or of nothing but what rents no more."""
    found, type_name = change.differences, write.type.lower()
    if change != PlannedChange(Op.UPDATE, found):  # a replacement, say, runs it all once more
        return change == PlannedChange(Op.SAME)
    return bool(found) and (_stays_disabled(write, found) or all(_is_harmless(type_name, one) for one in found))


def _stays_disabled(write: Write, found: tuple[Difference, ...]) -> bool:
    """Return whether it is a schedule that is there, and won't run: enabling it is another change."""
    moved = any(one.path in ("id", "name") for one in found)
    return write.is_a(SCHEDULE) and member(member(write.body, "properties"), "isEnabled") is False and not moved


def _is_harmless(type_name: str, found: Difference) -> bool:
    path = found.path.lower()
    if path in _COUNTS.get(type_name, ()):
        return _is_count(found.old) and _is_count(found.new) and found.new <= found.old
    return any(fnmatchcase(path, pattern) for pattern in _HARMLESS.get(type_name, ()))


def _is_count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def needs_of(write: Write, run: Run) -> list[tuple[str, str]]:
    """Return the action, with its scope, that a write needs beside its own: to resize or set a compute is to change it,
    though Azure lets data scientists post any action below a workspace.
    """
    changes = write.is_a(COMPUTE) and bool(write.action) and write.action.lower() not in _USES
    return [(rent(run), workspace_of(write.id))] if changes else []
