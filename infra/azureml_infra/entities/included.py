"""`additional_includes` of a component: files and folders beside its code that are uploaded with it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import PrivateAttr, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from azureml_infra.entities.base import Arm, Includes, LocalPath, Model, refusal
from azureml_infra.entities.body import Resolver
from azureml_infra.entities.merging import MERGED, zips
from azureml_infra.entities.paths import folder_of, local_path
from azureml_infra.yaml.problems import quote


def _read_include(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    """Return what a path names: a file, a folder, or the folder that ``lib.zip`` is made of."""
    if isinstance(value, LocalPath):
        return value
    given: str = handler(value)
    if given.endswith(".zip") and zips(folder_of(info) / given):
        return LocalPath(given, local_path(given.removesuffix(".zip"), info).path.with_suffix(".zip"))
    return local_path(given, info)


if TYPE_CHECKING:
    Included = LocalPath
else:
    Included = Annotated[str, WrapValidator(_read_include)]


class IncludingCode(Model):
    """What components with code have."""

    additional_includes: Annotated[
        list[Included] | None, Arm("properties.componentSpec.additional_includes", lambda paths: paths or None)
    ] = None
    """Files and folders outside of `code` that are uploaded as if they stood in it, each under its own name; `lib.zip`
    where there is only a folder `lib` is that folder, compressed. A file `NAME.additional_includes` isn't read: az ml
    reads it for Microsoft's own components alone (azure-ai-ml, `_internal/entities/component.py`)."""

    _folder: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _take_along(self, info: ValidationInfo) -> Self:
        """Make what is included a part of the code."""
        code, included = getattr(self, "code", None), self.additional_includes
        if not included:
            return self
        if isinstance(code, str) and not isinstance(code, LocalPath) and "/codes/" in code:
            return self  # az ml prints it beside the code that it is in already
        if code is not None and not isinstance(code, LocalPath):
            what = "`additional_includes` can't go into code that isn't here"
            raise refusal(what, "a local folder", "code")
        self._folder = folder_of(info)
        paths: list[Path] = []
        for index, one in enumerate(included):
            path = one.path
            clash = _clash(path, code, paths)
            if clash:
                raise refusal(f"{quote(one)} {clash}", "another name, or one of the two", "additional_includes", index)
            paths.append(path)
        if code is not None:
            self.__dict__["code"] = LocalPath(code, code.path, Includes(tuple(dict.fromkeys(paths))))
        return self

    def includes_alone(self, resolver: Resolver) -> Any:
        """Return the id of the code asset of what is included, where there is no other code; else None."""
        if not self.additional_includes or getattr(self, "code", None) is not None:
            return None
        paths = tuple(dict.fromkeys(one.path for one in self.additional_includes))
        return resolver.code(LocalPath(MERGED, self._folder, Includes(paths, alone=True)))


def _clash(path: Path, code: LocalPath | None, before: list[Path]) -> str:
    """Return what has the name of an include already: the code does, or a file or folder that was included before."""
    if code is not None:
        there = code.path / path.name if code.path.is_dir() else code.path
        taken = there.name == path.name and (there.exists() or there.is_symlink())
        if taken and there.resolve() != path:
            return f"would take the place of {quote(path.name)} in {quote(code)}"
    same = next((one for one in before if one.name == path.name and one != path), None)
    if same is not None and not (same.is_dir() and path.is_dir()):
        return "has the name of another one"
    return ""
