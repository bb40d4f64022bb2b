"""What is written down of azure-ai-ml's requests for the kinds that aren't jobs is what it sends: `kit.az_kinds`."""

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("azure.ai.ml", reason="no azure-ai-ml")

from azure.ai.ml import entities as ml
from azure.ai.ml._utils.utils import load_yaml
from azure.ai.ml.entities import _load_functions as loaders
from azure.ai.ml.exceptions import MlException
from azure.core.exceptions import AzureError
from azure.core.polling import LROPoller
from marshmallow import ValidationError

from kit import az_kinds
from kit.az_bodies import CORPUS, write_lines
from kit.clients import Kit
from kit.mlclient import examples
from kit.mlclient.client import starting
from kit.mlclient.listening import ASIDE, listening
from kit.served import serving

FILE = "case.yml"
REFUSALS = (MlException, ValidationError, AzureError, AttributeError, TypeError)
"""What azure-ai-ml raises of a file; the last two are its faults."""


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    with serving(tmp_path_factory.mktemp("served"), "--memory") as served, starting(served) as made:
        assets, computes = examples.references(case.text for case in az_kinds.cases())
        for name in sorted(computes - {"k8s", "pool"}):
            made.client.compute.begin_create_or_update(examples.cluster(name)).result()
        for name, version in sorted(assets):
            examples.make_assets(made, name, version)
        for name in ("scoring", "scoring2", "scoring3"):
            made.client.online_endpoints.begin_create_or_update(ml.ManagedOnlineEndpoint(name=name)).result()
        on_kubernetes = ml.KubernetesOnlineEndpoint(name="k8s-scoring", compute="cpu")
        made.client.online_endpoints.begin_create_or_update(on_kubernetes).result()
        made.client.batch_endpoints.begin_create_or_update(ml.BatchEndpoint(name="nightly")).result()
        yield made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the corpus, in which a case is a file."""
    return shutil.copytree(CORPUS, tmp_path_factory.mktemp("corpus") / "corpus")


def load(case: az_kinds.Case, path: Path) -> Any:
    """Return a case as azure-ai-ml reads it."""
    if case.section == "data_imports":
        return ml.DataImport._load(load_yaml(path), path)
    name = re.sub("ies$", "y", case.section).removesuffix("s")
    if "featureStore.schema" in case.text:
        name = "feature_store"
    if case.section == "batch_deployments":
        name = "pipeline_component_batch_deployment" if "type: pipeline" in case.text else "model_batch_deployment"
    return getattr(loaders, f"load_{name}")(path)


def make(kit: Kit, case: az_kinds.Case, loaded: Any) -> None:
    """Create what was loaded."""
    group = getattr(kit.client, {"computes": "compute", "data_imports": "data"}.get(case.section, case.section))
    if case.section == "data_imports":
        group.import_data(loaded)
    elif isinstance(loaded, ml.FeatureStore):
        kit.client.feature_stores.begin_create(loaded)
    elif case.section in ("workspaces", "registries"):
        group.begin_create(loaded)
    elif case.section == "online_deployments":
        group.begin_create_or_update(loaded, skip_script_validation=True).result()
    elif hasattr(group, "begin_create_or_update"):
        made = group.begin_create_or_update(loaded)
        made.result() if isinstance(made, LROPoller) else None
    else:
        group.create_or_update(loaded)


def body_of(kit: Kit, case: az_kinds.Case, folder: Path) -> Any:
    """Return the body that azure-ai-ml sends for a case, or why it sends none."""
    (folder / FILE).write_text(case.text, "utf-8")
    with contextlib.chdir(folder), listening() as sent:
        try:
            loaded = load(case, folder / FILE)
            if case.section == "capability_hosts":  # the client wants a hub or a project, which it asks for
                return loaded._to_rest_object().as_dict()
            make(kit, case, loaded)
        except REFUSALS as error:
            refusal = {az_kinds.REFUSED: str(error).strip().splitlines()[0]}
        else:
            refusal = {az_kinds.REFUSED: "it sends nothing"}
    bodies = [one for url, one in sent if not any(word in url for word in ASIDE)]
    if not bodies:
        return refusal
    return az_kinds.workspace(bodies[-1]) if case.section == "workspaces" else bodies[-1]


@pytest.fixture(scope="module")
def requests(kit: Kit, folder: Path) -> Any:
    """Return the bodies that azure-ai-ml sends, after which what it makes is there."""
    found = {case.id: az_kinds.one_form(body_of(kit, case, folder)) for case in az_kinds.cases()}
    return json.loads(json.dumps(found, default=str))


def test_what_azure_ai_ml_sends_is_written_down(requests: Any) -> None:
    if os.environ.get("BODIES") == "write":
        az_kinds.write(requests)
    assert requests == az_kinds.read_recorded()


def get(kit: Kit, case: az_kinds.Case, loaded: Any) -> Any:
    """Return what there is of a case, as `az ml … show` does."""
    group = getattr(kit.client, "compute" if case.section == "computes" else case.section)
    if case.section.endswith("_deployments"):
        return group.get(name=loaded.name, endpoint_name=loaded.endpoint_name)
    version = getattr(loaded, "version", None)
    return group.get(loaded.name, version=version) if version else group.get(loaded.name)


def shown_again(kit: Kit, case: az_kinds.Case, folder: Path) -> dict[str, Any] | None:
    """Return what is printed of a case; None where it isn't made, or azure-ai-ml doesn't read what it prints."""
    with contextlib.chdir(folder), contextlib.suppress(*REFUSALS):
        (folder / FILE).write_text(case.text, "utf-8")
        printed = get(kit, case, load(case, folder / FILE))._to_dict()
        found: dict[str, Any] = json.loads(json.dumps(printed, default=str))
        again = az_kinds.Case(case.section, case.name, json.dumps(found))
        (folder / FILE).write_text(again.text, "utf-8")
        load(again, folder / FILE)
        return found
    return None


def words(shown: Any) -> Any:
    """Return the words of what is shown, without the values: times, ids and ports are others each time."""
    if isinstance(shown, dict):
        return {word: words(value) for word, value in shown.items()}
    return [words(value) for value in shown] if isinstance(shown, list) else type(shown).__name__


@pytest.mark.usefixtures("requests")
def test_what_is_printed_and_read_again_is_written_down(kit: Kit, folder: Path) -> None:
    found: dict[str, Any] = {}
    for case in az_kinds.cases():
        if case.section not in ("capability_hosts", "data_imports", "workspaces") and case.entity.kind not in found:
            printed = shown_again(kit, case, folder)
            found |= {case.entity.kind: {"section": case.section, "printed": printed}} if printed else {}
    if os.environ.get("BODIES") == "write":
        write_lines(az_kinds.SHOWN, found)
    recorded = json.loads(az_kinds.SHOWN.read_text("utf-8"))
    assert words(found) == words(recorded)
