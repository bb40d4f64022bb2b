"""What a write would do, as the first words of a message: "aml-cluster: max_instances 5 -> 50"."""

from __future__ import annotations

from azureml_arm.actions import bearing
from azureml_policies.baseline.model import Op, PlannedChange
from azureml_policies.requests.write import Write
from azureml_policies.text import changes


def describe_change(write: Write, change: PlannedChange) -> str:
    """Return the change of one resource in a few words."""
    through = f" (by {write.via})" if write.via else ""
    if change.op is Op.UPDATE and not (change.replaces and not change.differences):
        return f"{write.name}{through}: {changes(change.differences) or 'a change'}"
    verb = {Op.CREATE: "creating", Op.DELETE: "removing", Op.UPDATE: "replacing"}.get(change.op, "keeping")
    return f"{write.name}{through}: {verb} {what(write)}"


def what(write: Write) -> str:
    """Return what kind of thing it is."""
    entry = bearing(write.type)
    return entry.what if entry and not entry.sometimes else write.type.rsplit("/", 1)[-1].removesuffix("s")
