"""The sandbox's tenant, subscription and people: fixed ids, which distinguish it from Azure."""

from __future__ import annotations

from dataclasses import dataclass

SUBSCRIPTION = "5a4d0b0c-0000-4000-8000-000000000001"
TENANT = "5a4d0b0c-0000-4000-8000-00000000aaaa"


@dataclass(frozen=True)
class SandboxPerson:
    """Someone whom the sandbox knows, with the built-in role they have at its subscription."""

    name: str
    object_id: str
    role: str
    """The role's name, as in `azureml_arm.roles`."""
    description: str


_SEEDED = (
    SandboxPerson("olga", "5a4d0b0c-0000-4000-8000-0000000000a1", "Owner", "owns the subscription"),
    SandboxPerson(
        "carl", "5a4d0b0c-0000-4000-8000-0000000000a2", "AzureML Compute Operator", "manages compute and nothing else"
    ),
    SandboxPerson(
        "dana", "5a4d0b0c-0000-4000-8000-0000000000a3", "AzureML Data Scientist", "does all in a workspace but compute"
    ),
    SandboxPerson("rita", "5a4d0b0c-0000-4000-8000-0000000000a4", "Reader", "sees everything and changes nothing"),
)

PEOPLE: dict[str, SandboxPerson] = {person.name: person for person in _SEEDED}
"""By name."""
