"""YAML documents that need no places, read by libyaml where PyYAML has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

if TYPE_CHECKING or not yaml.__with_libyaml__:
    _Loader = yaml.SafeLoader
else:
    from yaml.cyaml import CParser

    class _Loader(Composer, SafeConstructor, Resolver, CParser):
        """libyaml's events, and Python's nodes: what is nested too deeply for libyaml's own ends the process."""

        def __init__(self, stream: str | bytes) -> None:
            CParser.__init__(self, stream)
            Composer.__init__(self)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)


def read_yaml(text: str | bytes) -> Any:
    """Return what a document holds. Raises yaml.YAMLError."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506  (a safe one)
    except RecursionError:
        raise yaml.YAMLError("values are nested too deeply") from None
