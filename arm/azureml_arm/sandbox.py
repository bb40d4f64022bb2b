"""The sandbox's tenant, subscription and people: fixed ids, which distinguish it from Azure."""

from dataclasses import dataclass
from pathlib import Path

from azureml_arm.tables import read_table

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


PEOPLE = {row["name"]: SandboxPerson(**row) for row in read_table(Path(__file__).with_name("sandbox_people.csv"))}
"""By name."""
