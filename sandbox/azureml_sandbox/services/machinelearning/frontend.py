"""What Azure ML's own front end answers for: all in a workspace but its computes, connections and network."""

from typing import Any, ClassVar

from azureml_arm.ids import ResourceId
from azureml_sandbox.model.errors import ArmError, UserError, absent
from azureml_sandbox.model.resource import ResourceType

IMMUTABLE = ("BadArgument", "ArgumentInvalid")
"""The inner codes of a change that isn't taken (recorded of components and data, 2026-03)."""


class FrontEndType(ResourceType):
    """A type whose refusals are Azure ML's own (`UserError`), and not ARM's."""

    absence: ClassVar[tuple[str, ...]] = ()
    """What is said of one that isn't there, with ``{name}`` and ``{above}``, and the inner code."""

    def not_found(self, target: ResourceId) -> ArmError:
        """Return a refusal in the type's own words, or in those that were recorded of models."""
        above = target.names[-2] if len(target.names) > 1 else ""
        return absent(*(part.format(name=target.name, above=above) for part in self.absence))

    def unchangeable(self, write_id: ResourceId, path: str, _old: Any, _new: Any) -> ArmError:
        """Return a refusal in the words that were recorded of components: 400, and not 409."""
        text = f'Failed to update {write_id.name} since field "{path.rpartition(".")[2]}" is immutable.'
        return UserError(400, text, *IMMUTABLE)
