"""Changing what a file of a description says of one entity: only lines that differ, and nothing that isn't valid."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from azureml_infra.description.adding import AddingError, write_checked
from azureml_infra.description.load import load
from azureml_infra.yaml.nodes import Location, data
from azureml_infra.yaml.read import parse
from azureml_infra.yaml.rewrite import RewriteError, rewrite


def change(folder: Path, file: str, at: Location, edit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Change the mapping at a location of a description's file, and return it.

    Raises AddingError where no few lines say it, and DescriptionError where the description isn't valid with it; the
    file then is as before.
    """
    path = folder / file
    before = path.read_bytes()
    root = data(parse(before, file).root)
    words = root
    for step in at:
        words = words[step]
    edit(words)
    try:
        text = rewrite(before.decode(), root, file)
    except RewriteError as error:
        raise AddingError(f"{error}; change it by hand") from None
    write_checked({path: text}, partial(load, folder))
    found: dict[str, Any] = words
    return found
