"""Descriptions of any content: read, or refused with a place."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from azureml_infra.description.load import load, load_file
from azureml_infra.entities.kinds import KINDS, UnknownKindError
from azureml_infra.entities.platform import PlatformDescription
from azureml_infra.entities.references import FAMILIES
from azureml_infra.yaml import nodes
from azureml_infra.yaml.problems import DescriptionError, Problem
from azureml_infra.yaml.read import read
from kit.descriptions import QUICKSTART, SCALARS, load_text

WORDS = st.sampled_from([*PlatformDescription.model_fields, *FAMILIES, "type", "$schema", "path", "traffic", "inputs"])
KINDS_OF = st.sampled_from([word for kind in KINDS for word in kind.types])
VALUES = st.recursive(
    SCALARS
    | KINDS_OF
    | st.sampled_from(["azureml:a:1", "${{parent.jobs.a.outputs.b}}", "*.yml", "platform.yml", ".."]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=4),
    max_leaves=10,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@settings(max_examples=150)
@example({"resource_group": [5e-324]})  # a list where a mapping belongs, of what YAML writes in another way
@given(st.dictionaries(WORDS, VALUES, max_size=5))
def test_any_description_is_read_or_refused(folder: Path, tree: dict[str, Any]) -> None:
    (folder / "platform.yml").write_text(pyyaml.safe_dump({"name": "any", "location": "westeurope", **tree}))
    problems: tuple[Problem, ...] = ()
    try:
        problems = load(folder).warnings
    except DescriptionError as error:
        problems = error.problems
    assert all(problem.line > 0 and problem.column > 0 for problem in problems)


FILES = sorted(
    path.relative_to(QUICKSTART) for path in QUICKSTART.rglob("*.yml") if path.name not in {"platform.yml", "conda.yml"}
)
JUNK = st.sampled_from(
    [None, True, -1, 1.5, 10**400, "", "\0", "a\nb", "../..", [None], {}, {"a": "b"}, "azureml:a:1", "é" * 300]
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(QUICKSTART, tmp_path_factory.mktemp("copy") / "quickstart")


@settings(max_examples=200)
@given(st.sampled_from(FILES), st.integers(min_value=0), JUNK)
def test_any_value_in_the_wrong_place_is_reported_in_one_line(copy: Path, file: Path, at: int, junk: Any) -> None:
    path = copy / file
    tree = pyyaml.safe_load(path.read_text())
    places = list(nodes.scalars(read(path, path.name).root))
    *above, last = places[at % len(places)][0]
    inner = tree
    for step in above:
        inner = inner[step]
    inner[last] = junk
    changed = path.with_name("changed.yml")
    changed.write_text(pyyaml.safe_dump(tree))
    try:
        load_file(changed, path.name)
    except (DescriptionError, UnknownKindError) as error:
        problems = error.problems if isinstance(error, DescriptionError) else ()
    else:
        problems = ()
    assert all(str(problem).startswith(f"{path.name}:") and str(problem).isprintable() for problem in problems)


def test_null_where_a_name_belongs_and_text_where_a_mapping_belongs(tmp_path: Path) -> None:
    found = load_text(tmp_path, "workspace: {name: }\n")
    assert found.platform.workspace.name is None
    with pytest.raises(DescriptionError, match=r"^platform.yml:3:.*is something else; expected a mapping$"):
        load_text(tmp_path, "workspace: {identity: {type: user_assigned, user_assigned_identities: {id: text}}}\n")
