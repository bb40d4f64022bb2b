"""How a job goes on: queued, run, ended. State only: none of its code is run.

How long a job runs and how it ends can be asked for by tags: ``sandbox.duration`` (``90s``, ``PT2H``), and
``sandbox.outcome`` (``Failed``, ``Canceled``); otherwise it takes a few operations' time and completes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from azureml_sandbox.model import durations
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.events import Event
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.machinelearning import imports, job_access, nodes, runs, snapshots, steps

DURATION, OUTCOME = "sandbox.duration", "sandbox.outcome"
QUEUE, START, END, FINISH, STOP = "queue", "start", "end", "finish", "stop"
_RUNNING_TIME = 3
"""How long a job runs when nothing is said, in operations' times."""


def first_state(job_type: str) -> str:
    """Return what a job that has just been submitted is."""
    return {"pipeline": runs.PREPARING, "sweep": runs.RUNNING}.get(job_type.lower(), runs.STARTING)


def submit(azure: Cloud, job: Body, **kept: Any) -> None:
    """Set a job that was just made going; `kept` is what its record holds."""
    if not azure.events.enabled:
        _fail_at_once(azure, job)
        return
    if kept:
        runs.change(azure, job["id"], **kept)
    state = job["properties"]["status"]
    runs.enter(azure, job, state)
    if state != runs.NOT_STARTED:
        azure.events.add(azure.events.pace / 2, job["id"], START if state == runs.RUNNING else QUEUE)


def _fail_at_once(azure: Cloud, job: Body) -> None:
    """Fail a job that can't run where nothing takes time."""
    why = _refusal(azure, job)
    if why is not None:
        runs.change(azure, job["id"], error={"code": "UserError", "message": why})
        job["properties"]["status"] = runs.FAILED
        azure.update(job)
    else:
        imports.register(azure, job)


def _refusal(azure: Cloud, job: Body) -> str | None:
    """Return why a job can't run; one with parts runs nothing itself, and its parts are asked."""
    return None if steps.has_parts(job) else job_access.refusal(azure, job) or snapshots.refusal(azure, job)


def cancel(azure: Cloud, job: Body) -> None:
    """End a job before its time, and all that belongs to it."""
    azure.events.cancel(job["id"])
    runs.enter(azure, job, runs.CANCEL_REQUESTED)
    for name in runs.load(azure, job["id"]).children:
        child = azure.get(runs.sibling(job["id"], name))
        if not runs.is_over(child):
            cancel(azure, child)
    azure.events.add(azure.events.pace / 2, job["id"], STOP)


def wake(azure: Cloud) -> None:
    """Let the jobs that wait for nodes try again: some have become free."""
    for job_id in nodes.waiting(azure):
        azure.events.add(0, job_id, START)


def happen(azure: Cloud, job: Body, event: Event) -> None:
    """Take a job's next step, unless something else has become of it; one that Azure refuses fails the job."""
    step, expected = _STEPS[event.what]
    if job["properties"]["status"] not in expected:
        return
    try:
        step(azure, job)
    except ArmError as refused:
        _fail(azure, job, refused.message)


def _queue(azure: Cloud, job: Body) -> None:
    runs.enter(azure, job, runs.QUEUED)
    azure.events.add(azure.events.pace, job["id"], START)


def _start(azure: Cloud, job: Body) -> None:
    cluster = _cluster(azure, job)
    wanted = instances(job)
    if cluster is not None and wanted > nodes.limits(cluster)[1]:
        _fail(azure, job, f"The job needs {wanted} nodes, more than compute '{cluster['name']}' may have.")
        return
    if cluster is not None and not nodes.allocate(azure, cluster, job["name"], wanted):
        nodes.wait(azure, cluster["id"], job["id"])
        return
    why = _refusal(azure, job)
    if why is not None:
        _fail(azure, job, why)
        return
    runs.enter(azure, job, runs.RUNNING)
    runs.log(azure, job, f"Job '{job['name']}' runs in the sandbox: its states are real, its code is not run.")
    if not steps.begin(azure, job):
        azure.events.add(_running_time(azure, job), job["id"], END)


