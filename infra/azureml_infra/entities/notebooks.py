"""Notebooks and scripts for everyone's compute instance: a file or folder, and where it lies in the file share."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from azureml_infra.entities.base import LOCAL, LocalPath, Model, refusal
from azureml_infra.entities.paths import local_path
from azureml_infra.yaml.problems import quote

SHARED_FOLDER = "Users/shared"
"""Where notebooks lie unless their entry says another folder: beside everyone's own below ``Users``."""
IGNORED = (".ipynb_checkpoints/",)
"""What Jupyter leaves beside notebooks, and nobody else wants."""
_LONGEST = 255
_PART = re.compile(rf'(?!\.+$)[^"\\:|<>*?\x00-\x1f]{{1,{_LONGEST}}}(?<![. ])')
"""A name in a file share: https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-shares--\
directories--files--and-metadata."""


def _local(given: str, info: ValidationInfo) -> LocalPath:
    return given if isinstance(given, LocalPath) else local_path(given, info)


def _folder(given: str) -> str:
    if all(_PART.fullmatch(part) for part in given.rstrip("/").split("/")):
        return given.rstrip("/")
    expected = 'a path in the file share, such as "Users/shared/lessons", without `..` and without any of "\\:|<>*?'
    raise refusal(f"{quote(given)} can't be a folder of a file share", expected)


class NotebooksArgs(Model):
    """Notebooks or scripts that everyone finds on their compute instance."""

    path: Annotated[str, AfterValidator(_local), LOCAL]
    """File or folder beside platform.yml. What `.amlignore` (or `.gitignore`) in the folder names stays here."""
    to: Annotated[str | None, AfterValidator(lambda given: given and _folder(given)), LOCAL] = None
    """Folder of the file share that the files get into, such as `Users/ana`. If left out: `Users/shared` for a file,
    `Users/shared/NAME` for a folder called NAME."""

    @property
    def local(self) -> LocalPath:
        """Return the path with the file or folder that it means."""
        return cast("LocalPath", self.path)

    @property
    def folder(self) -> str:
        """Return the folder of the file share that the files get into."""
        own = f"{SHARED_FOLDER}/{self.local.path.name}" if self.local.path.is_dir() else SHARED_FOLDER
        return self.to or own

    @property
    def target(self) -> str:
        """Return what is made in the file share: the folder, or the file in it."""
        return self.folder if self.local.path.is_dir() else f"{self.folder}/{self.local.path.name}"


def as_list(given: Any) -> Any:
    """Return the entries of what may be one path, or a list with paths in the place of entries."""
    items = given if isinstance(given, list | tuple) else [given]
    return [{"path": item} if isinstance(item, str) else item for item in items]


NOTEBOOKS = BeforeValidator(as_list, json_schema_input_type=str | Sequence[str | NotebooksArgs])
