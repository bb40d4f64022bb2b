"""Where rights are read from: Azure, or the pack's config."""

from typing import Protocol

from azureml_arm.rbac.model import RoleFacts
from azureml_policies.requester.model import Person


class RolesUnavailableError(Exception):
    """Rights can't be read; the message says why and what to do."""


class RoleSource(Protocol):
    """Where rights are read from."""

    def facts(self, person: Person, subscription: str) -> RoleFacts:
        """Return what is known about a person in a subscription; RolesUnavailableError where that can't be read."""
        ...

    def everyone(self, subscription: str) -> RoleFacts:
        """Return all assignments and denies that reach a subscription, whoever they are for."""
        ...
