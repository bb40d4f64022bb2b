"""``azureml-policies fix``: lines written into a description's files, whose comments and layout stay."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_policies.commands.cli import main
from azureml_policies.commands.descriptions import with_value
from azureml_policies.fixes import flow
from kit.rows import each

HEAD = "name: acme\nlocation: westeurope\n"


@each(
    ("before", "at", "value", "after"),
    [
        ("a: 1 # one\nb: 2\n", ["a"], 3, "a: 3 # one\nb: 2\n"),
        ("a: 1", ["a"], 3, "a: 3"),
        ("a: 1", ["b"], "x y", "a: 1\nb: x y"),
        ("a:   'one'\r\n", ["b"], True, "a:   'one'\r\nb: true\r\n"),
        ("a: {x: 1}\n", ["a", "y"], 2, "a: {x: 1, y: 2}\n"),
        ("a: {}\n", ["a", "y"], 2, "a: {y: 2}\n"),
        ("a:\n  x: 1 # here\n  # there\nb: 2\n", ["a", "y"], 2, "a:\n  x: 1 # here\n  y: 2\n  # there\nb: 2\n"),
        ("a:\n", ["a", "y"], 2, "a: {y: 2}\n"),
        ("a: ~\n", ["a", "y"], 2, "a: {y: 2}\n"),
        ("registry: lazy # cheap\n", ["registry", "sku"], "Basic", "registry: {mode: lazy, sku: Basic} # cheap\n"),
        ("a: 1\n", ["w", "n", "mode"], "on", "a: 1\nw: {n: {mode: 'on'}}\n"),
        ("l:\n  - x: 1\n  - x: 2\n", ["l", 1, "y"], 3, "l:\n  - x: 1\n  - x: 2\n    y: 3\n"),
        ("l:\n  - x:\n      - 1\n", ["l", 0, "y"], 3, "l:\n  - y: 3\n    x:\n      - 1\n"),
        ("l: [{x: 1}]\n", ["l", 0, "x"], 2, "l: [{x: 2}]\n"),
        ("a: 1\ns:\n  k: v\n  l: w\nb: 2\n", ["s"], None, "a: 1\nb: 2\n"),
        ("a: 1\ns: {k: v}\n", ["s"], None, "a: 1\n"),
        ("a: >\n  folded\n  text\n", ["b"], 1, "b: 1\na: >\n  folded\n  text\n"),
        ("a: 1\n", ["b"], None, None),
        ("s: {k: v}\n", ["s"], None, None),
        ("a: |\n  text\n", ["a"], 1, None),
        ("a: &one 1\nb: *one\n", ["a"], 2, None),
        ("a: [1]\n", ["a"], 2, None),
        ("- 1\n", ["a"], 2, None),
    ],
)
def test_one_line_is_written_and_the_rest_stays(
    before: str, at: list[str | int], value: Any, after: str | None
) -> None:
    assert with_value(before, at, value) == after


names = st.sampled_from(["a", "b", "size", "tags"])
scalars = st.one_of(
    st.integers(0, 9), st.booleans(), st.sampled_from(["x", "on", "a: b", "5", "", "# no", "ä", "null"])
)
documents = st.dictionaries(
    names, st.recursive(scalars, lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=5), min_size=1
)


@settings(max_examples=300)
@given(documents, st.lists(names, min_size=1, max_size=3), scalars, st.sampled_from([None, False, True]))
def test_what_is_written_is_read_back_and_nothing_else_differs(
    document: dict[str, Any], at: list[str], value: Any, style: bool | None
) -> None:
    text = with_value(yaml.safe_dump(document, default_flow_style=style, allow_unicode=True), at, value)
    if text is None:
        return
    expected, place = json.loads(json.dumps(document)), at
    inner = expected
    for step in place[:-1]:
        there = inner.get(step)
        inner[step] = there if isinstance(there, dict) else {} if there is None else {"mode": there}
        inner = inner[step]
    inner[place[-1]] = value
    assert yaml.safe_load(text) == expected


@given(st.text(max_size=12))
def test_any_text_is_one_value_in_one_line(text: str) -> None:
    assert yaml.safe_load(f"a: {flow(text)}") == {"a": text}
    assert "\n" not in flow(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a description of several files."""
    (tmp_path / "platform.yml").write_text(HEAD + "computes: [clusters/*.yml]\ninclude: ['more/*.yml']\n")
    for name, text in {
        "clusters/cpu.yml": "$schema: https://azuremlschemas.azureedge.net/latest/compute.schema.json\n"
        "name: cpu # the small one\ntype: amlcompute\nmin_instances: 2 # why?\n",
        "clusters/zero.yml": "name: zero\ntype: amlcompute\n",
        "clusters/notebooks.yml": "name: notebooks\ntype: computeinstance\nmin_instances: 1\n",
        "more/gpu.yml": "name: gpu\ntype: amlcompute\nmin_instances: 1\n",
        "more/churn.yml": "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\n"
        "name: churn\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def fix(folder: Path, *arguments: str) -> int:
    return main(["fix", "--description", str(folder), *arguments])


def test_the_line_is_written_where_it_lacks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fix(folder, "compute-min-nodes-zero", "endpoint-local-auth-off", "--dry-run") == 0
    dry = capsys.readouterr().out
    assert "min_instances: 2" in (folder / "clusters/cpu.yml").read_text()
    assert fix(folder / "platform.yml", "compute-min-nodes-zero", "endpoint-local-auth-off") == 0
    assert capsys.readouterr().out == dry
    assert "-min_instances: 2 # why?\n+min_instances: 0 # why?" in dry
    assert "b/more/gpu.yml" in dry
    assert (folder / "more/churn.yml").read_text().endswith("name: churn\nauth_mode: aad_token\n")
    assert (folder / "clusters/notebooks.yml").read_text().endswith("min_instances: 1\n")
    assert (folder / "clusters/zero.yml").read_text() == "name: zero\ntype: amlcompute\n"
    assert fix(folder, "compute-min-nodes-zero", "endpoint-local-auth-off") == 0
    assert capsys.readouterr().out == "nothing to fix\n"


def test_without_a_name_what_the_config_makes_mandatory(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fix(folder) == 0
    assert capsys.readouterr().out == "nothing to fix\n"
    config = folder / "guardrails.json"
    rules = {"required-tags": {"tags": {"team": "ml"}}, "allowed-regions": {"regions": ["northeurope"]}}
    config.write_text(json.dumps({**rules, "compute-min-nodes-zero": "mandatory"}))
    assert fix(folder, "--config", str(config)) == 0
    assert {"+location: northeurope", "+tags: {team: ml}", "+min_instances: 0 # why?"} <= set(
        capsys.readouterr().out.splitlines()
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("stack-max-gpus", "stack-max-gpus: clusters/cpu.yml: `max_instances: 1` in each of `computes`, for example"),
        ("workspace-private-link", "a description has no word for it yet"),
        ("compute-low-priority", "is for some stacks only; give --stack NAME"),
        ("key-vault-purge-protection", "`pulumi config rm azureml-infra:disposable`"),
    ],
)
def test_what_is_left_to_people_is_listed(
    rule: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fix(folder, rule) == 1
    assert said in capsys.readouterr().out


def test_mistakes_say_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fix(folder, "compute-min-node-zero") == 2
    assert "there is no such rule; did you mean compute-min-nodes-zero?" in capsys.readouterr().err
    assert fix(folder / "more", "compute-min-nodes-zero") == 2
    assert "give the description's folder: --description DIR" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["computes: [", "- 1", "computes: 5", "computes: [5, [], ../x.yml, /etc/*, '**']", "\0"]
)
def test_what_is_no_description_is_left_alone(text: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "platform.yml").write_text(text)
    before = {path: path.read_bytes() for path in folder.rglob("*.yml")}
    assert fix(folder, "compute-min-nodes-zero", "workspace-hbi", "--dry-run") in (0, 1)
    assert "Traceback" not in capsys.readouterr().err
    assert {path: path.read_bytes() for path in folder.rglob("*.yml")} == before
