"""What a pipeline of Data Factory starts: its activities as what they call or run.

A pipeline acts as its factory's identity, whoever wrote it. Read by whitelist: an activity that moves data starts
nothing, a call of Azure Resource Manager is judged as what it asks for, and any other could start machines
(https://learn.microsoft.com/azure/data-factory/concepts-pipelines-activities).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from azureml_arm.actions import JOB
from azureml_arm.clouds import CLOUDS
from azureml_policies.requests import serverless
from azureml_policies.requests.unknown import require_all_known
from azureml_policies.requests.values import member
from azureml_policies.requests.write import Write

PIPELINES = "Microsoft.DataFactory/factories/pipelines"
_MOVES = frozenset({"copy", "lookup"})
"""Activities that read and write: what, their `source` and `sink` say."""
_WAITS = frozenset({"getmetadata", "delete", "wait", "validation", "setvariable", "appendvariable", "filter", "fail"})
"""Activities that look, wait and decide, and start nothing."""
_STORES = (
    *("binary", "delimitedtext", "json", "parquet", "avro", "orc", "excel", "xml", "blob", "azureblobfs"),
    *("azuresql", "sqlserver", "sqlmi", "sqldw"),
)
"""What is read and written as files and tables; others call an interface with the factory's identity, or run clusters
(https://learn.microsoft.com/azure/data-factory/copy-activity-overview)."""
_HOLDS = frozenset({"foreach", "until", "ifcondition", "switch"})
"""Activities that hold others."""
_BRANCHES = ("activities", "ifTrueActivities", "ifFalseActivities", "defaultActivities")
_MANAGERS = "|".join(re.escape(cloud.resource_manager) for cloud in CLOUDS.values())
"""Who is called gets a token of the factory's identity: no other host than Azure Resource Manager's."""
_EXPRESSION = r"@\{(?:pipeline\(\)\.RunId|formatDateTime\(pipeline\(\)\.TriggerTime,'[\w-]+'\))\}"
"""What a name may hold that only the run makes: neither can be anything but letters, digits and dashes."""
_NAME = rf"\w(?:[\w.-]|{_EXPRESSION})*"
_CALL = re.compile(
    rf"(?:{_MANAGERS})(?P<workspace>/subscriptions/[\w-]+/resourceGroups/[\w.()-]+/providers/"
    rf"Microsoft\.MachineLearningServices/workspaces/[\w-]+)"
    rf"/(?:jobs/(?P<job>{_NAME})|data/{_NAME}/versions/(?:{_NAME}|{_EXPRESSION}))\?api-version=[\w-]+",
    re.IGNORECASE | re.ASCII,
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
        own = member(one, "typeProperties")
        cases = member(own, "cases") or []
        for held in (own, *(cases if isinstance(cases, list | tuple) else [cases])):
            for branch in _BRANCHES:
                yield from _every(member(held, branch) or [])


def _starts(activity: Mapping[str, Any], write: Write) -> tuple[str, str] | None:
    kind, own = str(member(activity, "type") or "").lower(), member(activity, "typeProperties")
    if kind in _WAITS | _HOLDS or (kind in _MOVES and _is_of_stores(own)):
        return None
    call = _CALL.fullmatch(str(member(own, "url"))) if kind == "webactivity" else None
    if call is None or str(member(own, "method")).upper() != "PUT":
        return f"what the activity {member(activity, 'name')} of a pipeline may start", write.id
    if call["job"] is None:
        return None
    body = member(own, "body")
    body = body if isinstance(body, Mapping) else {}
    job = Write(JOB, f"{call['workspace']}/jobs/{call['job']}", body, planned=write.planned)
    reason = serverless.rents(job)
    return (f"{reason} of the job that a pipeline starts", call["workspace"]) if reason else None


def _is_of_stores(own: Any) -> bool:
    """Return whether what is read, and written where anything is, are files and tables."""
    source, sink = member(own, "source"), member(own, "sink")
    kinds = [(source, "source"), *([(sink, "sink")] if sink is not None else [])]
    return all(str(member(given, "type")).lower() in {f"{one}{end}" for one in _STORES} for given, end in kinds)
