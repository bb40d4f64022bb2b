"""What is written down of azure-ai-ml's requests for jobs is what it sends: `kit.az_bodies` has the corpus."""

import contextlib
import json
import os
from collections.abc import Iterator

import pytest

pytest.importorskip("azure.ai.ml", reason="no azure-ai-ml")

from azure.ai.ml import load_job
from azure.ai.ml.exceptions import JobParsingError, MlException

from kit.az_bodies import CORPUS, files, read_expected, theirs
from kit.clients import Kit
from kit.mlclient import examples
from kit.mlclient.client import starting
from kit.mlclient.listening import listening
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


UNREAD = (MlException, JobParsingError, TypeError)
"""What azure-ai-ml raises of the answer to some of its requests, which it can't read."""


@pytest.mark.parametrize("name", files())
def test_what_azure_ai_ml_sends_is_written_down(kit: Kit, name: str) -> None:
    path = CORPUS / f"{name}.yml"
    with contextlib.chdir(CORPUS), listening() as sent, contextlib.suppress(*UNREAD):
        kit.client.jobs.create_or_update(load_job(path))
    found = theirs(path, {url.rpartition("/workspaces/ws-clients/")[2]: one for url, one in sent})
    if os.environ.get("BODIES") == "write":
        path.with_suffix(".json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    assert found == read_expected(name)
