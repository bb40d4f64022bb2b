"""Every compute, datastore, endpoint, deployment, environment, model and data file of Azure/azureml-examples.

The copy at hand has the YAML files alone, so local files that they name are absent: those are stood in for by empty
files and folders. What still isn't valid holds placeholders, or leaves to the command line what a description must say.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from azureml_infra.description.load import load_file
from azureml_infra.entities.kinds import UnknownKindError, find_kind
from azureml_infra.yaml.nodes import data, scalars
from azureml_infra.yaml.problems import DescriptionError
from azureml_infra.yaml.read import read
from kit.paths import SHARED

EXAMPLES = SHARED / "azureml-examples"

REASONS = {
    "a mapping in braces": "template not filled in",
    '"{{': "template not filled in",
    "<": "placeholder",
    "is a mapping; expected text": "placeholder",
    "is not an ARM id": "placeholder",
    "not a GUID": "placeholder",
    "written in clear": "credential in clear",
    '"endpoint_name" is missing': "left to the command line",
    '"command" is missing in "component"': "component absent",
    "the file is empty": "empty",
}
"""What a message says -> why the file isn't valid; the first that fits counts."""

FOUND: dict[str, dict[str, int]] = {
    "computes": {"valid": 8, "placeholder": 4, "credential in clear": 2},
    "datastores": {"valid": 3, "placeholder": 2, "credential in clear": 5},
    "connections": {"valid": 1, "credential in clear": 6},
    "environments": {"placeholder": 1},
    "data": {"valid": 15},
    "models": {"valid": 4},
    "online_endpoints": {"valid": 9, "placeholder": 2, "template not filled in": 2},
    "online_deployments": {
        "valid": 16,
        "left to the command line": 12,
        "placeholder": 1,
        "template not filled in": 1,
    },
    "batch_endpoints": {"valid": 3},
    "batch_deployments": {"valid": 3, "left to the command line": 4, "component absent": 2},
    "workspaces": {"valid": 5},
    "unreadable": {"template not filled in": 4, "empty": 1},
}
"""Section -> how many files are valid, and why the others aren't. Jobs and components are counted elsewhere."""

ABSENT = re.compile(r"doesn't exist$| has no \"")
LONGEST = 200
"""Characters of a path; a longer text is none."""
ROUNDS = 4
"""A file that is stood in for may name others."""

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="needs a copy of Azure/azureml-examples in ../shared")


def section(path: Path) -> str | None:
    """Return the section of a file; None for what isn't for az ml, or of a kind that isn't provisioned yet."""
    try:
        return find_kind(data(read(path, path.name, []).root)).section
    except DescriptionError:
        return "unreadable"
    except UnknownKindError:
        return None


def outcome(path: Path) -> str:
    """Return ``valid``, or the reason why not, after standing in for what the file names."""
    for _ in range(ROUNDS):
        try:
            load_file(path)
        except DescriptionError as error:
            text = str(error)
            absent = [problem for problem in error.problems if ABSENT.search(problem.what)]
            if not absent:
                break
            for file in {problem.file for problem in absent}:
                stand_in(Path(file), {(one.line, one.column) for one in absent if one.file == file})
        else:
            return "valid"
    return next((reason for words, reason in REASONS.items() if words in text), text)


def stand_in(path: Path, places: set[tuple[int, int]]) -> None:
    """Make the local files and folders that are named at these places."""
    nodes = [node for _, node in scalars(read(path, path.name, []).root) if len(node.text) < LONGEST]
    values = [(node, str(node.value)) for node in nodes]
    scripts = [value for _, value in values if value.endswith(".py")]
    for node, value in values:
        target = path.parent / value.removeprefix("file:")
        if (node.line, node.column) not in places and not target.is_dir():
            continue
        folder = target.parent if target.suffix else target
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("Dockerfile", "MLTable", *scripts):
            (folder / name).touch()
        if target.suffix:
            target.write_text("name: stand-in\n")


def outcomes(folder: Path) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for path in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        if kind := section(path):
            found.setdefault(kind, Counter())[outcome(path)] += 1
    return found


def test_the_files_that_a_platform_is_described_with_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "a/b/c/d/e/f"  # some files name what lies outside of the copy
    shutil.copytree(EXAMPLES / "cli", folder)
    found = outcomes(folder)
    assert {section: dict(found[section]) for section in FOUND} == FOUND
