"""Platforms with guardrails that Azure holds by itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from azureml_arm.rbac.bodies import assignment, role_definition
from azureml_arm.rbac.model import RoleFacts
from azureml_infra.entities.guardrails import DATA_SCIENTIST
from azureml_policies.requester.model import Person
from azureml_sandbox import Sandbox
from kit.platforms import SUBSCRIPTION, Program, live, platform_of

TEAM = "9f2d6c1e-0000-4000-8000-00000000da7a"
DANA = Person(TEAM, "dana")
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-acme-dev"
AUTHORIZATION = "Microsoft.Authorization"
HEAD = "name: acme\nlocation: westeurope\n"
ROLE = "guardrails: {data_scientist_role: true}\n"
ACCESS = (
    f"access:\n  - role: {DATA_SCIENTIST}\n    principal: {TEAM}\n    principal_type: group\n    scope: workspace\n"
)
POLICY = """guardrails:
  allowed_compute:
    kinds: [amlcompute, computeinstance]
    sizes: [Standard_DS3_v2, Standard_NC6s_v3]
    max_instances: 10
"""
Described = Callable[[str], Program]


def role(sandbox: Sandbox) -> dict[str, Any]:
    """Return the platform's role definition."""
    return live(sandbox, f"{AUTHORIZATION}/roleDefinitions")


def rights(sandbox: Sandbox) -> RoleFacts:
    """Return what the team has, from the cloud."""
    made = role_definition(role(sandbox))
    found = [
        one
        for one in sandbox.azure.resources(f"{AUTHORIZATION}/roleAssignments")
        if one["properties"]["principalId"] == TEAM
    ]
    return RoleFacts(tuple(assignment(one, {made.id: made}) for one in found), source="the sandbox")


def program_of(folder: Path, text: str) -> Program:
    """Return the program of a platform.yml that is written into a folder, below its name and location."""
    (folder / "platform.yml").write_text(HEAD + text)
    return platform_of(folder)
