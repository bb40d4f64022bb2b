"""The files of Microsoft's azureml-examples, and their kinds.

The copy at hand has YAML files alone. What they name of local files is stood in for by files of the same names.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kit.paths import SHARED

SOURCE = SHARED / "azureml-examples"
KINDS: Mapping[str, str] = {
    "amlcompute": "compute",
    "computeinstance": "compute",
    "vmcompute": "compute",
    "kubernetescompute": "compute",
    "synapsesparkcompute": "compute",
    "azureblob": "datastore",
    "azurefile": "datastore",
    "azuredatalakegen1": "datastore",
    "azuredatalakegen2": "datastore",
    "onelake": "datastore",
    "environment": "environment",
    "data": "data",
    "model": "model",
    "workspace": "workspace",
    "hub": "workspace",
    "project": "workspace",
    "workspaceconnection": "connection",
    "managedonlineendpoint": "online_endpoint",
    "kubernetesonlineendpoint": "online_endpoint",
    "managedonlinedeployment": "online_deployment",
    "kubernetesonlinedeployment": "online_deployment",
    "batchendpoint": "batch_endpoint",
    "batchdeployment": "batch_deployment",
    "modelbatchdeployment": "batch_deployment",
    "pipelinecomponentbatchdeployment": "batch_deployment",
    "schedule": "schedule",
    "registry": "registry",
    "serverlessendpoint": "serverless_endpoint",
}
"""The name of a file's ``$schema``, without its version -> its kind; components and jobs are known by their ending."""
FOLDERS: Mapping[str, str] = {"datastore": "datastore", "connections": "connection"}
"""Where a file without a schema is -> its kind."""
_SCHEMA = re.compile(r"^\$schema:\s*[\"']?\S*?/(\w+?)(?:\.schema)?\.json", re.MULTILINE)
_REMOTE = re.compile(r"azureml:|https?:|wasbs?:|abfss?:|runs:|git\+|git:|file:|\$\{\{|adl:|s3:")
_CONDA = "name: c\nchannels: [conda-forge]\ndependencies: [python=3.10]\n"
_TABLE = "paths:\n  - pattern: ./*.csv\ntransformations: []\n"


def kind(path: Path) -> str | None:
    """Return the kind of what a file describes; None where it is something else, such as a conda file."""
    match = _SCHEMA.search(path.read_text("utf-8"))
    if match is None:
        return FOLDERS.get(path.parent.name)
    name = match[1].lower()
    if name.endswith(("job", "component")):
        return "job" if name.endswith("job") else "component"
    return KINDS.get(name)


def copy_files(target: Path) -> list[tuple[Path, str]]:
    """Copy the files, with stand-ins for what they name, and return them with their kinds."""
    shutil.copytree(SOURCE, target)
    found = [(path, what) for path in sorted(target.rglob("*.yml")) if (what := kind(path)) is not None]
    for path, _ in found:
        _stand_in(_read(path), path.parent)
    return found


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError:
        return None


def _stand_in(value: Any, base: Path, inside: str = "") -> None:
    if isinstance(value, list):
        for one in value:
            _stand_in(one, base, inside)
    if not isinstance(value, dict):
        return
    for key, one in value.items():
        if isinstance(one, str) and one.strip() and not _REMOTE.match(one):
            _local(base, str(key), one, value, inside)
        _stand_in(one, base, str(key))


def _local(base: Path, key: str, text: str, around: Mapping[str, Any], inside: str) -> None:
    if key == "conda_file":
        _write(base / text, _CONDA)
    elif key == "code":
        scripts = [around.get(name) for name in ("scoring_script", "entry_script")]
        entry = around.get("entry")
        scripts += [entry.get("file")] if isinstance(entry, dict) else []
        _fill(base / text, {str(one): "" for one in scripts if one} or {"main.py": ""})
    elif key == "path" and inside == "build":
        _fill(base / text, {str(around.get("dockerfile_path", "Dockerfile")): f"FROM scratch\n# {text}\n"})
    elif key == "path" and not inside.endswith(("_route", "schedule")):
        _content(base / text, str(around.get("type", "")))


def _content(path: Path, type_: str) -> None:
    is_folder = type_ in ("uri_folder", "mltable", "mlflow_model")
    if type_ == "uri_file" or (path.suffix and not is_folder):
        _write(path, "x\n")
    else:
        _fill(path, {"MLTable": _TABLE, "a.csv": "a\n"} if type_ == "mltable" else {"a.csv": "a\n"})


def _fill(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        if not folder.is_file():
            _write(folder / name, text)


def _write(path: Path, text: str) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
