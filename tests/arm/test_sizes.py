"""The table of VM sizes, its lookups, and ``azureml-infra compute list-sizes``."""

from azureml_arm.sizes import CATEGORIES, find, nearest, select, sizes
from kit.rows import each


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


@each(
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
