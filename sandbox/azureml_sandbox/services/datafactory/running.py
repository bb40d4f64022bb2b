"""Runs of pipelines: their activities one after another, and how each of them ended.

https://learn.microsoft.com/azure/data-factory/concepts-pipelines-activities. Copies between storage accounts and calls
of Azure Resource Manager are done; any other activity fails, and says that the sandbox doesn't have it.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from azureml_arm import ids
from azureml_arm.actions import operations_of
from azureml_arm.clouds import PUBLIC
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.operations import iso
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.authorization.rights import Rights, SignedInPrincipal
from azureml_sandbox.services.datafactory.copying import ActivityError, copy
from azureml_sandbox.services.datafactory.expressions import Functions, UnknownValueError, evaluate, format_time

RUNS = "Microsoft.DataFactory/factories/pipelineruns"
ENDS = "ends"
IN_PROGRESS, SUCCEEDED, FAILED, SKIPPED = "InProgress", "Succeeded", "Failed", "Skipped"
MANUAL: Mapping[str, str] = {"id": "00000000000000000000000000000000", "name": "Manual", "invokedByType": "Manual"}
_VERBS = {"GET": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def start(azure: Cloud, pipeline: Body, parameters: Body, by: Mapping[str, str] = MANUAL) -> str:
    """Begin a run of a pipeline, and return its id. Where nothing takes time it is over at once."""
    factory = str(ids.parse(pipeline["id"]).parent)
    count = len(azure.of_type(RUNS, factory))
    run = derived.guid("pipelinerun", pipeline["id"], str(count))
    now = iso(azure.events.now())
    declared = pipeline["properties"].get("parameters") or {}
    given = {**{name: one.get("defaultValue") for name, one in declared.items()}, **parameters}
    properties = {
        "runId": run,
        "runGroupId": run,
        "isLatest": True,
        "pipelineName": pipeline["name"],
        "parameters": {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()},
        "invokedBy": dict(by),
        "runStart": now,
        "lastUpdated": now,
        "runEnd": None,
        "durationInMs": None,
        "status": IN_PROGRESS,
        "message": "",
        "runDimension": {},
        "annotations": [],
        "given": given,
        "activities": [],
    }
    run_id = f"{factory}/pipelineruns/{run}"
    azure.provide(run_id, {"properties": properties})
    if azure.events.enabled:
        azure.events.add(azure.events.pace, run_id, ENDS)
    else:
        end(azure, azure.get(run_id))
    return run


def end(azure: Cloud, run: Body) -> None:
    """Do what a run's pipeline says, and write how it ended."""
    properties = run["properties"]
    factory = azure.get(str(ids.parse(run["id"]).parent))
    pipeline = azure.get(f"{factory['id']}/pipelines/{properties['pipelineName']}")
    done: dict[str, Body] = {}
    _do_all(azure, factory, pipeline["properties"].get("activities"), _functions(factory, properties, done), done)
    failed = [one for one in done.values() if one["status"] == FAILED]
    now = azure.events.now()
    properties |= {
        "status": FAILED if failed else SUCCEEDED,
        "message": "".join(
            f"Operation on target {one['activityName']} failed: {one['error']['message']}" for one in failed[:1]
        ),
        "runEnd": iso(now),
        "lastUpdated": iso(now),
        "durationInMs": int(azure.events.pace * 1000),
        "activities": list(done.values()),
    }
    azure.update(run)


def _do_all(azure: Cloud, factory: Body, activities: Any, known: Functions, done: dict[str, Body]) -> None:
    """Do activities in the order in which they depend on each other."""
    waiting = list(activities or [])
    while ready := next((one for one in waiting if _is_ready(one, done)), None):
        waiting.remove(ready)
        done[ready["name"]] = _do(azure, factory, ready, known, done)


def _functions(factory: Body, properties: Mapping[str, Any], done: Mapping[str, Body]) -> Functions:
    """Return what a run's expressions may ask."""
    pipeline = {
        "RunId": properties["runId"],
        "GroupId": properties["runGroupId"],
        "Pipeline": properties["pipelineName"],
        "DataFactory": factory["name"],
        "TriggerTime": properties["runStart"],
        "TriggerName": properties["invokedBy"]["name"],
        "TriggerType": properties["invokedBy"]["invokedByType"],
        "parameters": properties["given"],
    }
    return {
        "pipeline": lambda: pipeline,
        "activity": lambda name: done[name],
        "utcnow": lambda *pattern: format_time(properties["runStart"], *pattern),
    }


def _is_ready(activity: Mapping[str, Any], done: Mapping[str, Body]) -> bool:
    return all(one["activity"] in done for one in activity.get("dependsOn") or [])


