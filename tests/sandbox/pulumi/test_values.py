"""Property values, paths and differences: what the engine compares and shows."""

from typing import Any

import pytest

from azureml_sandbox.pulumi.engine import diff, paths, values

HUSH = values.secret("hush")


@pytest.mark.parametrize(
    "text", ["a", "a.b", "a[0].b", 'tags["a.b"]', 'tags["a\\"b\\\\"][2]', "$schema.x-y", "a[0][1]"]
)
def test_a_path_is_written_as_it_was_read(text: str) -> None:
    assert paths.text(paths.parse(text)) == text


def test_a_path_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a property path"):
        paths.parse("a[")


def test_a_wildcard_stands_for_what_is_there() -> None:
    found = paths.concrete(paths.parse("a[*].b"), {"a": [{"b": 1}, {"b": 2}]})
    assert [paths.text(path) for path in found] == ["a[0].b", "a[1].b"]


@pytest.mark.parametrize(
    ("old", "new", "path", "expected"),
    [
        ({"a": 1}, {"a": 2}, "a", {"a": 1}),
        ({}, {"a": 2}, "a", {}),
        ({"a": 1}, {}, "a", {"a": 1}),
        ({"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, "a.b", {"a": {"b": 1, "c": 3}}),
        ({"a": [1, 2]}, {"a": [3, 4]}, "a[1]", {"a": [3, 2]}),
    ],
)
def test_reset_brings_the_old_value_back(old: Any, new: Any, path: str, expected: Any) -> None:
    assert paths.reset(old, new, paths.parse(path))
    assert new == expected


def test_reset_says_when_there_is_no_such_place() -> None:
    assert not paths.reset({"a": {"b": 1}}, {}, paths.parse("a.b"))


def test_changes_are_nested_with_old_and_new_values() -> None:
    old = {"a": {"b": 1, "c": [1, 2]}, "gone": "x", "same": True}
    new = {"a": {"b": 2, "c": [1, 3, 4]}, "same": True, "added": {"y": 1}}
    assert [(change.path, change.old, change.new) for change in diff.compare(old, new)] == [
        ("a.b", 1, 2),
        ("a.c[1]", 2, 3),
        ("a.c[2]", None, 4),
        ("gone", "x", None),
        ("added", None, {"y": 1}),
    ]


def test_true_is_not_one() -> None:
    assert diff.compare({"a": True}, {"a": 1})


def test_secrets_compare_by_value_and_show_nothing() -> None:
    assert diff.compare({"a": HUSH}, {"a": "hush"}) == ()
    (change,) = diff.compare({"a": HUSH}, {"a": "loud"})
    assert (change.old, change.new) == ("[secret]", "[secret]")
    (change,) = diff.compare({}, {"a": {"b": HUSH}})
    assert change.new == {"b": "[secret]"}


def test_a_change_below_or_above_a_replacing_path_replaces() -> None:
    below, above, beside = diff.mark_replacing(
        diff.compare({"a": {"b": {"c": 1}}, "x": 1}, {"a": {"b": {"c": 2}}, "d": {"e": 1}, "x": 2}), ["a.b", "d.e"]
    )[0:3]
    assert (below.replaces, above.replaces) == (True, False)
    assert beside.path == "d"
    assert beside.replaces


def test_outputs_keep_the_secrets_of_inputs() -> None:
    outputs = values.keep_secret({"a": {"b": "hush", "c": 1}, "l": ["x"]}, {"a": {"b": HUSH}, "l": [HUSH]})
    assert outputs == {"a": {"b": HUSH, "c": 1}, "l": values.secret(["x"])}


def test_whole_numbers_are_ints_after_the_wire() -> None:
    given = {"a": 1, "b": 1.5, "c": [True, None, "x"], "d": {"e": 0}}
    back = values.from_struct(values.to_struct(given))
    assert back == given
    assert isinstance(back["a"], int)
    assert back["c"][0] is True
