"""The stack's outputs have the shape that docs/outputs.md documents."""

import re
from typing import Any

import pytest

from azureml_arm.ids import is_id
from kit.paths import ROOT
from kit.scenarios import Scenario, scenarios

PAGE = ROOT / "docs" / "outputs.md"
ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)
EXPORTS: dict[str, dict[str, Any]] = {}


def documentation() -> dict[str, str]:
    """Dotted path, with NAME for any name -> what it is."""
    return dict(ROW.findall(PAGE.read_text("utf-8")))


def exports(name: str) -> dict[str, Any]:
    """Return what an example exports, as dotted paths."""
    if name not in EXPORTS:
        EXPORTS[name] = dict(_flat(Scenario(name).up().outputs))
    return EXPORTS[name]


def _flat(outputs: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in outputs.items():
        found += _flat(value, f"{above}{key}.") if isinstance(value, dict) else [(above + key, value)]
    return found


def row_of(path: str) -> str | None:
    """Return the documented row that describes a path."""
    forms = {
        row: re.escape(row).replace("REGISTRY", ".+").replace("NAME", ".+").replace(r"\-VERSION", "(-.+)?")
        for row in documentation()
    }
    return next((row for row, form in forms.items() if re.fullmatch(form, path)), None)


@pytest.mark.parametrize("name", scenarios())
def test_every_output_is_documented_and_what_it_is_said_to_be(name: str) -> None:
    outputs = exports(name)
    assert [path for path in outputs if row_of(path) is None] == []
    for path, value in outputs.items():
        said = documentation()[str(row_of(path))]
        if "ARM id" in said:
            elsewhere = value.startswith("azureml://registries/") and "registry" in said
            assert is_id(value) or elsewhere or (path == "registry" and value == "not needed yet"), path
        if path.endswith(("_uri", "_url")):
            assert value.startswith("http://" if "plain HTTP" in said else "https://"), path
        if path == "datastores":
            assert value == sorted(value)


def test_every_documented_output_is_one_of_an_example() -> None:
    seen = {row_of(path) for name in scenarios() for path in exports(name)}
    assert set(documentation()) - seen == set()
