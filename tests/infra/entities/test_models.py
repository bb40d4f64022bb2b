"""Models are built when they are first used, and what their fields say is read when it is shown."""

import __future__

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator

from azureml_infra import entities
from azureml_infra.entities.assets import Asset
from azureml_infra.entities.base import Model
from azureml_infra.entities.documentation import documentation
from azureml_infra.entities.kinds import KINDS

LOAD = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from azureml_infra.entities.base import Model
from azureml_infra.entities.kinds import KINDS
from azureml_infra.entities.platform import PlatformDescription


def below(model):
    return {model}.union(*map(below, model.__subclasses__()))


assert not [model for model in below(Model) if model.__pydantic_complete__]
models = [kind.model for kind in KINDS]
together = Barrier(8)


def build(_):
    together.wait()
    for model in models:
        try:
            model.model_validate({"no such field": 1})
        except ValueError as error:
            assert "no such field" in str(error)
        else:
            raise AssertionError(model)


with ThreadPoolExecutor(8) as threads:
    list(threads.map(build, range(8)))
assert all(model.__pydantic_complete__ for model in models)
"""


def test_models_are_built_at_their_first_use_by_any_number_of_threads() -> None:
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def _below(model: type[Model]) -> Iterator[type[Model]]:
    yield model
    for one in model.__subclasses__():
        yield from _below(one)


def test_the_modules_of_models_leave_no_annotation_as_text() -> None:
    """Pydantic compiles each text when it makes a class, which takes a fifth of a start (decision 15)."""
    for module in pkgutil.iter_modules(entities.__path__, f"{entities.__name__}."):
        importlib.import_module(module.name)
    modules = {model.__module__ for model in _below(Model) if model.__module__.startswith(entities.__name__)}
    assert not [name for name in modules if getattr(sys.modules[name], "annotations", None) is __future__.annotations]


class Again(Asset):
    """An asset with a field that says something else, one that says nothing, and one of its own."""

    version: str | None = None
    """Other words.

    In two paragraphs.
    """
    description: str | None = None
    own: int = 0
    "Its own."


def test_fields_say_what_their_own_class_says_or_the_one_above() -> None:
    above, here = documentation(Asset), documentation(Again)
    assert above["description"]
    expected = {**above, "version": "Other words.\n\nIn two paragraphs.", "own": "Its own."}
    del expected["description"]
    assert here == expected


def test_every_field_of_a_kind_is_documented() -> None:
    for kind in KINDS:
        assert set(documentation(kind.model)) == set(kind.model.model_fields), kind.model
    assert documentation(Model) == {}
