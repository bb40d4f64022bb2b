"""Azure ML jobs. Their states are modelled (`lifecycle`), their code is never run."""

from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_arm import tags
from azureml_arm.ids import workspace_of
from azureml_arm.names import RULES
from azureml_sandbox.model.bodies import Body, equal
from azureml_sandbox.model.errors import ArmError, UserError, bad_request
from azureml_sandbox.model.events import Event
from azureml_sandbox.model.operations import LongRunning
from azureml_sandbox.model.resource import Cloud, Write, action
from azureml_sandbox.services.machinelearning import lifecycle, runs, step_checks
from azureml_sandbox.services.machinelearning.assets_lists import filter_labels, select
from azureml_sandbox.services.machinelearning.frontend import IMMUTABLE, FrontEndType
from azureml_sandbox.services.machinelearning.system import WORKSPACES
from azureml_sandbox.services.machinelearning.waiting import BY_LOCATION

CHANGEABLE = frozenset({"description", "displayName", "isArchived", "properties", "services", "status", "tags"})
"""What a PUT of a submitted job may change; the rest is what was run."""
SERVERLESS = "serverless"
"""The name of the compute that is none."""
OBJECTS = (
    "earlyTermination",
    "inputs",
    "objective",
    "outputs",
    "properties",
    "resources",
    "samplingAlgorithm",
    "searchSpace",
    "services",
    "settings",
    "tags",
    "trial",
)
"""Members of jobs that are objects, in whichever kind there are such."""
KINDS = ("AutoML", "Command", "FineTuning", "Pipeline", "Spark", "Sweep")


