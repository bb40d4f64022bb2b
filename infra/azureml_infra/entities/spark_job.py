"""A Spark job: on an attached Synapse pool, or on serverless Spark."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import model_validator

from azureml_infra.entities.base import Arm, InputStr, Refers, Uploads, means, refusal
from azureml_infra.entities.fields import LOWER
from azureml_infra.entities.job import JobWithInputs
from azureml_infra.entities.paths import CodePath
from azureml_infra.entities.runtime import JobIdentity
from azureml_infra.entities.spark import (
    SparkResources,
    SparkSettings,
    refuse_bad_conf,
    refuse_missing_entry,
    refuse_other_modes,
)


class SparkJob(JobWithInputs, SparkSettings):
    """A Python file, run once on Spark."""

    kind: ClassVar[str] = "Spark job"
    arm_constants: ClassVar[Mapping[str, Any]] = {"properties.isArchived": False}

    type: Annotated[Literal["spark"], LOWER, means("properties.jobType", "Spark")]
    """The kind of job."""
    code: Annotated[CodePath, Uploads(code=True), Arm("properties.codeId")]
    """Local folder with the code, or the URI of one."""
    compute: Annotated[InputStr | None, Refers(("computes",)), Arm("properties.computeId")] = None
    """Attached Synapse Spark pool; serverless Spark with `resources` in its place."""
    resources: Annotated[SparkResources | None, Arm("properties.resources")] = None
    """Machines of serverless Spark."""
    identity: Annotated[JobIdentity | None, Arm("properties.identity")] = None
    """With whose rights it reads data."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.compute is None) == (self.resources is None):
            what = "there is no compute" if self.compute is None else "there are two computes"
            raise refusal(what, "`compute` or `resources`")
        refuse_bad_conf(self.conf or {})
        refuse_missing_entry(self)
        refuse_other_modes(("inputs", name, given) for name, given in self.inputs.items())
        refuse_other_modes(("outputs", name, given) for name, given in self.outputs.items())
        return self

    def finish(self, body: dict[str, Any], _resolver: Any) -> None:
        """Add the identity of a job that says none, as azure-ai-ml does (entities/_builders/spark.py): the pool's, or
        on serverless Spark that of whoever submits it.
        """
        default = "Managed" if self.resources is None else "UserIdentity"
        body["properties"].setdefault("identity", {"identityType": default})
