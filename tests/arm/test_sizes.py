"""The table of VM sizes, its lookups, and ``azureml-infra sizes``."""

from __future__ import annotations

import io
import json
from argparse import ArgumentParser

import pytest

from azureml_arm.sizes import CATEGORIES, find, nearest, select, sizes
from azureml_infra.commands.sizes import add_arguments, run


def _run(*arguments: str) -> tuple[int, str]:
    parser = ArgumentParser()
    add_arguments(parser)
    out = io.StringIO()
    return run(parser.parse_args(list(arguments)), out), out.getvalue()


def test_table_is_whole() -> None:
    table = sizes()
    assert len(table) == len({size.name.lower() for size in table}) == 261
    assert {size.category for size in table} == set(CATEGORIES)
    for size in table:
        assert size.name.startswith("Standard_")
        assert size.vcpus > 0
        assert size.memory_gib > 0
        assert size.computes
        assert bool(size.disk_gib) == bool(size.generation) == size.is_listed, size.name
        assert (size.gpus > 0) == (size.category == "gpu") == bool(size.gpu), size.name


@pytest.mark.parametrize(
    ("name", "vcpus", "memory", "gpus", "gpu"),
    [
        ("STANDARD_DS3_v2", 4, 14, 0, ""),
        ("standard_e8s_v3", 8, 64, 0, ""),
        ("Standard_F72s_v2", 72, 144, 0, ""),
        ("Standard_M128ms", 128, 3892, 0, ""),
        ("Standard_NC4as_T4_v3", 4, 28, 1, "T4 16 GB"),
        ("Standard_NC96ads_A100_v4", 96, 880, 4, "A100 80 GB"),
        ("Standard_ND96isr_H100_v5", 96, 1900, 8, "H100 80 GB"),
    ],
)
def test_sizes_are_found_in_any_case(name: str, vcpus: int, memory: float, gpus: int, gpu: str) -> None:
    size = find(name)
    assert size is not None
    assert (size.vcpus, size.memory_gib, size.gpus, size.gpu) == (vcpus, memory, gpus, gpu)


def test_unknown_size_has_near_ones() -> None:
    assert find("Standard_DS3_v3") is None
    assert nearest("Standard_DS3_v3")[0] == "Standard_DS3_v2"
    assert nearest("DS3_v2")[0] == "Standard_DS3_v2"
    assert all(name.startswith("Standard_NC") for name in nearest("STANDARD_NC6"))
    assert nearest("xyz") == []


def test_selection() -> None:
    assert {size.name for size in select(family="dsv2", min_vcpus=16)} == {
        "Standard_DS5_v2",
        "Standard_DS14_v2",
        "Standard_DS15_v2",
    }
    assert all(size.gpus == 0 for size in select(gpu=False))
    assert [size.name for size in select(gpu=True, family="NDASv4_A100")] == ["Standard_ND96asr_v4"]
    assert "Standard_NV6ads_A10_v5" not in {size.name for size in select(compute="amlcompute")}


def test_command_prints_a_table() -> None:
    code, text = _run("--gpu", "--min-vcpus", "96")
    assert code == 0
    lines = text.splitlines()
    assert lines[0].split()[:2] == ["Name", "vCPUs"]
    assert any(line.startswith("Standard_ND96isr_H100_v5 ") and "8" in line for line in lines)
    assert lines[-1].startswith("5 of 261 sizes")


def test_command_prints_json() -> None:
    code, text = _run("--json", "--category", "compute optimized", "--min-memory", "1000")
    assert code == 0
    assert [size["name"] for size in json.loads(text)] == ["Standard_FX48mds"]


def test_command_finds_nothing() -> None:
    assert _run("--min-vcpus", "9999") == (1, "No size meets these conditions.\n")
