"""Imports of data: pipeline jobs whose step copies from outside of Azure, and registers what it wrote as a data asset.

https://learn.microsoft.com/azure/machine-learning/how-to-import-data-assets. The sandbox reaches nothing outside:
a file that says so stands where the data would be.
"""

import contextlib
import re
from collections.abc import Iterator

from azureml_arm.ids import workspace_of
from azureml_sandbox.data.blobs import Blobs
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.resource import Cloud

_PLACE = re.compile(r"azureml:.*?/?datastores/([^/]+)/paths/(.+)", re.IGNORECASE)
_DATA = ("uri_file", "uri_folder", "mltable")
_MODELS = ("custom_model", "mlflow_model", "triton_model")
_COMPONENT = "azureml://registries/azureml/components/import_data_{}/versions/0.0.1"
"""What imports from a kind of source (azure-ai-ml, constants/_component.py)."""
_TABLE = "type: mltable\npaths:\n  - pattern: ./*.parquet\ntransformations:\n  - read_parquet\n"
_STAND_IN = "The sandbox copies nothing from outside; here would be what %s has.\n"


def job_of(definition: Body) -> Body:
    """Return the job of an import that a schedule makes (``ImportData``, as azure-ai-ml sends it)."""
    source = definition.get("source") if isinstance(definition.get("source"), dict) else {}
    kind, name = str((source or {}).get("sourceType")).lower(), definition.get("assetName")
    sink = {"uri": definition.get("dataUri"), "name": name}
    sink["job_output_type"] = "mltable" if kind == "database" else "uri_folder"
    label = f"data_import_{name}"
    own = {"name": label, "componentId": _COMPONENT.format(kind), "_source": "BUILTIN", "computeId": "serverless"}
    given = {key: value for key, value in (source or {}).items() if key != "sourceType"}
    step = {"type": "data_transfer", "task": "import_data", "source": {**given, "type": kind}, **own}
    return {"jobType": "Pipeline", "experimentName": label, "jobs": {label: {**step, "outputs": {"sink": sink}}}}


def register(azure: Cloud, job: Body) -> None:
    """Write what the imports of a finished job would write, and register it where they say so, as its version or the
    next one; and what its other outputs are.
    """
    for name, step in _imports(job):
        sink = dig(step, "outputs.sink")
        sink = sink if isinstance(sink, dict) else {}
        place = _place(job, sink, f"{name}/sink")
        is_table = sink.get("job_output_type") == "mltable" or dig(step, "source.type") == "database"
        _write(azure, workspace_of(job["id"]), place, str(dig(step, "source.connection")), is_table=is_table)
        if sink.get("name"):
            _register(azure, f"{workspace_of(job['id'])}/data/{sink['name']}", sink, place)
    _register_outputs(azure, job)


def _register_outputs(azure: Cloud, job: Body) -> None:
    """Register the outputs of a finished job that say a name, each as that version, or the next one, of that data asset
    or model (https://learn.microsoft.com/azure/machine-learning/how-to-read-write-data-v2, "Register an output").
    """
    for name, output in (job["properties"].get("outputs") or {}).items():
        given = output if isinstance(output, dict) else {}
        kind = str(given.get("jobOutputType"))
        if given.get("assetName") and kind in (*_DATA, *_MODELS):
            container = f"{workspace_of(job['id'])}/{'data' if kind in _DATA else 'models'}/{given['assetName']}"
            sink = {"job_output_type": kind, "version": given.get("assetVersion")}
            _register(azure, container, sink, _place(job, given, name))


def _place(job: Body, output: Body, name: str) -> str:
    """Return where an output of a job lies: where it says, or in the workspace's own store."""
    default = f"azureml://datastores/workspaceblobstore/paths/azureml/{job['name']}/{name}/"
    return str(output.get("uri") or default).replace("${{name}}", job["name"])


def _register(azure: Cloud, container: str, sink: Body, place: str) -> None:
    version = sink.get("version") or dig(azure.find(container) or {}, "properties.nextVersion") or "1"
    kind = sink.get("job_output_type") or "uri_folder"
    asset = {"modelType": kind, "modelUri": place} if kind in _MODELS else {"dataType": kind, "dataUri": place}
    with contextlib.suppress(ArmError):
        azure.provide(f"{container}/versions/{version}", {"properties": {**asset, "isAnonymous": False}})


def _write(azure: Cloud, workspace: str, place: str, source: str, *, is_table: bool) -> None:
    """Write the stand-in for the data into a blob datastore; elsewhere nothing is written."""
    found = _PLACE.fullmatch(place)
    store = azure.find(f"{workspace}/datastores/{found[1]}") if found else None
    if found is None or store is None:
        return
    given = store["properties"]
    files = {"data.txt": _STAND_IN % source, **({"MLTable": _TABLE} if is_table else {})}
    for name, text in files.items():
        with contextlib.suppress(ArmError, KeyError):
            path = f"{found[2].rstrip('/')}/{name}"
            azure.part(Blobs).put(given["accountName"], given["containerName"], path, text.encode())


def _imports(job: Body) -> Iterator[tuple[str, Body]]:
    """Yield the steps that import, by name."""
    steps = job["properties"].get("jobs")
    for name, step in steps.items() if isinstance(steps, dict) else ():
        if isinstance(step, dict) and step.get("task") == "import_data":
            yield name, step
