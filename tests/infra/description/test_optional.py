"""Optional inputs that a command names outside of ``$[[ ]]``."""

from pathlib import Path

import pytest

from kit.descriptions import load_text

INPUTS = (
    "inputs: {data: {type: uri_folder}, rate: {type: number, optional: true}, "
    "top: {type: integer, optional: true, default: 3}}\n"
)
COMPONENT = "name: train\nversion: 1\nenvironment: {image: a/b}\n" + INPUTS
PIPELINE = """\
jobs:
  - type: pipeline
    compute: serverless
    jobs:
      train:
        inputs: {data: {path: 'https://a/b'}}
        component: ./parts/train.yml
"""
MESSAGE = (
    'the input "rate" is optional, and a run without it fails here; expected $[[ … ${{inputs.rate}} ]] around what '
    "depends on it"
)


@pytest.mark.parametrize(
    ("command", "warned"),
    [
        ("run ${{inputs.data}} --rate ${{inputs.rate}}", True),
        ("run ${{inputs.data}} $[[--rate ${{inputs.rate}}]]", False),
        ("run $[[--rate ${{inputs.rate}}]] $[[--top ${{inputs.top}}]] --again ${{inputs.rate}}", True),
        ("run ${{inputs.top}}", False),
        (">-\n  run $[[--rate\n  ${{inputs.rate}}]]", False),
    ],
)
@pytest.mark.parametrize("text", ["components: [parts/train.yml]\n", PIPELINE], ids=["component", "step"])
def test_an_optional_input_is_named_within_brackets(tmp_path: Path, text: str, command: str, *, warned: bool) -> None:
    found = load_text(tmp_path, text, parts__train=f"{COMPONENT}command: {command}\n")
    said = [str(one) for one in found.warnings if "is optional" in str(one)]
    assert [one.partition(": warning: ")[2] for one in said] == ([MESSAGE] if warned else [])
    assert all(one.startswith("parts/train.yml:5:") for one in said)


TASK = "{type: run_function, entry_script: s.py, environment: {image: a/b}, program_arguments: '${{inputs.rate}}'}"


def test_the_arguments_of_other_components_count_too(tmp_path: Path) -> None:
    text = f"name: train\nversion: 1\ntype: parallel\n{INPUTS}task: {TASK}\n"
    found = load_text(tmp_path, "components: [parts/train.yml]\n", parts__train=text)
    (said,) = [str(one) for one in found.warnings if "is optional" in str(one)]
    assert said.startswith("parts/train.yml:5:")
