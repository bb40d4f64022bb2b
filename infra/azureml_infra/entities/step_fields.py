"""The fields of all steps of a pipeline."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from azureml_infra.entities.base import LOCAL, Arm, Entity, Model, NoEffect
from azureml_infra.entities.body import Resolver
from azureml_infra.entities.fields import only
from azureml_infra.entities.inputs import Inputs, NodeOutputs
from azureml_infra.entities.tags import RunTags

OF_RUNS = ("log_files", "parameters", "status")
"""What ``az ml job show`` prints of a run."""


class StepBase(Model):
    """The fields of all steps of a pipeline."""

    read_only: ClassVar[tuple[str, ...]] = (*Entity.read_only, *OF_RUNS)

    display_name: Annotated[str | None, Arm("properties.displayName")] = None
    """Title, for people."""
    description: Annotated[str | None, LOCAL] = None
    """What it does, for people."""
    comment: Annotated[str | None, Arm("properties.comment")] = None
    """A note on the step in the studio's graph."""
    name: Annotated[str | None, LOCAL, NoEffect("the step's name is the key that it stands under")] = None
    """Taken without effect: a step is called by its key."""
    experiment_name: Annotated[str | None, LOCAL, NoEffect("a step belongs to the pipeline's experiment")] = None
    """Taken without effect: a step belongs to its pipeline's experiment."""
    parent_job_name: Annotated[str | None, LOCAL, NoEffect("a step belongs to the pipeline's job")] = None
    """Taken without effect: a step belongs to its pipeline's job."""
    properties: Annotated[RunTags | None, Arm("properties.properties")] = None
    """Properties of the step's job; unlike tags they can't be changed later."""
    tags: Annotated[RunTags | None, Arm("properties.tags")] = None
    """Labels."""
    outputs: Annotated[NodeOutputs, Arm("properties.outputs")] = Field(default_factory=dict)
    """What it writes; `${{parent.outputs.NAME}}` makes it an output of the pipeline."""


class StepWithInputs(StepBase):
    """The fields of all steps that run a component."""

    inputs: Annotated[Inputs, Arm("properties.inputs")] = Field(default_factory=dict)
    """What it reads: values, data, `${{parent.inputs.NAME}}` or `${{parent.jobs.STEP.outputs.NAME}}`."""

    component_word: ClassVar[str] = "component"
    """The field that has the component, which is also the one in ARM's body where that isn't `component`."""

    def in_words(self, _resolver: Resolver) -> dict[str, Any]:
        """Return what a step of this kind has in az ml's words, beside what all have."""
        return {}


class MovesData(StepWithInputs):
    """The fields of all steps that copy, import or export data."""

    identity: Annotated[
        Any, only(None, "a step that moves data has none: azure-ai-ml refuses it, or sends it unread"), LOCAL
    ] = None
    """Can't be set: Azure has no place for it."""
