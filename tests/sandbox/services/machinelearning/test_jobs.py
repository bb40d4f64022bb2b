"""Jobs in time: queued, run and ended; their nodes, steps and trials."""

import json
from typing import Any

import pytest

from azureml_sandbox.services.machinelearning.runs import RunDetails, load, run_details
from kit.clouds import STORAGE, WORKSPACE, compute, refused
from kit.timed import CLUSTER, Timed

pytestmark = pytest.mark.any_body("what a job needs to be submitted is not what these tests are about")
ALL = ["Starting", "Queued", "Running", "Finalizing", "Completed"]


def details(timed: Timed, name: str) -> RunDetails:
    return run_details(timed.azure, timed.azure.get(f"{WORKSPACE}/jobs/{name}"))


def log(timed: Timed, name: str) -> str:
    (url,) = details(timed, name).logs.values()
    _, account, container, blob = url.replace(".blob.core.windows.net", "").replace("https:/", "").split("/", 3)
    return timed.azure.blobs.get(account, container, blob).decode()


def pipeline(**more: Any) -> dict[str, Any]:
    """Return two steps, one of which reads what the other one writes."""
    reads = {"x": {"job_input_type": "uri_folder", "value": "${{parent.jobs.first.outputs.o}}"}}
    return {"jobs": {"first": {"type": "command", **more}, "second": {"type": "command", "inputs": reads}}}


def test_a_job_goes_through_its_states(timed: Timed) -> None:
    timed.submit("train")
    assert timed.states("train", 12) == ALL
    found = details(timed, "train")
    assert found.created is not None
    assert found.started is not None
    assert found.ended is not None
    assert (found.started - found.created, found.ended - found.started) == (1.5, 3.25)
    assert list(found.logs) == ["user_logs/std_log.txt"]
    assert "Finalizing run..." in log(timed, "train")


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("https://{account}.blob.core.windows.net:443/code/src", "Failed"),
        ("https://localhost:8443/blob/{account}/code/src", "Failed"),
        ("https://{account}.blob.core.localhost:8443/code/src", "Failed"),
        ("https://localhost:8443/blob/nobody/code/src", "Completed"),
        ("https://{account}.blob.core.windows.net/none/src", "Completed"),
        ("https://localhost/", "Completed"),
    ],
    ids=["azure", "path", "name", "unknown-account", "unknown-container", "nowhere"],
)
def test_code_in_its_submitters_name_is_checked_wherever_its_address_leads(timed: Timed, code: str, end: str) -> None:
    azure, account = timed.azure, STORAGE.rpartition("/")[2]
    azure.put(f"{STORAGE}/blobServices/default/containers/code", {})
    azure.blobs.put(account, "code", "src/main.py", b"print()")
    code_id = f"{WORKSPACE}/codes/c/versions/1"
    hashes = {"hash_sha256": "other", "hash_version": "202208"}
    azure.put(code_id, {"properties": {"codeUri": code.format(account=account), "properties": hashes}})
    timed.submit("train", codeId=code_id, identity={"identityType": "UserIdentity"})
    timed.wait(seconds=30)
    assert azure.get(f"{WORKSPACE}/jobs/train")["properties"]["status"] == end


def test_a_request_after_days_finds_what_the_days_have_done(timed: Timed) -> None:
    timed.cluster()
    timed.submit("train", computeId=CLUSTER)
    timed.wait(days=3)
    ended = details(timed, "train").ended
    assert ended is not None
    assert timed.now - ended > 2.9 * 86_400
    assert timed.settings()["currentNodeCount"] == 0


def test_a_cluster_gives_its_nodes_to_one_job_after_the_other(timed: Timed) -> None:
    timed.cluster(most=2)
    for name in ("a", "b", "c"):
        timed.submit(name, computeId=CLUSTER)
    timed.wait(2)
    assert [timed.state(name) for name in "abc"] == ["Running", "Running", "Queued"]
    assert timed.settings()["nodeStateCounts"]["runningNodeCount"] == 2
    nodes = timed.azure.action(CLUSTER, "listNodes")["nodes"]
    assert sorted(node["runId"] for node in nodes) == ["a", "b"]
    timed.wait(3)
    assert timed.state("c") == "Running"
    timed.wait(5)
    assert timed.settings()["nodeStateCounts"]["idleNodeCount"] == 2
    timed.wait(120)
    assert timed.azure.action(CLUSTER, "listNodes") == {"computeType": "AmlCompute", "nodes": []}


def test_a_job_that_needs_more_nodes_than_there_can_be_fails(timed: Timed) -> None:
    timed.cluster(most=2)
    timed.submit("big", computeId=CLUSTER, resources={"instanceCount": 3})
    timed.wait(5)
    assert timed.state("big") == "Failed"
    error = details(timed, "big").error
    assert error is not None
    assert "needs 3 nodes, more than compute 'cpu' may have" in error["message"]