class Job(FrontEndType):
    """A job of any kind."""

    type = f"{WORKSPACES}/jobs"
    state = None
    system_data = True
    spans = ("properties.limits.timeout", "properties.limits.trialTimeout")
    name_rule = RULES["job"]
    created_status = 201
    located = True
    references = ("properties.environmentId", "properties.codeId", "properties.componentId")
    immutable = ("properties.jobType",)
    discriminators: ClassVar = {"properties.jobType": KINDS}
    shapes: ClassVar = {
        "properties.computeId": str,
        **{f"properties.{name}": dict for name in OBJECTS},
        "properties.trial.resources": dict,
        "properties.limits.maxTotalTrials": int,
        "properties.limits.maxConcurrentTrials": int,
        "properties.jobs{}.tags": dict,
        "properties.jobs{}.limits": dict,
        "properties.jobs{}.resources": dict,
    }
    long_running: ClassVar[Mapping[str, LongRunning]] = {"cancel": BY_LOCATION, "DELETE": BY_LOCATION}
    absence = ("Run {name} was not found",)  # https://github.com/Azure/AutoML-vNext-Preview/issues/3

    def check(self, write: Write) -> None:
        """Refuse to change what a submitted job does."""
        for name in ("tags", "properties"):
            fault = tags.fault(write.properties.get(name) or {}, tags.RUN)
            if fault is not None:
                raise bad_request(fault[1], "UserError")
        compute = write.properties.get("computeId")
        if compute and not is_serverless(compute) and write.azure.is_missing(compute):
            raise _no_compute(write, compute.rpartition("/")[2])
        if write.created:
            _check_kind(write)
            step_checks.check(write)
            return
        changed = [
            name
            for name, value in write.properties.items()
            if name not in CHANGEABLE and value is not None and not _same(write, name, value)
        ]
        if changed:
            text = (
                f"Job '{write.id.name}' was already submitted, and its {', '.join(sorted(changed))} can't be changed. "
            )
            raise UserError(400, f"{text}Submit it under another name.", *IMMUTABLE)

    def defaults(self, write: Write) -> Body:
        """Return what a job has when nothing is said."""
        kept = (write.old_properties.get("outputs") or {}).get(runs.DEFAULT_OUTPUT)
        return {
            "displayName": write.id.name,
            "experimentName": "Default",
            "isArchived": False,
            "outputs": {runs.DEFAULT_OUTPUT: kept} if kept else {},
            "properties": {},
            "tags": {},
        }

    def computed_properties(self, write: Write) -> Body:
        """Return where it can be looked at, and how it goes."""
        own_id = (write.old or {}).get("id") or write.id.text
        studio = f"https://ml.azure.com/runs/{write.id.name}?wsid={workspace_of(own_id)}"
        services = {"Studio": {"endpoint": studio, "jobServiceType": "Studio"}}
        if write.azure.events.enabled:
            tracking = f"azureml://{write.location}.api.azureml.ms/mlflow/v1.0{workspace_of(own_id)}?"
            services["Tracking"] = {"endpoint": tracking, "jobServiceType": "Tracking"}
        return {"services": services, "status": write.old_properties.get("status") or _first_state(write)}

    def after(self, write: Write, resource: Body) -> None:
        """Start the job."""
        if write.created:
            lifecycle.submit(write.azure, resource)

    def happen(self, azure: Cloud, resource: Body, event: Event) -> None:
        """Take the job's next step."""
        lifecycle.happen(azure, resource, event)

    def check_delete(self, _azure: Cloud, resource: Body) -> None:
        """Refuse to delete a job that hasn't ended."""
        if not runs.is_over(resource):
            raise bad_request(
                f"Job '{resource['name']}' is {resource['properties']['status']}; cancel it before it is deleted.",
                "UserError",
            )

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Remove all that is known of it."""
        runs.forget(azure, resource["id"])
        azure.events.cancel(resource["id"])

    def query_list(self, azure: Cloud, scope: str, query: Mapping[str, str]) -> list[Body]:
        """Return what isn't archived and isn't a part of another job, and takes the service's own
        parameters.
        """
        every = [one for one in super().query_list(azure, scope, query) if runs.load(azure, one["id"]).parent is None]
        shown = select(every, {name: query.get(name, "") for name in ("listviewtype", "properties")})
        if query.get("tag"):
            shown = filter_labels(shown, "tags", query["tag"])
        if query.get("jobtype"):
            wanted = query["jobtype"].lower()
            shown = [one for one in shown if str(one["properties"].get("jobType")).lower() == wanted]
        return _filter_scheduled(azure, shown, query)

    @action("cancel")
    def cancel(self, azure: Cloud, resource: Body, _body: Any) -> None:
        """End it before its time, unless that has come."""
        if runs.is_over(resource):
            state = resource["properties"]["status"].lower()
            raise bad_request(f"Job '{resource['name']}' is {state} and can't be canceled.", "UserError")
        if resource["properties"]["status"] != runs.CANCEL_REQUESTED:
            lifecycle.cancel(azure, resource)


def is_serverless(compute_id: Any) -> bool:
    """Return whether a job runs on no compute of the workspace's, but on what Azure ML makes for it
    (https://learn.microsoft.com/azure/machine-learning/how-to-use-serverless-compute).
    """
    return str(compute_id).lower().endswith(f"/computes/{SERVERLESS}")


def _no_compute(write: Write, name: str) -> ArmError:
    """Return the error for a compute that isn't there; each kind of job has words of its own for that."""
    kind = str(write.properties.get("jobType")).lower()
    if kind == "sweep":
        experiment = write.properties.get("experimentName") or "Default"
        return UserError(400, f"{experiment}: Compute Not Found for run ID : {write.id.name}")
    if kind == "automl":
        why = f"Compute {name} not found in workspace {write.id.names[0]}"
        wording = "The AutoMLJob input is invalid. {errors}"
        message = wording.format(errors=why)
        return UserError(400, message, "AutoMLJobInvalidParameter", wording=(wording, {"errors": why}))
    return UserError(400, f"Unknown compute target '{name}'.", "BadArgument", "UnknownTargetType")


def _check_kind(write: Write) -> None:
    kind = str(write.properties.get("jobType") or "")
    if kind.lower() == "labeling":
        raise bad_request(
            "The sandbox doesn't model labeling jobs, which are people's work; add them to "
            "azureml_sandbox/services/machinelearning/jobs.py.",
            "UserError",
        )
    if kind.lower() not in (known.lower() for known in KINDS):
        text = f"'{kind}' is not a jobType: expected {', '.join(KINDS)}."
        raise bad_request(text if kind else f"A job needs properties.jobType: {', '.join(KINDS)}.", "UserError")


def _same(write: Write, name: str, value: Any) -> bool:
    """Return whether a job is submitted again as it is; what the service has filled in needn't be said."""
    old = write.old_properties.get(name)
    if isinstance(old, dict) and isinstance(value, dict):
        return all(equal(old.get(key), one) for key, one in value.items() if one is not None)
    return equal(old, value)


def _first_state(write: Write) -> str:
    azure = write.azure
    if not azure.events.enabled:
        return runs.COMPLETED
    is_step = runs.load(azure, write.id.text).step is not None
    return runs.NOT_STARTED if is_step else lifecycle.first_state(str(write.properties.get("jobType")))


def _filter_scheduled(azure: Cloud, found: list[Body], query: Mapping[str, str]) -> list[Body]:
    """Return those that schedules have submitted, or have not, or one schedule has."""
    by, wanted = query.get("scheduleid"), query.get("scheduled", "").lower()
    if by:
        name = by.rpartition("/")[2].lower()
        return [one for one in found if (runs.load(azure, one["id"]).schedule or "").lower() == name]
    if wanted in ("true", "false"):
        return [one for one in found if (runs.load(azure, one["id"]).schedule is not None) == (wanted == "true")]
    return found
