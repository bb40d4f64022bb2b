"""What a step of a pipeline reads and writes, as the job that runs it has it: a step's words are az ml's."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.resource import Cloud

_INPUT = re.compile(r"\$\{\{\s*parent\.inputs\.(\w+)\s*\}\}")
_OUTPUT = re.compile(r"\$\{\{\s*parent\.outputs\.(\w+)\s*\}\}")
_OF_STEP = re.compile(r"\$\{\{\s*parent\.jobs\.([\w-]+)\.outputs\.(\w+)\s*\}\}")
_WORDS = {"job_input_type": "jobInputType", "job_output_type": "jobOutputType", "uri": "uri", "mode": "mode",
          "value": "value", "name": "assetName", "version": "assetVersion"}  # fmt: skip
_FOLDER = "uri_folder"
_TASKS = {"TextNer": "TextNER"}
"""What ARM writes otherwise than the word of a task in PascalCase."""


def read_ports(azure: Cloud, job: Body, step: str, name_of: Callable[[str], str]) -> Body:
    """Return the inputs and outputs of the job that runs a step; `name_of` is what the job of a step is called."""
    spec = job["properties"]["jobs"][step] or {}
    inputs = {key: _input(azure, job, given, name_of) for key, given in _items_of(spec, "inputs")}
    return {"inputs": inputs, "outputs": _outputs(azure, job, spec, name_of(step))}


def read_task(azure: Cloud, job: Body, spec: Mapping[str, Any], name_of: Callable[[str], str]) -> Body:
    """Return what an AutoML step learns, or what a step on Spark starts, without which clients can't read its job."""
    kind = str(spec.get("type")).lower()
    if kind == "spark":
        file = dig(dict(spec), "entry.file") or ""
        return {"entry": {"sparkJobEntryType": "SparkJobPythonEntry", "file": file}, "codeId": None}
    if kind != "automl":
        return {}
    task = "".join(part.capitalize() for part in str(spec.get("task")).split("_"))
    limits = spec.get("limits") if isinstance(spec.get("limits"), Mapping) else {}
    most = {_camel(word): one for word, one in (limits or {}).items() if isinstance(one, int)}
    details: Body = {"taskType": _TASKS.get(task, task), "limitSettings": most}
    for word in ("training_data", "validation_data"):
        given = spec.get(word)
        if given:
            found = _input(azure, job, given if isinstance(given, dict) else {"value": given}, name_of)
            details[_camel(word)] = {"jobInputType": "mltable", "uri": found.get("uri")}
    for word in ("target_column_name", "primary_metric"):
        if isinstance(spec.get(word), str):
            details[_camel(word)] = spec[word]
    return {"taskDetails": details}


def _camel(word: str) -> str:
    first, *rest = word.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _items_of(spec: Any, ports: str) -> Iterator[tuple[str, Body]]:
    found = spec.get(ports) if isinstance(spec, Mapping) else None
    for name, one in found.items() if isinstance(found, Mapping) else ():
        yield name, one if isinstance(one, dict) else {}


def _input(azure: Cloud, job: Body, given: Body, name_of: Callable[[str], str]) -> Body:
    value = str(given.get("value") or given.get("uri") or "")
    if bound := _INPUT.fullmatch(value):
        source = dig(job, f"properties.inputs.{bound[1]}")
        return dict(source) if isinstance(source, Mapping) else {"jobInputType": "literal", "value": None}
    if (bound := _OF_STEP.fullmatch(value)) and bound[1] in job["properties"]["jobs"]:
        spec = job["properties"]["jobs"][bound[1]] or {}
        made = _outputs(azure, job, spec, name_of(bound[1])).get(bound[2]) or {}
        return {"jobInputType": made.get("jobOutputType", _FOLDER), "uri": made.get("uri")}
    return {_WORDS[word]: one for word, one in given.items() if word in _WORDS}


def _outputs(azure: Cloud, job: Body, spec: Any, name: str) -> Body:
    """Return the outputs that a step says and those that its component declares; an import is its pipeline's to
    register.
    """
    types = _declarations(azure, spec)
    said = {**{key: {} for key in types}, **dict(_items_of(spec, "outputs"))}
    found: Body = {}
    for key, given in said.items():
        bound = _OUTPUT.fullmatch(str(given.get("value") or ""))
        target = dig(job, f"properties.outputs.{bound[1]}") if bound else None
        own = {_WORDS[word]: one for word, one in given.items() if word in _WORDS and word != "value"}
        own = {**(target if isinstance(target, Mapping) else {}), **(own if not bound else {})}
        place = f"azureml://datastores/workspaceblobstore/paths/azureml/{name}/{key}/"
        whole = {"jobOutputType": types.get(key, _FOLDER), "uri": place, **{k: v for k, v in own.items() if v}}
        if bound or dig(spec, "task") == "import_data":
            whole.pop("assetName", None)
        found[key] = whole
    return found


def _declarations(azure: Cloud, spec: Any) -> dict[str, str]:
    """Return the outputs of a step's component with their types, where it is here."""
    target = dig(spec, "componentId") if isinstance(spec, dict) else None
    component = azure.find(target) if isinstance(target, str) and target.startswith("/") else None
    ports = dig(component or {}, "properties.componentSpec.outputs")
    found = ports if isinstance(ports, Mapping) else {}
    return {name: str(one.get("type") or _FOLDER) for name, one in found.items() if isinstance(one, Mapping)}
