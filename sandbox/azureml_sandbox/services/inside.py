"""What a resource shows of those below it, as a network does of its subnets."""

from azureml_arm import ids
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.resource import Cloud


def show(azure: Cloud, child: Body, member: str, instead: list[Body]) -> None:
    """Let the parent list others in the place of a child, in this member of its properties."""
    parent = azure.find(ids.parse(child["id"]).parent or "")
    if parent is None:
        return
    listed = parent["properties"].get(member) or []
    at = next((i for i, one in enumerate(listed) if one["name"] == child["name"]), len(listed))
    parent["properties"][member] = [*listed[:at], *instead, *listed[at + 1 :]]
    azure.update(parent)
