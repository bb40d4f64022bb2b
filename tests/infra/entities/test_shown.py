"""What `az ml … show -o yaml` prints, and azure-ai-ml reads, is read here: shown.json, as printed of the sandbox."""

import json

import pytest

from azureml_infra.description.load import load_document
from azureml_infra.yaml.problems import DescriptionError
from azureml_infra.yaml.read import parse
from kit.az_bodies import CORPUS
from kit.az_kinds import SHOWN
from kit.rows import each

_NO_SECRET = "Azure shows no certificate, which a description has by the name of a secret"
NOT_READ = {
    "Data Lake Gen2 datastore": _NO_SECRET,
    "Data Lake Gen1 datastore": _NO_SECRET,
    "pipeline component": "Azure doesn't show its steps, without which it is nothing",
}
"""Kinds of which azure-ai-ml reads what it prints, and we don't: why."""


def kinds() -> list[str]:
    """Return the kinds of what is printed, and read."""
    return [kind for kind in json.loads(SHOWN.read_text("utf-8")) if kind not in NOT_READ]


def warnings_of(kind: str) -> list[str]:
    """Return what is warned of in what is printed of a kind; DescriptionError where it isn't read."""
    case = json.loads(SHOWN.read_text("utf-8"))[kind]
    text = json.dumps(case["printed"]).encode()
    _, warnings = load_document(parse(text, "shown.yml"), CORPUS, section=case["section"])
    return [one.what for one in warnings]


@each("kind", kinds)
def test_what_is_printed_is_read(kind: str) -> None:
    assert warnings_of(kind) == []


@pytest.mark.parametrize("kind", NOT_READ)
def test_what_is_left_out_is_refused(kind: str) -> None:
    with pytest.raises(DescriptionError):
        warnings_of(kind)