@pytest.mark.parametrize("asked", ["Failed", "canceled"])
def test_a_tag_asks_for_the_end(timed: Timed, asked: str) -> None:
    timed.submit("train", tags={"sandbox.outcome": asked, "sandbox.duration": "PT1H"})
    assert timed.wait(minutes=59).state("train") == "Running"
    assert timed.wait(minutes=2).state("train") == asked.title()


def test_a_job_that_takes_longer_than_its_limit_is_canceled(timed: Timed) -> None:
    limits = {"jobLimitsType": "Command", "timeout": "PT10M"}
    timed.submit("train", tags={"sandbox.duration": "1h"}, limits=limits)
    assert timed.wait(minutes=9).state("train") == "Running"
    assert timed.wait(minutes=2).state("train") == "Canceled"


def test_a_canceled_job_gives_its_nodes_back(timed: Timed) -> None:
    timed.cluster(most=1)
    running = timed.submit("a", computeId=CLUSTER, tags={"sandbox.duration": "1d"})
    timed.submit("b", computeId=CLUSTER)
    timed.wait(2)
    timed.azure.action(running, "cancel")
    assert (timed.state("a"), timed.state("b")) == ("CancelRequested", "Queued")
    timed.wait(1)
    assert (timed.state("a"), timed.state("b")) == ("Canceled", "Running")
    with refused("UserError", 400):
        timed.azure.action(running, "cancel")


def test_a_canceled_job_that_waited_stays_canceled(timed: Timed) -> None:
    timed.cluster(most=1)
    timed.submit("a", computeId=CLUSTER)
    waiting = timed.submit("b", computeId=CLUSTER)
    timed.wait(2)
    timed.azure.action(waiting, "cancel")
    timed.wait(60)
    assert (timed.state("a"), timed.state("b")) == ("Completed", "Canceled")


def test_only_what_has_ended_can_be_deleted(timed: Timed) -> None:
    job = timed.submit("train")
    with refused("UserError", 400):
        timed.azure.delete(job)
    timed.wait(60)
    assert timed.azure.delete(job)
    timed.submit("train")
    assert timed.states("train", 12) == ALL


def test_a_pipelines_steps_follow_each_other(timed: Timed) -> None:
    timed.cluster()
    timed.submit("p", "Pipeline", **pipeline(), settings={"default_compute": CLUSTER})
    timed.wait(4)
    first, second = details(timed, "p").children
    assert (timed.state(first), timed.state(second)) == ("Running", "NotStarted")
    assert details(timed, first).parent == details(timed, first).root == "p"
    timed.wait(30)
    assert [timed.state(name) for name in ("p", first, second)] == ["Completed"] * 3
    started, ended = details(timed, second).started, details(timed, first).ended
    assert started is not None
    assert ended is not None
    assert started > ended
    assert timed.jobs() == ["p"]


def test_a_pipeline_fails_with_a_step_and_what_needs_it_is_not_run(timed: Timed) -> None:
    timed.submit("p", "Pipeline", **pipeline(tags={"sandbox.outcome": "Failed"}))
    timed.wait(60)
    first, second = details(timed, "p").children
    assert [timed.state(name) for name in ("p", first, second)] == ["Failed", "Failed", "Canceled"]
    assert details(timed, second).started is None


def test_canceling_a_pipeline_cancels_its_steps(timed: Timed) -> None:
    job = timed.submit("p", "Pipeline", **pipeline())
    timed.wait(4)
    timed.azure.action(job, "cancel")
    timed.wait(4)
    assert {timed.state(name) for name in ("p", *details(timed, "p").children)} == {"Canceled"}


def test_a_sweep_has_its_trials_a_few_at_once(timed: Timed) -> None:
    space = {"lr": ["uniform", [0.1, 0.2]], "layers": ["choice", [[1, 2, 3]]]}
    limits = {"maxTotalTrials": 5, "maxConcurrentTrials": 2}
    job = timed.submit("s", "Sweep", limits=limits, searchSpace=space, trial={"command": "echo"})
    timed.wait(3)
    assert details(timed, "s").children == ("s_0", "s_1")
    timed.wait(60)
    found = details(timed, "s")
    assert found.children == ("s_0", "s_1", "s_2", "s_3", "s_4")
    assert {timed.state(name) for name in ("s", *found.children)} == {"Completed"}
    assert timed.azure.get(job)["properties"]["properties"]["best_child_run_id"] == "s_0"


