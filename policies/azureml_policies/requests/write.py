"""One ARM request that a planned resource stands for: what rules look at, whichever way it came."""

from dataclasses import dataclass, field
from typing import Any

from azureml_policies.requests.planned import Planned
from azureml_policies.requests.request import ArmRequest
from azureml_policies.requests.unknown import read


@dataclass(frozen=True)
class Write(ArmRequest):
    """A request with the planned resource that makes it."""

    planned: Planned = field(repr=False, kw_only=True)

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
