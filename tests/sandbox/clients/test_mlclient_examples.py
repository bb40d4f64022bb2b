"""Every YAML file of Azure/azureml-examples that azure-ai-ml loads, made in the sandbox by it, with its requests."""

import contextlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("azure.ai.ml", reason="no azure-ai-ml")

from azure.ai.ml.exceptions import JobParsingError, MlException
from azure.core.exceptions import AzureError
from marshmallow import ValidationError

from azureml_infra.description.load import load_file
from azureml_infra.entities.body import body
from azureml_infra.yaml.problems import DescriptionError
from kit import az_bodies, az_examples, az_kinds
from kit.clients import Kit
from kit.mlclient import examples
from kit.mlclient.client import starting
from kit.mlclient.listed import read_listed
from kit.mlclient.listening import ASIDE, listening
from kit.served import serving

pytestmark = pytest.mark.skipif(not examples.SOURCE.is_dir(), reason="no ../shared/azureml-examples")
UNREADABLE = (MlException, ValidationError, KeyError, TypeError, ValueError, AttributeError)
"""What azure-ai-ml raises of files that it can't load."""


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    with serving(tmp_path_factory.mktemp("served"), "--memory") as served, starting(served) as made:
        yield made


def test_what_loads_is_made_and_alike(kit: Kit, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, surprises = _make(kit, tmp_path / "examples")
    capsys.readouterr()
    if os.environ.get("BODIES") == "write":
        az_examples.write(found)
    assert surprises == {}
    assert sorted(found, key=lambda one: one.file) == list(az_examples.examples())
    counted = {what: [0, 0, 0] for what in examples.ORDER}
    for one in found:
        counted[one.kind] = [
            was + now
            for was, now in zip(counted[one.kind], (one.az == "made", one.az in ("made", "loads"), 1), strict=True)
        ]
    assert {what: one for what, one in counted.items() if one[2]} == read_listed()["examples"]


def _make(kit: Kit, folder: Path) -> tuple[list[az_examples.Example], dict[str, list[str]]]:
    """Return what becomes of each file, and differences of bodies without a known reason."""
    files = sorted(examples.copy_files(folder), key=lambda one: examples.ORDER.index(one[1]))
    examples.prepare(kit, files)
    seen: Counter[tuple[str, ...]] = Counter()
    found: list[az_examples.Example] = []
    surprises: dict[str, list[str]] = {}
    for path, what in files:
        name, ours = str(path.relative_to(folder)), az_examples.outcome(path)
        az, compared = "refused", ""
        with contextlib.suppress(*UNREADABLE):
            loaded = examples.load(path, what)
            az = "loads"
            examples.apart(loaded, what, seen)
            refusals = contextlib.suppress(AzureError, MlException, JobParsingError)
            with contextlib.chdir(path.parent), listening() as sent, refusals:
                examples.make(kit, loaded, what)
                az = "made"
            differing = _differences(path, what, sent)
            if differing is not None:
                compared = "equal" if differing == [] else str(len(differing))
                unknown = [
                    one for one in differing if not any(az_bodies.row_of(at, one) for at in ("examples", "jobs"))
                ]
                surprises |= {name: unknown} if unknown else {}
        found.append(az_examples.Example(name, what, az, ours, compared))
    return found, surprises


def _differences(path: Path, what: str, sent: list[tuple[str, Any]]) -> list[str] | None:
    """Return where our body of a file differs from what was sent; None where one of them isn't there."""
    try:
        entity = load_file(path).entity
    except DescriptionError:
        return None
    if what == "job":
        jobs = {url.rpartition("/workspaces/ws-clients/")[2]: one for url, one in sent}
        both = (
            (az_bodies.ours(path), az_bodies.theirs(path, jobs))
            if any(url.startswith("jobs/") for url in jobs)
            else None
        )
    else:
        bodies = [one for url, one in sent if not any(word in url for word in ASIDE)]
        theirs = (az_kinds.workspace(bodies[-1]) if what == "workspace" else bodies[-1]) if bodies else None
        ours = az_kinds.one_form(body(entity, az_bodies.Resolver(named=True)))
        both = (ours, json.loads(json.dumps(az_kinds.one_form(theirs), default=str))) if theirs else None
    if both is None:
        return None
    return [one for one in az_bodies.differences(*both) if az_bodies.row_of(entity.family, one) is None]
