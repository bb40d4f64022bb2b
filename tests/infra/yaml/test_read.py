"""YAML as text: the values that PyYAML reads, each with its place, within limits."""

from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from azureml_infra.yaml import nodes
from azureml_infra.yaml.problems import DescriptionError, Problem
from azureml_infra.yaml.read import parse
from kit.descriptions import SCALARS


def read_text(text: str) -> Any:
    return nodes.data(parse(text.encode(), "file.yml").root)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: [1.5, 0x1f, 010, 1_000, 1:30]\nc: {d: yes, e: off, f: ~, g: null, h: }",
        "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: {<<: [*x, {r: 4}]}\nd: *x",
        "a: |\n  one\n  two\nb: >-\n  one\n  two\nc: 'it''s'\nd: \"\\t\\u00e9\"",
        "a: !!str 1\nb: !!int '2'\n'c': \"\"\n? d\n: 5",
        "\ufeffa: b",
    ],
)
def test_values_are_those_of_pyyaml(text: str) -> None:
    assert read_text(text) == pyyaml.safe_load(text)


@pytest.mark.parametrize("text", ["2024-01-01", "2024-01-01T10:00:00Z", "2024-99-99"])
def test_dates_stay_text(text: str) -> None:
    assert read_text(f"version: {text}") == {"version": text}


TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=6
)


@given(st.dictionaries(st.text(), TREES, min_size=1, max_size=3))
def test_whatever_pyyaml_writes_is_read_back(tree: dict[str, Any]) -> None:
    assert read_text(pyyaml.safe_dump(tree)) == tree


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused_with_a_place(content: bytes) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        parse(content, "file.yml")
    except DescriptionError as error:
        problems = error.problems
    assert all(problem.file == "file.yml" and problem.line > 0 and problem.column > 0 for problem in problems)


@given(st.text(alphabet="ab:-?&*!|>'\"%@`{}[],#\n \t<~.1\\"))
def test_any_punctuation_is_read_or_refused(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        read_text(text)
    except DescriptionError as error:
        problems = error.problems
    assert all(problem.line > 0 and problem.column > 0 for problem in problems)


@pytest.mark.parametrize("text", ["[" * 10_000, "- " * 10_000, "{a: " * 10_000, "a: " + "[" * 60 + "]" * 60])
def test_depth_has_a_limit(text: str) -> None:
    if text.startswith("a"):
        assert read_text(text)
    else:
        with pytest.raises(DescriptionError, match="more than 64 deep"):
            read_text(text)


def test_keys_and_values_know_their_places() -> None:
    document = parse(b"a:\n  - b: 1\n    long name: >-\n      one\n      ${{two}}\n", "file.yml")
    key = nodes.key_at(document.root, ("a", 0, "long name"))
    value = nodes.descend(document.root, ("a", 0, "long name"))
    missing = nodes.descend(document.root, ("a", 0, "missing", "deeper"))
    assert [(node.line, node.column) for node in (key, value, missing)] == [(3, 5), (3, 16), (2, 5)]
    assert document.find(value, "${{two}}") == (5, 7)
