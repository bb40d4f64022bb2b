"""Imports of data: pipeline jobs whose step copies from outside of Azure, and registers what it wrote as a data asset.

https://learn.microsoft.com/azure/machine-learning/how-to-import-data-assets. Nothing is copied: the asset is there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.machinelearning.system import workspace_of


def register(azure: Cloud, job: Body) -> None:
    """Register what the imports of a finished job wrote, each as its version or the next one."""
    for sink in _sinks(job):
        container = f"{workspace_of(job['id'])}/data/{sink['name']}"
        known = azure.get(container)["properties"] if azure.exists(container) else {}
        version = sink.get("version") or known.get("nextVersion") or "1"
        place = str(sink.get("uri")).replace("${{name}}", job["name"])
        asset = {"dataType": sink.get("job_output_type") or "uri_folder", "dataUri": place, "isAnonymous": False}
        with contextlib.suppress(ArmError):
            azure.provide(f"{container}/versions/{version}", {"properties": asset})


def _sinks(job: Body) -> Iterator[Body]:
    steps = job["properties"].get("jobs")
    for step in steps.values() if isinstance(steps, dict) else ():
        sink = dig(step, "outputs.sink") if isinstance(step, dict) and step.get("task") == "import_data" else None
        if isinstance(sink, dict) and sink.get("name"):
            yield sink
