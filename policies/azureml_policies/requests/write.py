"""One ARM request that a planned resource stands for: what rules look at, whichever way it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import read


@dataclass(frozen=True)
class Write:
    """A resource that ARM would be asked to create or change.

    `type` is the ARM type and `id` the ARM id, whose segments may be `UNKNOWN`; `body` is the request's body. Where
    anything could be behind a planned resource (a shell command, a linked template), `opaque` says what, `type` and
    `body` are empty, and `id` is the scope that it may reach as far as that is known.
    """

    type: str
    id: str
    body: Mapping[str, Any]
    planned: Planned = field(repr=False)
    via: str = ""
    """How it came, unless by the type's own azure-native resource: "ARM template `deploy`", "azapi"."""
    opaque: str = ""
    action: str = ""
    """The full ARM action, where it isn't ``{type}/write``: "…/computes/start/action"."""
    raw: bool = False
    """The body is the resource's own arguments, which aren't ARM's words: only rules about rights look at it."""

    @property
    def name(self) -> str:
        """Return how messages call it: the resource's own name in Azure, else the one in the program."""
        own = self.id.rsplit("/", 1)[-1]
        return own if own and not self.opaque else self.planned.name

    def read(self, path: str, default: Any = None) -> Any:
        """Return what is at a dotted path of the body (``properties.vmSize``); UnknownError where it isn't
        known yet."""
        return read(self.body, path, default)

    def text_at(self, path: str, default: str = "") -> str:
        """Return the text at a path in lower case: ARM's enums and names are compared like that."""
        return str(self.read(path, default)).lower()

    def is_a(self, type_name: str) -> bool:
        """Return whether it is of an ARM type."""
        return self.type.lower() == type_name.lower()
