"""Jobs of every kind and schedules by azure-ai-ml's MLClient."""

import contextlib
import io

import pytest
from azure.ai.ml import Input, Output, automl, command, dsl, spark
from azure.ai.ml import entities as ml
from azure.ai.ml.sweep import BanditPolicy, Uniform
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from kit.clients import Kit
from kit.mlclient.client import folder, names, suite

SUITE = suite("jobs", "schedules")
IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest"
DATA = "azureml://datastores/workspaceblobstore/paths/in/"
ENDED = "Completed"


def _command(kit: Kit) -> ml.Command:
    """Return a command with local code, an input and an output."""
    if "source" not in kit.kept:
        kit.kept["source"] = str(folder(kit, {"train.py": "print('hi')\n"}))
        kit.client.compute.begin_create_or_update(ml.AmlCompute(name="jobs-cpu", size="Standard_DS3_v2")).result()
    return command(
        code=kit.kept["source"],
        command="python train.py --lr ${{inputs.lr}} --data ${{inputs.data}}",
        environment=ml.Environment(image=IMAGE),
        inputs={"lr": 0.1, "data": Input(type="uri_folder", path=DATA)},
        outputs={"model": Output(type="uri_folder")},
        compute="jobs-cpu",
        experiment_name="clients",
    )


def _pipeline(kit: Kit) -> ml.PipelineJob:
    """Return a pipeline of two steps, the second of which reads what the first writes."""
    step = _command(kit).component

    @dsl.pipeline(compute="jobs-cpu")
    def two(data):  # type: ignore[no-untyped-def] # azure-ai-ml reads annotations, and knows no text of them
        first = step(lr=0.1, data=data)
        step(lr=0.2, data=first.outputs.model)

    return two(data=Input(type="uri_folder", path=DATA))


