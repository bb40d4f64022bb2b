"""``compute list-sizes``, ``list-usage`` and ``list-nodes``: the machines that there can be, may be and are.

Their words are those of azure-ai-ml, which az prints (https://github.com/Azure/azure-sdk-for-python/tree/main/sdk/ml/
azure-ai-ml/azure/ai/ml/_schema/compute: vm_size, usage, aml_compute_node_info).
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from azureml_arm.sizes import CATEGORIES, Size, nearest, select, sizes
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.nouns import ML, NOUNS, Noun
from azureml_infra.commands.verbs.output import show
from azureml_infra.yaml.problems import quote

if TYPE_CHECKING:
    from azureml_infra.commands.verbs.target import Target

_SIZE = ("name", "v_cp_us", "memory_gb", "gpus", "gpu", "low_priority_capable", "supported_compute_types", "family")
_USAGE = ("name", "current_value", "limit", "unit", "aml_workspace_location")
_NODE = ("node_id", "node_state", "private_ip_address", "public_ip_address", "port", "current_job_name")
_COMPUTES = ("amlcompute", "computeinstance", "online", "spark")
_API = NOUNS["compute"].api_version
_MIB = 1024


def add_sizes(parser: ArgumentParser, _: Noun) -> None:
    """Add the options of ``list-sizes``."""
    option = parser.add_argument
    option("--gpu", action="store_true", help="only sizes with GPUs")
    option("--min-vcpus", type=int, default=0, metavar="N", help="at least N vCPUs")
    option("--min-memory", type=float, default=0, metavar="GIB", help="at least that much memory, in GiB")
    option("--category", choices=CATEGORIES, help="only one category")
    option("--family", metavar="TEXT", help="only quota families that start like this: DSv2")
    option("--type", "-t", type=str.lower, choices=_COMPUTES, help="only sizes that this kind of compute can have")
    option("--location", "-l", metavar="REGION", help="only those that Azure offers there, which takes a sign-in")


def add_usage(parser: ArgumentParser, _: Noun) -> None:
    """Add the options of ``list-usage``."""
    parser.add_argument("--location", "-l", metavar="REGION", help="the region; the workspace's if left out")


def add_nodes(parser: ArgumentParser, _: Noun) -> None:
    """Add the options of ``list-nodes``."""
    parser.add_argument("--name", "-n", required=True, metavar="NAME", help="the cluster's name")


def run_sizes(_: Noun, arguments: Namespace) -> int:
    """Print the sizes that meet the conditions. Raises VerbError where there is none."""
    found = select(
        gpu=True if arguments.gpu else None,
        min_vcpus=arguments.min_vcpus,
        min_memory=arguments.min_memory,
        category=arguments.category,
        family=arguments.family,
        compute=arguments.type,
    )
    rows = [_size(size) for size in found]
    if arguments.location:
        target = _find_target(arguments)
        offered = {str(one["name"]).lower() for one in _list(target, _region(arguments.location), "vmSizes")}
        rows = [row for row in rows if row["name"].lower() in offered]
    if not rows:
        hint = nearest(arguments.family) if arguments.family else []
        raise VerbError("no size meets these conditions" + (f"; did you mean {', '.join(hint)}?" if hint else ""))
    if not arguments.location and arguments.output == "table":
        note = "A region offers a part of them (--location), within your quota."
        sys.stderr.write(f"{len(rows)} of {len(sizes())} sizes. {note}\n")
    return show(rows, arguments, _SIZE)


def _size(size: Size) -> dict[str, Any]:
    """Return a size in az's words, then in those of which az has none."""
    return {
        "name": size.name,
        "family": size.family,
        "v_cp_us": size.vcpus,
        "gpus": size.gpus,
        "max_resource_volume_mb": size.disk_gib * _MIB,
        "memory_gb": size.memory_gib,
        "low_priority_capable": size.low_priority,
        "premium_io": size.premium_io,
        "supported_compute_types": ",".join(size.computes),
        "gpu": size.gpu,
        "category": size.category,
        "generation": size.generation,
        "infiniband": size.infiniband,
    }


def run_usage(_: Noun, arguments: Namespace) -> int:
    """Print how much of each quota is used in a region."""
    target = _find_target(arguments)
    region = _region(arguments.location) if arguments.location else _region_of(target)
    return show([_usage(one) for one in _list(target, region, "usages")], arguments, _USAGE)


def _usage(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"],
        "aml_workspace_location": one.get("amlWorkspaceLocation"),
        "type": one["type"],
        "unit": str(one["unit"]).lower(),
        "current_value": one["currentValue"],
        "limit": one["limit"],
        "name": {"value": one["name"]["value"], "localized_value": one["name"]["localizedValue"]},
    }


def run_nodes(_: Noun, arguments: Namespace) -> int:
    """Print the nodes of a cluster. Raises AzureRefusedError where there is no such cluster."""
    target = _find_target(arguments)
    return show([_node(one) for one in _nodes(target, arguments.name)], arguments, _NODE)


def _nodes(target: Target, name: str) -> Iterator[dict[str, Any]]:
    arm = target.arm()
    page = arm.post(f"{target.id}/computes/{name}/listNodes", _API)
    while page:
        yield from page.get("nodes") or ()
        page = arm.read(page["nextLink"]) if page.get("nextLink") else None


def _node(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "node_id": one["nodeId"],
        "private_ip_address": one.get("privateIpAddress"),
        "public_ip_address": one.get("publicIpAddress"),
        "port": str(one["port"]) if one.get("port") else None,
        "node_state": one.get("nodeState"),
        "current_job_name": one.get("runId"),
    }


def _find_target(arguments: Namespace) -> Target:
    from azureml_infra.commands.verbs.target import find_target  # sizes alone take no client of Azure

    return find_target(arguments)


def _list(target: Target, region: str, what: str) -> Iterator[dict[str, Any]]:
    subscription = f"/subscriptions/{target.subscription}"
    return target.arm().list(f"{subscription}/providers/{ML.partition('/')[0]}/locations/{region}/{what}", _API)


def _region(given: str) -> str:
    """Return the region that is meant. Raises VerbError."""
    from azureml_arm.regions import KNOWN, canonical_region
    from azureml_arm.regions import nearest as nearest_region

    region = canonical_region(given)
    if region not in KNOWN:
        near = nearest_region(given)
        raise VerbError(f"there is no region {given!r}" + (f"; did you mean {near}?" if near else ""))
    return region


def _region_of(target: Target) -> str:
    """Return the workspace's region. Raises VerbError where there is no workspace."""
    found = target.arm().get(target.id, _API)
    if found is None:
        raise VerbError(f"there is no workspace {quote(target.workspace)} in {quote(target.resource_group)}")
    return str(found["location"])
