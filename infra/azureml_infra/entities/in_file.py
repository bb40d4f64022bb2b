"""What stands in a YAML file of its own, which a field names: a step's component, an environment, a job.

A mistake in such a file is told at its own place in it: the validation's context keeps the files that were read, and
who reports the errors puts them in the place of their paths (`azureml_infra.description.grafts`).
"""

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from azureml_infra.entities.base import LocalPath, Model, refusal
from azureml_infra.entities.paths import local_path
from azureml_infra.yaml import nodes
from azureml_infra.yaml.problems import DescriptionError, Problem, quote
from azureml_infra.yaml.read import read

M = TypeVar("M", bound=Model)

IN_FILE = "in_file"
"""The type of an error that is `problems` with places of their own."""


def _same(document: nodes.Document) -> nodes.Document:
    return document


@dataclass
class Files:
    """The files that one file names, as they are read: by the folder that paths start from, and the path as written."""

    fill: Callable[[nodes.Document], nodes.Document] = _same
    """What is done to each after it is read."""
    read: dict[tuple[Path, str], nodes.Document] = field(default_factory=dict)


def context_of(folder: Path | None, root: Path | None, name: str, files: Files) -> dict[str, Any]:
    """Return the context of validating what stands in a file of this name, as messages have it, in a folder."""
    return {"folder": folder, "root": root, "name": name, "files": files}


def document_of(path: LocalPath, info: ValidationInfo) -> nodes.Document:
    """Return the content of a YAML file that a field names. Raises PydanticCustomError with all that is wrong."""
    if path.path.is_dir():
        raise refusal(f"{quote(path)} is a folder", "a YAML file")
    context = info.context or {}
    name = posixpath.normpath(posixpath.join(posixpath.dirname(context.get("name") or ""), path.removeprefix("file:")))
    problems: list[Problem] = []
    try:
        document = read(path.path, name, problems)
    except DescriptionError as error:
        problems = list(error.problems)
    if problems:
        raise PydanticCustomError(IN_FILE, "{what}", {"what": str(problems[0]), "problems": tuple(problems)})
    files: Files | None = context.get("files")
    if files is None:
        return document
    document = files.fill(document)
    files.read[(Path(context.get("folder") or Path.cwd()), str(path))] = document
    return document


def from_file(text: str, info: ValidationInfo, model_of: Callable[[Mapping[str, Any]], type[M]]) -> M:
    """Return what a field's YAML file holds; `model_of` says of its content what it should be."""
    path = local_path(text, info)
    above = (info.context or {}).get("above", ())
    if path.path in above:
        raise refusal(f"{quote(text)} is within itself", "a file that doesn't lead back to it")
    document = document_of(path, info)
    context = {
        **(info.context or {}),
        "folder": path.path.parent,
        "name": document.name,
        "above": (*above, path.path),
    }
    content = nodes.written_data(document.root)
    try:
        return model_of(content).model_validate(content, context=context)
    except ValidationError as error:
        if context.get("files") is None:
            raise _without_place(document.name, error) from None
        raise


def _without_place(name: str, error: ValidationError) -> PydanticCustomError:
    """Return the first mistake in a file for a Python program: with the file and the field."""
    first = error.errors(include_url=False, include_input=False)[0]
    expected = (first.get("ctx") or {}).get("expected", "")
    place = ".".join(str(step) for step in first["loc"]) or "the file"
    return refusal(f"{name}: {place}: {first['msg']}", expected)
