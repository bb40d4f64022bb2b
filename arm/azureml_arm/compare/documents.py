"""Documents inside a text: a conda file goes to Azure ML as YAML and comes back as JSON."""

from functools import lru_cache
from typing import Any

import yaml

ROOT = "document"
"""The step of a path that leads into a document."""


@lru_cache(maxsize=256)
def read(text: str) -> Any:
    """Return a YAML or JSON document, its scalars as texts; the text itself where it is neither, or uses aliases.

    (Aliases make a small text as large as they like.) It is shared: nobody changes it.
    """
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.BaseLoader)):
            return text
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  (it makes texts, lists and mappings only)
    except (yaml.YAMLError, RecursionError, ValueError):
        return text
