"""Local files and folders in a model: telling paths from URIs, keeping them inside the root, reading YAML files.

Validation takes a context ``{"folder": Path, "root": Path}``: the folder that relative paths start from, and the one
that no path may leave. Without it paths start from the current folder and may lead anywhere.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator

from azureml_infra.entities.base import LocalPath, is_output, refusal
from azureml_infra.yaml import nodes
from azureml_infra.yaml.problems import DescriptionError, quote
from azureml_infra.yaml.read import read

if TYPE_CHECKING:
    import pulumi

_REMOTE = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+:|.*\$\{\{.*\}\}|git@|/subscriptions/", re.DOTALL)


def is_remote(text: str) -> bool:
    """Return whether a text is a URI, a reference, an ARM id or an expression rather than a local path."""
    return _REMOTE.match(text) is not None


def local_path(text: str, info: ValidationInfo) -> LocalPath:
    """Return the file or folder that a path names. Raises PydanticCustomError if there is none, or none in the root."""
    folder, shown = folder_of(info), quote(text)
    try:
        found = (folder / text.removeprefix("file:")).resolve()
        exists = found.exists()
    except (OSError, ValueError, RuntimeError):  # too long, a null character, a circle of links
        raise refusal(f"{shown} can't be a path", "the path of a file or folder") from None
    root = (info.context or {}).get("root")
    if root is not None and not found.is_relative_to(Path(root).resolve()):
        raise refusal(f"{shown} leads out of the description's folder", "a path inside of it")
    if not exists:
        raise refusal(f"{shown} doesn't exist", f"a file or folder, relative to {folder_name(info)}")
    return LocalPath(text, found)


def folder_of(info: ValidationInfo) -> Path:
    """Return the folder that relative paths start from."""
    return Path((info.context or {}).get("folder") or Path.cwd())


def folder_name(info: ValidationInfo) -> str:
    """Return the name that messages use for the folder that relative paths start from."""
    context = info.context or {}
    folder, root = context.get("folder"), context.get("root")
    if folder is None:
        return "the current folder"
    if root is None:
        return "the file's folder"
    inside = Path(folder).resolve().relative_to(Path(root).resolve()).as_posix()
    return "the description's folder" if inside == "." else f'"{inside}"'


def _path_or_uri(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    if is_output(value) or isinstance(value, LocalPath):
        return value
    text: str = handler(value)
    return text if is_remote(text) else local_path(text, info)


def _refuse_git(value: Any) -> Any:
    if isinstance(value, str) and value.lower().startswith(("git+", "git@")):
        raise refusal(f"{quote(value)} is a git repository, which Azure ML runs no code from", "a local folder")
    return value


if TYPE_CHECKING:
    PathText = str | pulumi.Output[str]
    CodePath = PathText
else:
    PathText = Annotated[str, WrapValidator(_path_or_uri)]
    CodePath = Annotated[PathText, AfterValidator(_refuse_git)]
"""A path on this machine (which becomes a `LocalPath`), a URI, a reference, or a Pulumi Output; `CodePath`: of code,
which azure-ai-ml takes from no git repository (entities/_component/code.py)."""


def read_yaml(path: LocalPath) -> dict[str, Any]:
    """Return the mapping in a YAML file that a description names, read within the limits of description files."""
    try:
        found: dict[str, Any] = nodes.written_data(read(path.path, str(path)).root)
    except DescriptionError as error:
        first = error.problems[0]
        where = f"{first.file}:{first.line}:{first.column}"
        raise refusal(f"{where}: {first.what}", first.expected) from None
    return found


def holds_file(folder: Path, name: str) -> bool:
    """Return whether a folder has a file of this name; False for a name that is too long to exist."""
    try:
        return (folder / name).is_file()
    except (OSError, ValueError):
        return False