def _do(azure: Cloud, factory: Body, activity: Mapping[str, Any], known: Functions, done: dict[str, Body]) -> Body:
    """Return the run of one activity."""
    moment = iso(azure.events.now())
    result: Body = {
        "activityName": activity["name"],
        "activityType": activity["type"],
        "activityRunId": derived.guid("activityrun", activity["name"], moment),
        "activityRunStart": moment,
        "activityRunEnd": moment,
        "durationInMs": 0,
        "status": SUCCEEDED,
        "output": {},
        "error": {"errorCode": "", "message": "", "failureType": "", "target": activity["name"]},
    }
    if not all(_is_met(one, done[one["activity"]]) for one in activity.get("dependsOn") or []):
        return result | {"status": SKIPPED}
    try:
        if activity["type"] == "IfCondition":
            _branch(azure, factory, activity, known, done)
            return result
        return result | {"output": _ACTIVITIES.get(activity["type"], _refuse)(azure, factory, activity, known)}
    except (ActivityError, UnknownValueError, ArmError) as error:
        code = getattr(error, "code", "InvalidTemplate")
        message = getattr(error, "message", "") or str(error)
        fault = {"errorCode": code, "message": message, "failureType": "UserError", "target": activity["name"]}
        return result | {"status": FAILED, "error": fault}


def _branch(azure: Cloud, factory: Body, activity: Mapping[str, Any], known: Functions, done: dict[str, Body]) -> None:
    """Do the activities of one of two branches; raise ActivityError where one fails."""
    own = activity.get("typeProperties") or {}
    chosen = (
        own.get("ifTrueActivities" if evaluate(own.get("expression"), known) is True else "ifFalseActivities") or []
    )
    _do_all(azure, factory, chosen, known, done)
    failed = [one["name"] for one in chosen if done.get(one["name"], {}).get("status") == FAILED]
    if failed:
        raise ActivityError("ActionFailed", f"Activity failed because an inner activity failed: {', '.join(failed)}.")


def _is_met(dependency: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    wanted = dependency.get("dependencyConditions") or [SUCCEEDED]
    over = before["status"] in (SUCCEEDED, FAILED)
    return before["status"] in wanted or ("Completed" in wanted and over)


def _call(azure: Cloud, factory: Body, activity: Mapping[str, Any], known: Functions) -> Body:
    """Call Azure Resource Manager with the factory's identity."""
    given = evaluate(activity.get("typeProperties") or {}, known)
    address, method = urlsplit(str(given.get("url"))), str(given.get("method")).upper()
    if f"https://{address.hostname}" != PUBLIC.resource_manager:
        raise ActivityError("2108", f"Error calling the endpoint '{given.get('url')}': the sandbox has no such host.")
    body = given.get("body")
    body = json.loads(body) if isinstance(body, str) and body else body
    target, principal = ids.parse(address.path), (factory.get("identity") or {}).get("principalId") or ""
    own, name = (address.path, "") if method != "POST" else address.path.rsplit("/", 1)
    action = f"{operations_of(ids.parse(own).type)}/{f'{name}/action' if name else _VERBS.get(method, 'write')}"
    if not azure.part(Rights).decide(action, own, SignedInPrincipal(principal, factory["name"])).allowed:
        text = f"The client with object id '{principal}' does not have authorization to perform action '{action}'"
        raise _failed_call(given["url"], 403, f"{text} over scope '{own}'.")
    try:
        if method == "POST":
            return dict(azure.action(own, name, body, principal) or {})
        if method == "PUT":
            version = dict(part.split("=", 1) for part in address.query.split("&") if "=" in part).get("api-version")
            with azure.attempting():
                return azure.put(target.text, body or {}, version, principal)
        return azure.get(target.text) if method == "GET" else {"deleted": azure.delete(target.text)}
    except ArmError as error:
        raise _failed_call(given["url"], error.status, error.message) from error


def _failed_call(url: str, status: int, why: str) -> ActivityError:
    text = f"Error calling the endpoint '{url}'. Response status code: '{status}'. More details: {why}"
    return ActivityError("2108", text)


def _refuse(_azure: Cloud, _factory: Body, activity: Mapping[str, Any], _known: Functions) -> Body:
    raise ActivityError("SandboxActivity", f"the sandbox doesn't do activities of type {activity['type']}")


_Doer = Callable[[Cloud, Body, Mapping[str, Any], Functions], Body]
_ACTIVITIES: Mapping[str, _Doer] = {"Copy": copy, "WebActivity": _call, "Wait": lambda *_: {}}
