"""A sweep: one command, run many times with other values, each run a trial."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from azureml_infra.entities.base import LOCAL, Arm, InputStr, Model, Refers, Uploads, means
from azureml_infra.entities.fields import LOWER
from azureml_infra.entities.job import JobWithInputs
from azureml_infra.entities.paths import CodePath
from azureml_infra.entities.runtime import (
    EnvironmentOrName,
    JobDistribution,
    JobIdentity,
    JobQueueSettings,
    JobResources,
)
from azureml_infra.entities.sweep import SweepSettings
from azureml_infra.entities.words import TextMap


class Trial(Model):
    """What each trial runs."""

    command: Annotated[str, Field(min_length=1)]
    """Command line, with `${{search_space.NAME}}` for what is drawn, `${{inputs.NAME}}` and `${{outputs.NAME}}`."""
    code: Annotated[CodePath | None, Uploads(code=True), Arm("codeId")] = None
    """Local folder with the code, or the URI of one."""
    environment: Annotated[EnvironmentOrName, Refers(("environments",)), Arm("environmentId")]
    """Environment: `azureml:NAME:VERSION` or `azureml:NAME@latest`, or one written here."""
    environment_variables: TextMap | None = None
    """Variables of the process."""
    resources: JobResources | None = None
    """How much compute each trial gets."""
    distribution: JobDistribution = None
    """Distribution of each trial over several nodes."""
    queue_settings: Annotated[JobQueueSettings | None, LOCAL] = None
    """How soon serverless compute is given. Taken without effect: the sweep has its own beside `trial`."""


class SweepJob(JobWithInputs, SweepSettings):
    """A command, run many times to find the values that do best."""

    kind: ClassVar[str] = "sweep job"
    arm_constants: ClassVar[Mapping[str, Any]] = {"properties.isArchived": False}
    without_effect: ClassVar[Mapping[str, str]] = {
        "sampling_algorithm.logbase": "the GA API has no place for it in a job; a pipeline's step has",
        "trial.queue_settings": "az ml doesn't send it; `queue_settings` beside `trial` counts",
    }

    type: Annotated[Literal["sweep"], LOWER, means("properties.jobType", "Sweep")]
    """The kind of job."""
    resources: Annotated[JobResources | None, Arm("properties.trial.resources")] = None
    """How much compute each trial gets, where `trial` doesn't say it."""
    trial: Annotated[Trial, Arm("properties.trial")]
    """What each trial runs."""
    compute: Annotated[InputStr | None, Refers(("computes",)), Arm("properties.computeId")] = None
    """Compute to run on; serverless compute by default."""
    identity: Annotated[JobIdentity | None, Arm("properties.identity")] = None
    """With whose rights trials read data."""
    queue_settings: Annotated[JobQueueSettings | None, Arm("properties.queueSettings")] = None
    """How soon serverless compute is given."""