def _stream(kit: Kit, name: str) -> str:
    """Return what streaming a job to its end prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        kit.client.jobs.stream(name)
    assert kit.client.jobs.get(name).status == ENDED
    return printed.getvalue()


@SUITE.tries("jobs.create_or_update", "jobs.get", "jobs.stream", "jobs.validate")
def command_job(kit: Kit) -> None:
    """Submit a command job, and stream its log."""
    asked = _command(kit)
    assert kit.client.jobs.validate(asked).passed
    made = kit.client.jobs.create_or_update(asked, tags={"a": "b"})
    assert (made.type, made.tags["a"], made.experiment_name) == ("command", "b", "clients")
    assert made.name in _stream(kit, made.name)
    kit.kept["job"] = made.name
    with pytest.raises(ResourceNotFoundError):
        kit.client.jobs.get("nobody")


@SUITE.tries("jobs.list", "jobs.show_services", "jobs.archive", "jobs.restore")
def changes(kit: Kit) -> None:
    """List jobs, show their services, archive and restore one."""
    group, name = kit.client.jobs, kit.kept["job"]
    assert name in names(group.list())
    assert "Studio" in group.show_services(name) or group.show_services(name) == {}
    group.archive(name)
    assert name not in names(group.list())
    group.restore(name)
    assert name in names(group.list())


@SUITE.tries("jobs.begin_cancel")
def cancel(kit: Kit) -> None:
    """Cancel a job that runs; one that nobody knows is refused."""
    made = kit.client.jobs.create_or_update(_command(kit), tags={"sandbox.duration": "1h"})
    kit.client.jobs.begin_cancel(made.name).result()
    assert kit.client.jobs.get(made.name).status in ("Canceled", "CancelRequested")
    with pytest.raises(HttpResponseError):
        kit.client.jobs.begin_cancel("nobody").result()


@SUITE.tries("jobs.create_or_update", "jobs.stream", "jobs.list", "jobs.download")
def sweep(kit: Kit) -> None:
    """Submit a sweep, stream it, and download what its best trial has; the trials are listed."""
    asked = _command(kit)(lr=Uniform(min_value=0.01, max_value=0.9)).sweep(
        sampling_algorithm="random",
        primary_metric="accuracy",
        goal="Maximize",
        max_total_trials=4,
        early_termination_policy=BanditPolicy(slack_factor=0.1, evaluation_interval=2),
        compute="jobs-cpu",
    )
    made = kit.client.jobs.create_or_update(asked)
    assert (made.type, made.limits.max_total_trials) == ("sweep", 4)
    _stream(kit, made.name)
    trials = names(kit.client.jobs.list(parent_job_name=made.name))
    assert trials == [f"{made.name}_{number}" for number in range(4)]
    assert kit.client.jobs.get(made.name).properties["best_child_run_id"] in trials
    kit.client.jobs.download(made.name, download_path=kit.served.folder / "downloaded")
    assert any((kit.served.folder / "downloaded").rglob("*"))


@SUITE.tries("jobs.create_or_update", "jobs.stream", "jobs.list")
def pipeline(kit: Kit) -> None:
    """Submit a pipeline, and list the jobs of its steps."""
    made = kit.client.jobs.create_or_update(_pipeline(kit))
    assert (made.type, len(made.jobs)) == ("pipeline", 2)
    _stream(kit, made.name)
    assert len(list(kit.client.jobs.list(parent_job_name=made.name))) == 2


@SUITE.tries("jobs.create_or_update", "jobs.stream")
def automl_job(kit: Kit) -> None:
    """Submit an AutoML job, and stream it."""
    asked = automl.classification(
        compute="jobs-cpu",
        experiment_name="clients",
        training_data=Input(type="mltable", path=DATA),
        target_column_name="y",
        primary_metric="accuracy",
    )
    asked.set_limits(timeout_minutes=60, max_trials=5)
    made = kit.client.jobs.create_or_update(asked)
    assert (made.type, made.limits.max_trials) == ("automl", 5)
    _stream(kit, made.name)
    trials = names(kit.client.jobs.list(parent_job_name=made.name))
    assert kit.client.jobs.get(made.name).tags["automl_best_child_run_id"] in trials


@SUITE.tries("jobs.create_or_update", "jobs.stream")
def spark_job(kit: Kit) -> None:
    """Submit a Spark job, and stream it."""
    local = folder(kit, {"main.py": "print('hi')\n"})
    asked = spark(
        code=str(local),
        entry={"file": "main.py"},
        driver_cores=1,
        driver_memory="2g",
        executor_cores=2,
        executor_memory="2g",
        executor_instances=2,
        resources={"instance_type": "Standard_E8S_V3", "runtime_version": "3.4.0"},
        experiment_name="clients",
    )
    made = kit.client.jobs.create_or_update(asked)
    assert (made.type, int(made.executor_instances)) == ("spark", 2)
    _stream(kit, made.name)


@SUITE.tries(
    "schedules.begin_create_or_update",
    "schedules.get",
    "schedules.list",
    "schedules.begin_disable",
    "schedules.begin_enable",
    "schedules.begin_delete",
)
def schedules(kit: Kit) -> None:
    """Make, switch off and on, list and delete a schedule."""
    group = kit.client.schedules
    job = _pipeline(kit)
    daily = ml.RecurrenceTrigger(frequency="day", interval=1, schedule=ml.RecurrencePattern(hours=3, minutes=[0]))
    for name, trigger in (("daily", daily), ("cron", ml.CronTrigger(expression="15 10 * * 1"))):
        made = group.begin_create_or_update(ml.JobSchedule(name=name, trigger=trigger, create_job=job)).result()
        assert (made.name, made.is_enabled, made.trigger.type) == (name, True, trigger.type)
    assert names(group.list()) == ["cron", "daily"]
    assert group.begin_disable("daily").result().is_enabled is False
    assert names(group.list(list_view_type="DisabledOnly")) == ["daily"]
    assert group.begin_enable("daily").result().is_enabled is True
    group.begin_disable("cron").result()
    for name in ("daily", "cron"):
        group.begin_disable(name).result()
        group.begin_delete(name).result()
    assert names(group.list()) == []
    with pytest.raises(ResourceNotFoundError):
        group.get("daily")


@SUITE.tries("schedules.trigger")
def trigger(kit: Kit) -> None:
    """Trigger a schedule by hand."""
    group = kit.client.schedules
    each = ml.CronTrigger(expression="15 10 * * 1")
    group.begin_create_or_update(ml.JobSchedule(name="now", trigger=each, create_job=_pipeline(kit))).result()
    fired = group.trigger("now")
    assert kit.client.jobs.get(fired.job_name).name == fired.job_name


@SUITE.tries("jobs.begin_delete")
def delete(kit: Kit) -> None:
    """Delete a job."""
    kit.client.jobs.begin_delete(kit.kept["job"]).result()
    with pytest.raises(ResourceNotFoundError):
        kit.client.jobs.get(kit.kept["job"])
