"""The sandbox's tenant, subscription and people: fixed ids, which distinguish it from Azure."""

import csv
from dataclasses import dataclass
from pathlib import Path

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


with Path(__file__).with_name("sandbox_people.csv").open(encoding="utf-8", newline="") as _table:
    PEOPLE: dict[str, SandboxPerson] = {row["name"]: SandboxPerson(**row) for row in csv.DictReader(_table)}
"""By name."""
