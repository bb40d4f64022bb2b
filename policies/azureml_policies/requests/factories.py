"""What a pipeline of Data Factory starts: its activities as what they call or run.

A pipeline acts as its factory's identity, whoever wrote it. Read by whitelist: an activity that moves data starts
nothing, a call of Azure Resource Manager is judged as what it asks for, and any other could start machines
(https://learn.microsoft.com/azure/data-factory/concepts-pipelines-activities).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from azureml_arm.actions import JOB
from azureml_policies.requests import serverless
from azureml_policies.requests.unknown import require_all_known
from azureml_policies.requests.write import Write

PIPELINES = "Microsoft.DataFactory/factories/pipelines"
_MOVES = frozenset(
    {
        *("copy", "lookup", "getmetadata", "delete", "wait"),
        *("validation", "setvariable", "appendvariable", "filter", "fail"),
    }
)
"""Activities that read, write and wait, and start nothing."""
_HOLDS = frozenset({"foreach", "until", "ifcondition", "switch"})
"""Activities that hold others."""
_BRANCHES = ("activities", "iftrueactivities", "iffalseactivities", "defaultactivities")
_CALL = re.compile(
    r"https://management\.[a-z.]+(?P<workspace>/subscriptions/[^/?]+/resourceGroups/[^/?]+/providers/"
    r"Microsoft\.MachineLearningServices/workspaces/[^/?]+)/(?P<kind>jobs|data)/(?P<rest>[^?]+)\?[^?]*",
    re.IGNORECASE,
)


def starts(write: Write) -> tuple[str, str] | None:
    """Return what a pipeline starts, in words, and where; None where it only moves data and registers it."""
    if write.raw:
        return "what a pipeline may start", write.id
    given = require_all_known(write.read("properties.activities") or [], "properties.activities")
    return next(filter(None, (_starts(one, write) for one in _every(given))), None)


def _every(activities: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the activities, and those within them."""
    for one in activities if isinstance(activities, list | tuple) else [activities]:
        if not isinstance(one, Mapping):
            yield {}
            continue
        yield one
        inner = {key.lower(): value for key, value in _own(one).items()}
        cases = [case.get("activities") or [] for case in inner.get("cases") or [] if isinstance(case, Mapping)]
        for held in (*(inner.get(branch) or [] for branch in _BRANCHES), *cases):
            yield from _every(held)


def _own(activity: Mapping[str, Any]) -> Mapping[str, Any]:
    own = activity.get("typeProperties")
    return own if isinstance(own, Mapping) else {}


def _starts(activity: Mapping[str, Any], write: Write) -> tuple[str, str] | None:
    kind, name = str(activity.get("type") or "").lower(), activity.get("name")
    if kind in _MOVES | _HOLDS:
        return None
    call = _CALL.fullmatch(str(_own(activity).get("url"))) if kind == "webactivity" else None
    if call is None or str(_own(activity).get("method")).upper() != "PUT":
        return f"what the activity {name} of a pipeline may start", write.id
    if call["kind"].lower() == "data":
        return None
    body = _own(activity).get("body")
    job = Write(
        JOB, f"{call['workspace']}/jobs/{call['rest']}", body if isinstance(body, Mapping) else {}, write.planned
    )
    reason = serverless.rents(job)
    return (f"{reason} of the job that a pipeline starts", call["workspace"]) if reason else None
