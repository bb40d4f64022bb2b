"""Computes are in a network where they must be, and in one only."""

from __future__ import annotations

from collections.abc import Iterator

from azureml_infra.description.located import Checked
from azureml_infra.entities.compute import AmlCompute, ComputeInstance
from azureml_infra.yaml.problems import Problem


def networks(checked: Checked) -> Iterator[Problem]:
    """Yield nodes without public addresses that are in no network, and computes in a network beside the managed one
    (https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#limitations).
    """
    for located in checked.entities:
        compute = located.entity
        if not isinstance(compute, AmlCompute | ComputeInstance):
            continue
        known_network = checked.isolated or checked.existing
        if checked.isolated and compute.network_settings is not None:
            what = "the workspace has a managed network, and computes can't be in another one"
            yield located.problem(("network_settings",), what, "no network_settings", severity="warning")
        if not compute.enable_node_public_ip and compute.network_settings is None and not known_network:
            what = f"the {compute.kind} has no public address and is in no network, so nothing could reach it"
            expected = "network_settings with a subnet, or a managed_network of the workspace"
            yield located.key_problem(("enable_node_public_ip",), what, expected)