def test_an_automl_job_tries_models_and_names_the_best(timed: Timed) -> None:
    details_ = {"taskType": "Classification", "limitSettings": {"maxTrials": 4, "maxConcurrentTrials": 2}}
    job = timed.submit("a", "AutoML", taskDetails=details_)
    timed.wait(3)
    assert details(timed, "a").children == ("a_0", "a_1")
    timed.wait(60)
    found = details(timed, "a")
    assert found.children == ("a_0", "a_1", "a_2", "a_3")
    assert {timed.state(name) for name in ("a", *found.children)} == {"Completed"}
    assert timed.azure.get(job)["properties"]["tags"]["automl_best_child_run_id"] == "a_0"
    assert timed.jobs() == ["a"]


def test_steps_of_a_pipeline_have_trials_as_jobs_have(timed: Timed) -> None:
    space = {"lr": {"type": "uniform", "min_value": 1, "max_value": 2}, "n": {"type": "choice", "values": [3]}}
    steps = {
        "tune": {"type": "sweep", "limits": {"max_total_trials": 3, "max_concurrent_trials": 3}, "search_space": space},
        "try": {"type": "automl", "limits": {"max_trials": "${{parent.inputs.n}}"}, "task": "regression"},
    }
    timed.submit("p", "Pipeline", jobs=steps, inputs={"n": {"jobInputType": "literal", "value": "2"}})
    timed.wait(60)
    names = details(timed, "p").children
    found = {load(timed.azure, f"{WORKSPACE}/jobs/{name}").step: details(timed, name) for name in names}
    assert len(found["tune"].children) == 3
    assert len(found["try"].children) == 2
    assert timed.state("p") == "Completed"
    trial = timed.azure.get(f"{WORKSPACE}/jobs/{found['tune'].children[0]}")
    drawn = json.loads(trial["properties"]["tags"]["hyperparameters"])
    assert 1 <= drawn["lr"] <= 2
    assert drawn["n"] == 3


def test_lists_take_the_services_parameters(timed: Timed) -> None:
    timed.submit("old", tags={"team": "a"})
    timed.submit("new", tags={"team": "b"})
    timed.submit("pipe", "Pipeline")
    timed.wait(60)
    timed.azure.put(
        f"{WORKSPACE}/jobs/old", {"properties": {"jobType": "Command", "isArchived": True, "tags": {"team": "a"}}}
    )
    assert timed.jobs() == ["new", "pipe"]
    assert timed.jobs(listviewtype="ArchivedOnly") == ["old"]
    assert timed.jobs(listviewtype="All", tag="team=a") == ["old"]
    assert timed.jobs(jobtype="pipeline") == ["pipe"]
    assert timed.jobs(scheduled="true") == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"jobType": "Labeling"}, "doesn't model labeling jobs"),
        ({"jobType": "Magic"}, "'Magic' is not a jobType: expected AutoML, Command"),
        ({}, "needs properties.jobType"),
    ],
)
def test_other_jobs_are_refused(timed: Timed, given: dict[str, Any], message: str) -> None:
    with refused("UserError", 400, says=message):
        timed.azure.put(f"{WORKSPACE}/jobs/j", {"properties": given})


def test_a_job_on_a_deleted_compute_still_ends(timed: Timed) -> None:
    timed.cluster()
    timed.submit("train", computeId=CLUSTER)
    timed.wait(2)
    timed.azure.delete(CLUSTER)
    timed.azure.put(CLUSTER, compute("AmlCompute", vmSize="Standard_DS3_v2"))
    timed.wait(60)
    assert timed.state("train") == "Completed"


SERVERLESS = f"{WORKSPACE}/computes/serverless"
COMMAND = {"jobType": "Command", "command": "python train.py", "environmentId": "azureml:e:1"}


def test_a_job_runs_on_no_compute_of_the_workspaces(timed: Timed) -> None:
    body = {"properties": {**COMMAND, "computeId": SERVERLESS, "resources": {"instanceType": "Standard_DS3_v2"}}}
    timed.azure.put(f"{WORKSPACE}/jobs/train", body)
    timed.wait(minutes=30)
    assert timed.azure.get(f"{WORKSPACE}/jobs/train")["properties"]["status"] == "Completed"
    with refused("UserError", 400):
        other = {"properties": {**COMMAND, "computeId": f"{WORKSPACE}/computes/nowhere"}}
        timed.azure.put(f"{WORKSPACE}/jobs/other", other)


def test_a_schedule_submits_a_serverless_job(timed: Timed) -> None:
    action = {"actionType": "CreateJob", "jobDefinition": {**COMMAND, "computeId": SERVERLESS}}
    trigger = {"triggerType": "Cron", "expression": "0 3 * * *"}
    schedule = f"{WORKSPACE}/schedules/nightly"
    timed.azure.put(schedule, {"properties": {"action": action, "trigger": trigger}})
    submitted = timed.azure.action(schedule, "trigger")["submissionId"]
    timed.wait(minutes=30)
    assert timed.azure.get(f"{WORKSPACE}/jobs/{submitted}")["properties"]["status"] == "Completed"
