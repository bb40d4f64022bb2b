"""Writing a folder of a user's own from the templates that a package brings along."""

from importlib.resources import files
from pathlib import Path
from string import Template

_SUFFIX = ".tmpl"


class AlreadyThereError(ValueError):
    """A file that would be written exists; nothing was written."""


def write_templates(package: str, folder: Path, values: dict[str, str]) -> list[Path]:
    """Write the files of a package's `templates` folder, ``$name`` filled in; never over what is there."""
    templates = sorted(files(package).joinpath("templates").iterdir(), key=lambda one: one.name)
    texts = {
        folder / one.name.removesuffix(_SUFFIX): Template(one.read_text("utf-8")).substitute(values)
        for one in templates
        if one.name.endswith(_SUFFIX)
    }
    there = [path for path in texts if path.exists()]
    if there:
        raise AlreadyThereError(f"{', '.join(map(str, there))}: already there; nothing was written")
    if folder.exists() and not folder.is_dir():
        raise AlreadyThereError(f"{folder} is a file; expected a folder, or a name that is free")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text, "utf-8")
    return list(texts)
