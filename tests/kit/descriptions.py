"""Descriptions that are a few lines of YAML."""

from pathlib import Path

from hypothesis import strategies as st

from azureml_infra.description.load import Description, load
from azureml_infra.description.overrides import with_file
from azureml_infra.yaml.nodes import Map
from azureml_infra.yaml.read import parse
from kit.paths import EXAMPLES, write_files

QUICKSTART = EXAMPLES / "quickstart"
HEAD = "name: platform\nlocation: westeurope\n"
CLUSTER = "$schema: https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json\nname: cpu-cluster\n"
MODEL = "azureml://registries/r/models/m/versions/1"


def load_text(folder: Path, text: str, **files: str) -> Description:
    """Load a description of some lines below its name and location, and of files beside it."""
    beside = {f"{name.replace('__', '/')}.yml": content for name, content in files.items()}
    return load(write_files(folder, {"platform.yml": HEAD + text, **beside}))


def overrides(text: str) -> Map:
    """Return what a stack says otherwise, as fleet.yml has it."""
    node = with_file(parse(text.encode(), "fleet.yml").root, "fleet.yml")
    assert isinstance(node, Map)
    return node


def entity_names(description: Description) -> list[str]:
    """Return the names of a description's entities, in order."""
    return [located.entity.name for located in description.entities]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
