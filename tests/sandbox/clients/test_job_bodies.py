"""What is written down of azure-ai-ml's requests for jobs is what it sends: `kit.az_bodies` has the corpus."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

pytest.importorskip("azure.ai.ml", reason="no azure-ai-ml")

from azure.ai.ml import load_job
from azure.ai.ml.exceptions import JobParsingError, MlException
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import RequestsTransport
from marshmallow import ValidationError

from kit.az_bodies import CORPUS, files, ours, read_expected, surprises, theirs
from kit.clients import Kit
from kit.mlclient import examples
from kit.mlclient.client import starting
from kit.served import serving


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    with serving(tmp_path_factory.mktemp("served"), "--memory") as served, starting(served) as made:
        texts = [path.read_text("utf-8") for path in CORPUS.rglob("*.yml")]
        assets, computes = examples.references(iter(texts))
        for name in sorted(computes):
            made.client.compute.begin_create_or_update(examples.cluster(name)).result()
        for name, version in sorted(assets):
            examples.make_assets(made, name, version)
        yield made


@contextlib.contextmanager
def listening() -> Iterator[dict[str, Any]]:
    """Yield the bodies of PUT requests by path below the workspace, while there are more."""
    sent: dict[str, Any] = {}
    send = RequestsTransport.send

    def listen(self: RequestsTransport, request: Any, **more: Any) -> Any:
        if request.method == "PUT" and isinstance(request.body, str):
            sent[request.url.partition("?")[0].rpartition("/workspaces/ws-clients/")[2]] = json.loads(request.body)
        return send(self, request, **more)

    with patch.object(RequestsTransport, "send", listen):
        yield sent


@pytest.mark.parametrize("name", files())
def test_what_azure_ai_ml_sends_is_written_down(kit: Kit, name: str) -> None:
    path = CORPUS / f"{name}.yml"
    with contextlib.chdir(CORPUS), listening() as sent:
        kit.client.jobs.create_or_update(load_job(path))
    found = theirs(path, sent)
    if os.environ.get("BODIES") == "write":
        path.with_suffix(".json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    assert found == read_expected(name)


KINDS = re.compile(r"/(sweepJob|autoMLJob|sparkJob)\.schema\.json|^ +type: (sweep|automl)$", re.MULTILINE)


@pytest.mark.skipif(not examples.SOURCE.is_dir(), reason="no ../shared/azureml-examples")
def test_examples_of_microsoft_become_what_azure_ai_ml_sends(kit: Kit, tmp_path: Path) -> None:
    """Those of sweeps, AutoML and Spark, as jobs and as steps, that azure-ai-ml loads."""
    found: dict[str, list[str]] = {}
    copied = examples.copy_files(tmp_path / "examples")
    for path in [path for path, what in copied if what == "job" and KINDS.search(path.read_text("utf-8"))]:
        assets, computes = examples.references(iter([path.read_text("utf-8")]))
        for name in sorted(computes):
            kit.client.compute.begin_create_or_update(examples.cluster(name)).result()
        for name, version in sorted(assets):
            examples.make_assets(kit, name, version)
        with contextlib.chdir(path.parent), listening() as sent:
            try:
                kit.client.jobs.create_or_update(load_job(path))
            except (MlException, ValidationError, AzureError, JobParsingError):
                continue
        found[str(path.relative_to(tmp_path / "examples"))] = surprises(ours(path), theirs(path, sent))
    assert len(found) > 10
    assert {path: places for path, places in found.items() if places} == {}
