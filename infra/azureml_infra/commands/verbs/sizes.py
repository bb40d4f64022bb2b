"""``compute list-sizes``: the VM sizes that Azure ML offers; those of a region are asked for there."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import Any

from azureml_arm.sizes import CATEGORIES, nearest, select, sizes
from azureml_infra.commands.verbs.errors import VerbError

COLUMNS = ("name", "vcpus", "memory_gib", "gpus", "gpu", "low_priority", "computes", "category", "family")
_COMPUTES = ("amlcompute", "computeinstance", "online", "spark")
_API = "2025-12-01"


def add_sizes(parser: ArgumentParser) -> None:
    """Add the options of ``list-sizes``."""
    option = parser.add_argument
    option("--gpu", action="store_true", help="only sizes with GPUs")
    option("--min-vcpus", type=int, default=0, metavar="N", help="at least N vCPUs")
    option("--min-memory", type=float, default=0, metavar="GIB", help="at least that much memory, in GiB")
    option("--category", choices=CATEGORIES, help="only one category")
    option("--family", metavar="TEXT", help="only quota families that start like this: DSv2")
    option("--type", type=str.lower, choices=_COMPUTES, help="only sizes that this kind of compute can have")
    option("--location", "-l", metavar="REGION", help="only those that Azure offers there, which takes a sign-in")


def find_sizes(arguments: Namespace) -> list[dict[str, Any]]:
    """Return the sizes that meet the conditions. Raises VerbError where there is none."""
    found = select(
        gpu=True if arguments.gpu else None,
        min_vcpus=arguments.min_vcpus,
        min_memory=arguments.min_memory,
        category=arguments.category,
        family=arguments.family,
        compute=arguments.type,
    )
    rows = [{**asdict(size), "computes": list(size.computes)} for size in found]
    if arguments.location:
        offered = _sizes_in(arguments)
        rows = [row for row in rows if row["name"].lower() in offered]
    if not rows:
        hint = nearest(arguments.family) if arguments.family else []
        raise VerbError("no size meets these conditions" + (f"; did you mean {', '.join(hint)}?" if hint else ""))
    if not arguments.location and arguments.output == "table":
        note = "A region offers a part of them (--location), within your quota."
        sys.stderr.write(f"{len(rows)} of {len(sizes())} sizes. {note}\n")
    return rows


def _sizes_in(arguments: Namespace) -> set[str]:
    """Return the names of the sizes that Azure ML offers in a region, in lower case. Raises VerbError."""
    from azureml_arm.regions import KNOWN, canonical_region, nearest
    from azureml_infra.commands.verbs.target import find_target

    region = canonical_region(arguments.location)
    if region not in KNOWN:
        near = nearest(arguments.location)
        raise VerbError(f"there is no region {arguments.location!r}" + (f"; did you mean {near}?" if near else ""))
    target = find_target(arguments)
    path = (
        f"/subscriptions/{target.subscription}/providers/Microsoft.MachineLearningServices/locations/{region}/vmSizes"
    )
    return {str(one["name"]).lower() for one in target.arm().list(path, _API)}
