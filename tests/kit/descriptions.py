"""Descriptions that are a few lines of YAML."""

from pathlib import Path

from hypothesis import strategies as st

from azureml_infra.description.load import Description, load
from kit.paths import EXAMPLES

QUICKSTART = EXAMPLES / "quickstart"
HEAD = "name: platform\nlocation: westeurope\n"
CLUSTER = "$schema: https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json\nname: cpu-cluster\n"
MODEL = "azureml://registries/r/models/m/versions/1"


def load_text(folder: Path, text: str, **files: str) -> Description:
    """Load a description of some lines below its name and location, and of files beside it."""
    (folder / "platform.yml").write_text(HEAD + text)
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    return load(folder)


def entity_names(description: Description) -> list[str]:
    """Return the names of a description's entities, in order."""
    return [located.entity.name for located in description.entities]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