def _end(azure: Cloud, job: Body) -> None:
    _release(azure, job)
    runs.enter(azure, job, runs.FINALIZING)
    runs.log(azure, job, "The activity completed successfully. Finalizing run...")
    azure.events.add(azure.events.pace / 4, job["id"], FINISH)


def _finish(azure: Cloud, job: Body) -> None:
    asked = str((job["properties"].get("tags") or {}).get(OUTCOME) or runs.COMPLETED)
    outcome = next((state for state in runs.OVER if state.lower() == asked.lower()), runs.COMPLETED)
    if _is_out_of_time(azure, job):
        outcome = runs.CANCELED
    if outcome == runs.COMPLETED and steps.has_failed(azure, job):
        _fail(azure, job, "A part of the job failed.")
    elif outcome == runs.FAILED:
        _fail(azure, job, f"The tag {OUTCOME} asks for it.")
    else:
        _close(azure, job, outcome)
        if outcome == runs.COMPLETED:
            imports.register(azure, job)


def _stop(azure: Cloud, job: Body) -> None:
    _close(azure, job, runs.CANCELED)


def _fail(azure: Cloud, job: Body, why: str) -> None:
    runs.change(azure, job["id"], error={"code": "UserError", "message": why})
    runs.log(azure, job, f"Error: {why}")
    _close(azure, job, runs.FAILED)


def _close(azure: Cloud, job: Body, outcome: str) -> None:
    _release(azure, job)
    steps.sum_up(azure, job, outcome)
    runs.enter(azure, job, outcome)
    parent = runs.load(azure, job["id"]).parent
    if parent is not None:
        above = azure.get(runs.sibling(job["id"], parent))
        if above["properties"]["status"] == runs.RUNNING and not steps.go_on(azure, above):
            azure.events.add(0, above["id"], END)


_STEPS: Mapping[str, tuple[Callable[[Cloud, Body], None], frozenset[str]]] = {
    QUEUE: (_queue, frozenset({runs.STARTING, runs.PREPARING})),
    START: (_start, frozenset({runs.QUEUED, runs.RUNNING})),
    END: (_end, frozenset({runs.RUNNING})),
    FINISH: (_finish, frozenset({runs.FINALIZING})),
    STOP: (_stop, frozenset({runs.CANCEL_REQUESTED})),
}
"""What happens to a job -> how, and in which states."""


def instances(job: Body) -> int:
    """Return how many nodes a job asks for."""
    found = dig(job, "properties.resources.instanceCount") or dig(job, "properties.resources.instance_count")
    return int(found) if isinstance(found, int | str) and str(found).isdecimal() else 1


def _cluster(azure: Cloud, job: Body) -> Body | None:
    """Return the cluster whose nodes a job takes; what has children leaves that to them."""
    compute_id = str(job["properties"].get("computeId") or "")
    compute = azure.find(compute_id) if compute_id.startswith("/") and not steps.has_parts(job) else None
    return compute if compute and dig(compute, "properties.computeType") == "AmlCompute" else None


def _release(azure: Cloud, job: Body) -> None:
    cluster = _cluster(azure, job)
    if cluster is None:
        return
    nodes.release(azure, cluster, job["name"])
    wake(azure)


def _asked_time(azure: Cloud, job: Body) -> float:
    asked = durations.seconds(str((job["properties"].get("tags") or {}).get(DURATION) or ""))
    return _RUNNING_TIME * azure.events.pace if asked is None else asked


def _limit(job: Body) -> float | None:
    return durations.seconds(str(dig(job, "properties.limits.timeout") or ""))


def _running_time(azure: Cloud, job: Body) -> float:
    limit = _limit(job)
    asked = _asked_time(azure, job)
    return asked if limit is None else min(asked, limit)


def _is_out_of_time(azure: Cloud, job: Body) -> bool:
    limit = _limit(job)
    return limit is not None and not steps.has_parts(job) and _asked_time(azure, job) > limit
