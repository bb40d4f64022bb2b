"""What Microsoft's azureml-examples say, made in a workspace by azure-ai-ml, and what they stand on.

What they refer to by name (computes, endpoints, assets of the workspace) is made first.
"""

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from azure.ai.ml import entities as ml
from azure.ai.ml import load_component
from azure.ai.ml.exceptions import MlException
from azure.core.exceptions import AzureError
from azure.core.polling import LROPoller

from kit.clients import Kit
from kit.example_files import SOURCE, copy_files

__all__ = ["SOURCE", "copy_files"]
ONLINE, BATCH, ON_KUBERNETES = "online-by-option", "batch-by-option", "on-kubernetes"


def load(path: Path, what: str) -> Any:
    """Return what a file describes, as azure-ai-ml reads it, with what the command line would say."""
    text = path.read_text("utf-8")
    override = [{"name": path.stem.replace("_", "-")[:24]}] if not re.search(r"^name:", text, re.MULTILINE) else []
    if what == "component":
        override = []
    if what.endswith("_deployment") and not re.search(r"^endpoint_name:", text, re.MULTILINE):
        override.append({"endpoint_name": BATCH if what.startswith("batch") else ONLINE})
    if "kubernetes" in path.parts and what.startswith("online_"):  # others have endpoints of the same name
        override = [{"name" if what == "online_endpoint" else "endpoint_name": ON_KUBERNETES}]
    if what == "batch_deployment":
        kinds = {"pipeline": "pipeline_component_batch", "model": "model_batch"}
        found = re.search(r"^type: *(\w+)", text, re.MULTILINE)
        what = f"{kinds.get(found[1], 'batch') if found else 'batch'}_deployment"
        if what.startswith("pipeline"):
            override = []
    if what in ("job", "data"):
        override = []
    with contextlib.chdir(path.parent):
        return _loader(what)(path, params_override=override)


def _loader(what: str) -> Any:
    from azure.ai.ml.entities import _load_functions

    return getattr(_load_functions, f"load_{what}")


def apart(loaded: Any, what: str, seen: Counter[tuple[str, ...]]) -> None:
    """Give what another file has made already another name, or another version if it has one."""
    key = (what, str(loaded.name), str(getattr(loaded, "endpoint_name", "")), str(getattr(loaded, "version", "")))
    if loaded.name and seen[key]:
        attribute, value = ("version", "9") if hasattr(loaded, "version") else ("name", str(loaded.name)[:20])
        setattr(loaded, attribute, f"{value}{seen[key]}")
    seen[key] += 1


def make(kit: Kit, loaded: Any, what: str) -> None:
    """Create it."""
    client = kit.client
    if what == "workspace":
        client.workspaces.begin_create(loaded).result()
    elif what == "job":
        client.jobs.create_or_update(loaded)
    elif what == "online_deployment":
        client.online_deployments.begin_create_or_update(loaded, skip_script_validation=True).result()
    elif what == "registry":
        client.registries.begin_create(loaded).result()
    elif what in (
        "compute",
        "online_endpoint",
        "batch_endpoint",
        "batch_deployment",
        "schedule",
        "serverless_endpoint",
    ):
        group = what if what == "compute" else f"{what}s"
        getattr(client, group).begin_create_or_update(loaded).result()
    else:
        getattr(client, what if what == "data" else f"{what}s").create_or_update(loaded)


_REFERENCE = re.compile(r"azureml:([A-Za-z0-9._-]+)(?::([0-9][\w.]*)|@latest)")
_COMPUTE = re.compile(r"(?:compute|default_compute|target): *[\"']?(?:azureml:)?([a-zA-Z][\w-]+)")


def references(texts: Iterator[str]) -> tuple[set[tuple[str, str]], set[str]]:
    """Return the names with versions, and the computes, that files refer to."""
    assets: set[tuple[str, str]] = set()
    computes: set[str] = set()
    for text in texts:
        assets |= {(name, version or "1") for name, version in _REFERENCE.findall(text)}
        computes |= set(_COMPUTE.findall(text)) - {"azureml", "local", "serverless"}
    return assets, computes


def cluster(name: str) -> ml.AmlCompute:
    """Return a compute for those that name it."""
    return ml.AmlCompute(name=name, size="Standard_DS3_v2", max_instances=4)


ORDER = [
    "compute",
    "datastore",
    "data",
    "environment",
    "model",
    "workspace",
    "registry",
    "connection",
    "component",
    "online_endpoint",
    "batch_endpoint",
    "serverless_endpoint",
    "online_deployment",
    "batch_deployment",
    "job",
    "schedule",
]
"""The kinds, each after those that it refers to."""


def prepare(kit: Kit, files: list[tuple[Path, str]]) -> None:
    """Make what the files refer to by name and none of them describes."""
    texts = {path: path.read_text("utf-8") for path, _ in files}
    assets, computes = references(iter(texts.values()))
    for name in sorted(computes - {"cpu", "gpu"} | {"cpu-cluster", "gpu-cluster", "batch-cluster"}):
        _try(kit.client.compute.begin_create_or_update, cluster(name))
    described = {name for text in texts.values() for name in re.findall(r"^name: *([\w.-]+)", text, re.MULTILINE)}
    for name, version in sorted(one for one in assets if one[0] not in described):
        make_assets(kit, name, version)
    _register(kit, files)
    online, batch = (found - described for found in _endpoints(files, texts))
    for name in sorted(online):
        _try(kit.client.online_endpoints.begin_create_or_update, ml.ManagedOnlineEndpoint(name=name))
    for name in sorted(batch - online):
        _try(kit.client.batch_endpoints.begin_create_or_update, ml.BatchEndpoint(name=name))


def _endpoints(files: list[tuple[Path, str]], texts: Mapping[Path, str]) -> tuple[set[str], set[str]]:
    found: dict[str, set[str]] = {"online_deployment": {ONLINE}, "batch_deployment": {BATCH}}
    for path, what in files:
        for name in re.findall(r"^endpoint_name: *(\S+)", texts[path], re.MULTILINE):
            found.get(what, set()).add(name.strip("\"'"))
    return found["online_deployment"], found["batch_deployment"]


def make_assets(kit: Kit, name: str, version: str) -> None:
    """Make data, an environment and a model of one name, as a reference doesn't say which it means."""
    path = f"azureml://datastores/workspaceblobstore/paths/{name}"
    kind_ = "mltable" if "table" in name else "uri_folder"
    client = kit.client
    _try(client.data.create_or_update, ml.Data(name=name, version=version, path=path, type=kind_))
    _try(client.environments.create_or_update, ml.Environment(name=name, version=version, image="image"))
    _try(client.models.create_or_update, ml.Model(name=name, version=version, path=path, type="custom_model"))


def _register(kit: Kit, files: list[tuple[Path, str]]) -> None:
    """Register components as ``my_NAME``, as the command line does (1b_e2e_registered_components/README.md)."""
    for path, what in files:
        if what == "component" and path.parent.name.endswith("_registered_components"):
            with contextlib.chdir(path.parent):
                loaded = load_component(path, params_override=[{"name": f"my_{path.stem}"}])
                _try(kit.client.components.create_or_update, loaded)


def _try(make_: Any, *given: Any) -> None:
    """Make a file's resource, unless that fails: the file that needs it then fails, too."""
    with contextlib.suppress(AzureError, MlException):
        made = make_(*given)
        if isinstance(made, LROPoller):
            made.result()
