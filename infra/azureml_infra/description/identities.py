"""Jobs can pull their image and reach their data: with the identity of the compute that they run on."""

from __future__ import annotations

from collections.abc import Iterator

from azureml_infra.description.located import Checked
from azureml_infra.entities.body import references
from azureml_infra.entities.compute import AmlCompute, ComputeInstance
from azureml_infra.yaml.problems import Problem, quote


def identities(checked: Checked) -> Iterator[Problem]:
    """Warn of jobs on a compute that is described without an identity, in a workspace whose datastores need one."""
    if not checked.by_identity or checked.existing:
        return
    for located in checked.entities:
        if located.entity.family != "jobs":
            continue
        for leaf in references(located.entity):
            if leaf.spec.refers is None or leaf.spec.refers.families != ("computes",):
                continue
            compute = checked.find_entity(("computes",), leaf.value)
            if isinstance(compute, AmlCompute | ComputeInstance) and _has_none(compute):
                what = (
                    f"the {compute.kind} {quote(compute.name)} has no identity, so jobs on it can't pull images or "
                    "reach the workspace's data"
                )
                yield located.problem(leaf.location, what, "a compute with an identity", severity="warning")


def _has_none(compute: AmlCompute | ComputeInstance) -> bool:
    return compute.identity is None or compute.identity.type == "none"
