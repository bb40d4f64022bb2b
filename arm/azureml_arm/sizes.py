"""The VM sizes that Azure Machine Learning offers, read from `vm_sizes.csv`.

Source of the rows marked ``list``: Azure ML's own answer (REST ``VirtualMachineSizes_List``, 2024-04-01, East US,
2025-11-04), which is what ``az ml compute list-sizes`` prints, as azure-powershell has it recorded
(src/MachineLearningServices/MachineLearningServices.Autorest/test/Get-AzMLServiceVMSize.Recording.json); of those
marked ``online list``:
https://learn.microsoft.com/azure/machine-learning/reference-managed-online-endpoints-vm-sku-list. GPU models:
https://learn.microsoft.com/azure/virtual-machines/sizes/overview#gpu-accelerated. A region offers a part of them, and
quota for some must be asked for.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from azureml_arm.tables import read_table

_TABLE = Path(__file__).with_name("vm_sizes.csv")

CATEGORIES = (
    "general purpose",
    "compute optimized",
    "memory optimized",
    "storage optimized",
    "high performance compute",
    "gpu",
)


@dataclass(frozen=True)
class Size:
    """One VM size. `memory_gib` and the temporary disk's `disk_gib` in GiB; `family` is the name that quota is counted
    under; `generation` is that of its images.

    `computes` says what can be made of it: ``amlcompute``, ``computeinstance``, ``online`` (managed online
    deployments), ``spark`` (serverless Spark). What only Azure ML's own answer says is empty or 0 in other rows.
    """

    name: str
    family: str
    category: str
    vcpus: int
    memory_gib: float
    disk_gib: int
    gpus: int
    gpu: str
    generation: str
    premium_io: bool
    infiniband: bool
    low_priority: bool
    computes: tuple[str, ...]
    source: str

    @property
    def is_listed(self) -> bool:
        """Return whether Azure ML's own list has it."""
        return self.source == "list"


@cache
def sizes() -> tuple[Size, ...]:
    """Return all sizes, by category, then GPUs, vCPUs and memory."""
    return tuple(sorted(map(_size, read_table(_TABLE)), key=_order))


def _order(size: Size) -> tuple[object, ...]:
    return CATEGORIES.index(size.category), size.gpus, size.vcpus, size.memory_gib, size.name


def _size(row: dict[str, str]) -> Size:
    return Size(
        name=row["name"],
        family=row["family"],
        category=row["category"],
        vcpus=int(row["vcpus"]),
        memory_gib=float(row["memory_gib"]),
        disk_gib=int(row["disk_gib"] or 0),
        gpus=int(row["gpus"]),
        gpu=row["gpu"],
        generation=row["generation"],
        premium_io=row["premium_io"] == "yes",
        infiniband=row["infiniband"] == "yes",
        low_priority=row["low_priority"] == "yes",
        computes=tuple(row["computes"].split()),
        source=row["source"],
    )


@cache
def _by_name() -> dict[str, Size]:
    return {size.name.lower(): size for size in sizes()}


def find(name: str) -> Size | None:
    """Return the size of that name; Azure ignores case (``STANDARD_DS3_v2`` is ``Standard_DS3_v2``)."""
    return _by_name().get(name.lower())


def _node(name: str, vcpus: int, memory_gib: float) -> Size:
    return Size(
        name=name,
        family="MemoryOptimized",
        category="memory optimized",
        vcpus=vcpus,
        memory_gib=memory_gib,
        disk_gib=0,
        gpus=0,
        gpu="",
        generation="",
        premium_io=False,
        infiniband=False,
        low_priority=False,
        computes=(),
        source="synapse",
    )


_NODES = (("Small", 4, 32), ("Medium", 8, 64), ("Large", 16, 128), ("XLarge", 32, 256), ("XXLarge", 64, 432))
SPARK_NODES = {name.lower(): _node(name, *shape) for name, *shape in _NODES}
"""The nodes of Synapse's Spark pools by their size in lower case
(https://learn.microsoft.com/azure/synapse-analytics/spark/apache-spark-pool-configurations#node-sizes)."""


def machine(name: str) -> Size | None:
    """Return the VM size of that name, or the node of a Spark pool, in any letter case."""
    return find(name) or SPARK_NODES.get(name.lower())


def nearest(name: str, count: int = 3) -> list[str]:
    """Return the names of offered sizes that read most like a name: those of the same series first (``DS3_v3``:
    DS…)."""
    wanted = _bare(name)
    known = {_bare(size.name): size.name for size in sizes()}
    same_series = [bare for bare in known if _series(bare) == _series(wanted)]
    close = difflib.get_close_matches(wanted, same_series or list(known), count, cutoff=0.6)
    return [known[bare] for bare in close]


def _bare(name: str) -> str:
    return name.lower().removeprefix("standard_")


def _series(bare: str) -> str:
    """Return the letters before the first digit: ``ds3_v2`` -> ``ds``."""
    return re.sub(r"\d.*", "", bare)


def select(
    *,
    gpu: bool | None = None,
    min_vcpus: int = 0,
    min_memory: float = 0,
    category: str | None = None,
    family: str | None = None,
    compute: str | None = None,
    among: Iterable[Size] | None = None,
) -> list[Size]:
    """Return the sizes that meet every condition given. `family` is a quota family's name or how it starts:
    ``DSv2``."""
    wanted = _family(family or "")
    return [
        size
        for size in (sizes() if among is None else among)
        if (gpu is None or (size.gpus > 0) == gpu)
        and size.vcpus >= min_vcpus
        and size.memory_gib >= min_memory
        and (category is None or size.category == category)
        and _family(size.family).startswith(wanted)
        and (compute is None or compute in size.computes)
    ]


def _family(name: str) -> str:
    """Return a quota family's name without what all have and without the spaces that some have: ``dsv2``."""
    return re.sub(r"[\W_]", "", name).lower().removeprefix("standard").removesuffix("family")
