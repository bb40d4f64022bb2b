"""What rents more than before needs the right to rent machines; what rents no more, only the right to change it."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from azureml_arm import ids
from azureml_policies.baseline.live import Live
from azureml_policies.baseline.model import Baseline
from azureml_policies.requests import writes
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN
from kit.guarded import DEFAULTS, IN_WORKSPACE, ML, WORKSPACE, denied_names, job, plan_of, state
from kit.rows import each

ENDPOINTS = "endpoints-operators-only"
CPU = f"{WORKSPACE}/computes/cpu"


class There:
    """Azure as a plan made it."""

    def __init__(self, *planned: Planned) -> None:
        made = [write for item in planned for write in writes(item, DEFAULTS)]
        self._bodies = {ids.canonical(write.id): {**write.body, "id": write.id} for write in made}

    def get(self, path: str, api_version: str) -> dict[str, Any] | None:
        assert api_version
        return self._bodies.get(ids.canonical(path))

    def list(self, path: str, api_version: str) -> Iterable[dict[str, Any]]:
        assert api_version
        return [body for key, body in self._bodies.items() if key.rpartition("/")[0] == ids.canonical(path)]


def exported_state(before: Planned) -> Baseline:
    return state(before)


def live(before: Planned) -> Baseline:
    return Live(There(before))


PASTS = pytest.mark.parametrize("past", [exported_state, live])


def native(token: str, properties: Mapping[str, Any], **more: Any) -> Planned:
    return plan_of(f"azure-native:machinelearningservices:{token}", "it", **IN_WORKSPACE, **more, properties=properties)


def schedule(definition: Mapping[str, Any], **more: Any) -> Planned:
    action = {"actionType": "CreateJob", "jobDefinition": definition}
    trigger = {"triggerType": "Cron", "expression": "0 3 * * *"}
    return native("Schedule", {"action": action, "trigger": trigger, "isEnabled": True, **more}, name="nightly")


def online(count: int = 2, **properties: Any) -> Planned:
    given = {"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2", "model": "m1", **properties}
    names = {"endpointName": "e", "deploymentName": "d", "location": "westeurope"}
    return native("OnlineDeployment", given, **names, sku={"name": "Default", "capacity": count})


def batch(count: int = 2, **properties: Any) -> Planned:
    resources = {"instanceType": "Standard_DS3_v2", "instanceCount": count}
    names = {"endpointName": "e", "deploymentName": "d", "location": "westeurope"}
    return native("BatchDeployment", {"model": {}, "resources": resources, **properties}, **names)


COMMAND = {"jobType": "Command", "command": "python x.py", "environmentId": f"{WORKSPACE}/environments/e/versions/1"}
TWO: dict[str, Any] = {"resources": {"instanceType": "Standard_DS3_v2", "instanceCount": 2}}
NIGHTLY = schedule({**COMMAND, **TWO}, tags={"a": "1"})
TRAIN = job(computeId=None, **TWO, tags={"a": "1"}, isArchived=False)
KUBERNETES: dict[str, Any] = {"endpointComputeType": "Kubernetes"}


def with_properties(item: Planned, **more: Any) -> Planned:
    return dataclasses.replace(item, inputs={**item.inputs, "properties": {**item.inputs["properties"], **more}})


NO_MORE: dict[str, tuple[Planned, Planned]] = {
    "a schedule is disabled": (NIGHTLY, with_properties(NIGHTLY, isEnabled=False)),
    "a schedule is described": (NIGHTLY, with_properties(NIGHTLY, description="d", displayName="n")),
    "a schedule has other tags": (NIGHTLY, with_properties(NIGHTLY, tags={"b": "2"})),
    "a schedule's job is described": (NIGHTLY, schedule({**COMMAND, **TWO, "displayName": "n"}, tags={"a": "1"})),
    "a schedule's job takes fewer machines": (
        NIGHTLY,
        schedule({**COMMAND, "resources": {**TWO["resources"], "instanceCount": 1}}, tags={"a": "1"}),
    ),
    "a disabled schedule gets another job": (
        with_properties(NIGHTLY, isEnabled=False),
        with_properties(schedule({**COMMAND, "command": "python y.py"}), isEnabled=False),
    ),
    "a schedule's job goes to a cluster": (NIGHTLY, schedule({**COMMAND, "computeId": CPU}, tags={"a": "1"})),
    "a job has other tags": (TRAIN, with_properties(TRAIN, tags={"a": "2", "b": "3"})),
    "a job is described": (TRAIN, with_properties(TRAIN, description="d", displayName="n")),
    "a job is archived": (TRAIN, with_properties(TRAIN, isArchived=True)),
    "an online deployment is scaled down": (online(2), online(1)),
    "an online deployment is described": (online(), online(description="d", tags={"a": "1"})),
    "an online deployment serves another model": (online(), online(model="m2", environmentVariables={"A": "1"})),
    "an online deployment may grow less": (
        online(scaleSettings={"scaleType": "TargetUtilization", "minInstances": 2, "maxInstances": 9}),
        online(scaleSettings={"scaleType": "TargetUtilization", "minInstances": 1, "maxInstances": 3}),
    ),
    "an online deployment on Kubernetes grows": (online(1, **KUBERNETES), online(9, **KUBERNETES)),
    "a batch deployment is described": (batch(), batch(description="d")),
    "a batch deployment takes fewer machines": (batch(2), batch(1)),
}
MORE: dict[str, tuple[Planned, Planned]] = {
    "a schedule is enabled": (with_properties(NIGHTLY, isEnabled=False), NIGHTLY),
    "a schedule runs more often": (
        NIGHTLY,
        with_properties(NIGHTLY, trigger={"triggerType": "Cron", "expression": "* * * * *"}),
    ),
    "a schedule's job takes more machines": (
        NIGHTLY,
        schedule({**COMMAND, "resources": {**TWO["resources"], "instanceCount": 3}}, tags={"a": "1"}),
    ),
    "a schedule's job takes others": (
        NIGHTLY,
        schedule({**COMMAND, "resources": {**TWO["resources"], "instanceType": "Standard_ND96"}}, tags={"a": "1"}),
    ),
    "a schedule's job does something else": (NIGHTLY, schedule({**COMMAND, **TWO, "command": "sleep 9"})),
    "a schedule's count isn't known": (
        NIGHTLY,
        schedule({**COMMAND, "resources": {**TWO["resources"], "instanceCount": UNKNOWN}}, tags={"a": "1"}),
    ),
    "a job under another name": (TRAIN, dataclasses.replace(TRAIN, inputs={**TRAIN.inputs, "id": "again"})),
    "a job is described and takes more": (
        TRAIN,
        with_properties(TRAIN, description="d", resources={**TWO["resources"], "instanceCount": 9}),
    ),
    "a job of an unknown property": (TRAIN, with_properties(TRAIN, somethingNew=True)),
    "an online deployment grows": (online(2), online(3)),
    "an online deployment takes other machines": (online(), online(instanceType="Standard_ND96")),
    "an online deployment scales by itself": (online(), online(scaleSettings={"scaleType": "TargetUtilization"})),
    "an online deployment leaves Kubernetes": (online(**KUBERNETES), online()),
    "an online deployment's compute type isn't known": (online(), online(endpointComputeType=UNKNOWN)),
    "a batch deployment takes more machines": (batch(2), batch(3)),
    "a batch deployment leaves its cluster": (batch(compute=CPU), batch()),
}


def denied_rules(before: Planned, after: Planned, past: Any, who: str = "dana") -> list[str]:
    rules = ("compute-admins-only", ENDPOINTS)
    return [name for rule in rules for name in denied_names([after], who, rule, past=past(before))]


@PASTS
@each("case", NO_MORE)
def test_what_rents_no_more_needs_no_right_to_rent(case: str, past: Any) -> None:
    before, after = NO_MORE[case]
    assert denied_rules(before, after, past) == []


@PASTS
@each("case", MORE)
def test_what_rents_more_needs_the_right_to_rent(case: str, past: Any) -> None:
    before, after = MORE[case]
    assert denied_rules(before, after, past) == [after.name]
    assert denied_rules(before, after, past, "olga") == []


def test_a_schedules_job_that_leaves_its_cluster_rents_more() -> None:
    assert denied_rules(schedule({**COMMAND, "computeId": CPU}), schedule(COMMAND), exported_state) == ["it"]


@each("case", [*NO_MORE, *MORE])
def test_what_is_new_rents_all_of_it(case: str) -> None:
    _before, after = (NO_MORE | MORE)[case]
    kubernetes = "on Kubernetes" in case
    on_cluster = "goes to a cluster" in case
    assert denied_rules(job("other"), after, exported_state) == ([] if kubernetes or on_cluster else [after.name])


@each(
    ("kind", "action", "rule"),
    [("jobs/j", "cancel", "compute-admins-only"), ("onlineEndpoints/e/deployments/d", "getLogs", ENDPOINTS)],
)
def test_an_action_that_starts_nothing_rents_nothing(kind: str, action: str, rule: str) -> None:
    assert denied_names([post(kind, action)], rule=rule) == []
    assert denied_names([post(kind, "somethingNew")], rule=rule) == ["post"]


@each("action", ["resize", "updateIdleShutdownSetting", "updateSchedules", "reimage", "somethingNew"])
def test_an_action_that_changes_a_compute_needs_the_right_to_rent(action: str) -> None:
    for spelled in (action, action.upper()):
        assert denied_names([post("computes/cpu", spelled)]) == ["post"]
        assert denied_names([post("computes/cpu", spelled)], "carl") == []


@each("action", ["start", "stop", "restart", "listNodes"])
def test_an_action_that_uses_a_compute_needs_its_own_right(action: str) -> None:
    assert denied_names([post("computes/cpu", action)]) == []
    assert denied_names([post("computes/cpu", action)], "rita") == ["post"]


def post(below: str, action: str) -> Planned:
    type_name = "/".join([ML, *below.split("/")[::2]])
    given = {"type": f"{type_name}@2025-09-01", "resourceId": f"{WORKSPACE}/{below}", "action": action}
    return plan_of("azapi:index/resourceAction:ResourceAction", "post", None, **given)
