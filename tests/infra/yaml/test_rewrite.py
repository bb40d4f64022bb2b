"""A file says something else by the lines that differ alone: comments, order and quotes of the others stay."""

from typing import Any

import pytest

from azureml_infra.yaml.nodes import data
from azureml_infra.yaml.read import parse
from azureml_infra.yaml.rewrite import RewriteError, rewrite
from kit.rows import each

FILE = """\
# A cluster.
name: cpu  # of all

tags: {team: ml, cost: "47"}  # both
schedules:
  # in the week
  - name: start
    at: 7   # early
  - name: stop
    at: 19
identity:
  type: none
text: 'it'
empty:
"""


@each(
    ("change", "lines"),
    [
        ({"name": "gpu"}, {"name: cpu  # of all": "name: gpu  # of all"}),
        ({"text": "is: this"}, {"text: 'it'": "text: 'is: this'"}),
        ({"text": None}, {"text: 'it'": "text: null"}),
        ({"empty": 5}, {"empty:": "empty: 5"}),
        ({"empty": {"a": [1, 2]}}, {"empty:": "empty:\n  a:\n    - 1\n    - 2"}),
        ({"identity": None}, {"identity:\n  type: none": "identity: null"}),
        ({"identity": {"type": "none", "ids": ["a"]}}, {"  type: none": "  type: none\n  ids:\n    - a"}),
        (
            {"tags": {"team": "ds", "cost": "47", "x": "on"}},
            {'{team: ml, cost: "47"}': """{team: ds, cost: "47", x: 'on'}"""},
        ),
        ({"tags": {"cost": "47"}}, {'{team: ml, cost: "47"}': "{cost: '47'}"}),
        ({"schedules": [{"name": "start", "at": 8}, {"name": "stop", "at": 19}]}, {"at: 7   #": "at: 8   #"}),
        (
            {"schedules": [{"name": "stop", "at": 20}]},
            {"  - name: start\n    at: 7   # early\n": "", "at: 19": "at: 20"},
        ),
        ({"schedules": [{"name": "start", "at": 7}, {"name": "stop"}]}, {"    at: 19\n": ""}),
        (
            {"schedules": [{"name": "start", "at": 7}, {"name": "stop", "at": 19}, {"name": "x", "at": [1]}]},
            {"    at: 19\n": "    at: 19\n  - name: x\n    at:\n      - 1\n"},
        ),
        ({"more": {"a": "b"}}, {"empty:\n": "empty:\n\nmore:\n  a: b\n"}),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_the_lines_that_differ_change(change: dict[str, Any], lines: dict[str, str], newline: str) -> None:
    wanted = {**data(parse(FILE.encode(), "x.yml").root), **change}
    expected = FILE
    for old, new in lines.items():
        assert old in expected
        expected = expected.replace(old, new)
    assert rewrite(FILE.replace("\n", newline), wanted, "x.yml") == expected.replace("\n", newline)


def test_a_first_key_of_an_item_goes_without_its_dash() -> None:
    assert rewrite("a:\n  - x: 1\n    y: 2\n", {"a": [{"y": 2}]}, "x.yml") == "a:\n  - y: 2\n"


@pytest.mark.parametrize("text", ["a: &x {b: 1}\nc: *x\n", "a: &x {b: 1}\nc: {<<: *x, d: 2}\n"])
def test_what_an_alias_shares_is_refused(text: str) -> None:
    wanted = data(parse(text.encode(), "x.yml").root)
    with pytest.raises(RewriteError, match=r"^x\.yml"):
        rewrite(text, {**wanted, "c": {"d": 2}, "a": {"b": 1}} if "<<" in text else {**wanted, "a": {"b": 2}}, "x.yml")
