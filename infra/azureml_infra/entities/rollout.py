"""How requests move from one deployment to another: in steps that are looked at. az ml has no words for it."""

from typing import Annotated

from pydantic import AfterValidator, Field

from azureml_infra.entities.base import LOCAL, Model, refusal
from azureml_infra.entities.words import short_for

ALL = 100


def _ascends(steps: list[int]) -> list[int]:
    if steps[-1] != ALL or sorted(set(steps)) != steps:
        what = "the steps don't lead to the new traffic"
        raise refusal(what, "growing shares of which the last one is 100, such as [10, 50, 100]")
    return steps


_Steps = Annotated[list[Annotated[int, Field(ge=1, le=ALL)]], Field(min_length=1, max_length=20)]


class Rollout(Model):
    """Steps by which requests move to what `traffic` says, and when they go back."""

    steps: Annotated[_Steps, AfterValidator(_ascends), LOCAL]
    """How much of the way is gone by each step, in percent; the last one is 100."""
    hold_minutes: Annotated[int, Field(ge=0, le=240), LOCAL] = 10
    """How long each step is looked at before the next one; `up` waits as long."""
    failed_percent: Annotated[float, Field(ge=0, le=ALL), LOCAL] = 5
    """How many answers of a deployment may be 5xx, in percent. With more, all requests go back to where they went."""
    latency_ms: Annotated[int | None, Field(ge=1), LOCAL] = None
    """How long 95% of a deployment's answers may take at most, in milliseconds; any time if left out."""


StepsOrRollout = Annotated[Rollout, short_for("steps", _Steps | Rollout, list)]
"""A rollout, or its steps alone."""
