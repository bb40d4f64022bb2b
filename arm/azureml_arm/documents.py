"""YAML documents, read by libyaml where PyYAML has it."""

from collections.abc import Callable
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
    return _read(yaml.load, text)


def compose_yaml(text: str | bytes) -> yaml.Node | None:
    """Return the nodes of a document, which know their places in it. Raises yaml.YAMLError."""
    found: yaml.Node | None = _read(yaml.compose, text)
    return found


def _read(how: Callable[..., Any], text: str | bytes) -> Any:
    try:
        return how(text, _Loader)
    except RecursionError:
        raise yaml.YAMLError("values are nested too deeply") from None
