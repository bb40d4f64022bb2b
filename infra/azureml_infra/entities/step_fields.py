"""The fields of all steps of a pipeline."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from azureml_infra.entities.base import LOCAL, Arm, Model, NoEffect
from azureml_infra.entities.inputs import NodeOutput
from azureml_infra.entities.tags import RunTags


class StepBase(Model):
    """The fields of all steps of a pipeline."""

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
    outputs: Annotated[dict[str, NodeOutput], Arm("properties.outputs")] = Field(default_factory=dict)
    """What it writes; `${{parent.outputs.NAME}}` makes it an output of the pipeline."""
