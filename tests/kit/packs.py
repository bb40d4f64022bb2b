"""A project under a policy pack, run through one door."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pulumi_azure_native import managedidentity, resources

from azureml_sandbox import Sandbox
from azureml_sandbox.__main__ import main
from kit.paths import ROOT
from kit.shell import call, output

SUBSCRIPTION = "5a4d0b0c-0000-4000-8000-000000000001"
SALT = next(line for line in (ROOT / "Pulumi.sandbox.yaml").read_text().splitlines() if line.startswith("encryption"))
GROUPS = "Microsoft.Resources/resourceGroups"
DOORS = [
    "in-process",
    pytest.param("engine", marks=pytest.mark.skipif(shutil.which("pulumi") is None, reason="no pulumi CLI")),
]
PROGRAM = """
import signal

import pulumi
from pulumi_azure_native import managedidentity, resources

signal.signal(signal.SIGINT, signal.SIG_DFL)


class Team(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("shop:index:Team", name)
        below = pulumi.ResourceOptions(parent=self)
        self.group = resources.ResourceGroup("rg", resource_group_name="rg", tags={"team": name}, opts=below)
        self.register_outputs({})


team = Team("red")
secret = pulumi.Output.secret("hush")
resources.ResourceGroup("second", resource_group_name="second", tags={"key": secret})
managedidentity.UserAssignedIdentity(
    "robot", resource_group_name=team.group.name, resource_name_="robot", tags={"made": team.group.id})
pulumi.export("password", secret)
"""
HEAD = """
import os
from pulumi_policy import *

ADVISORY, MANDATORY, REMEDIATE = EnforcementLevel.ADVISORY, EnforcementLevel.MANDATORY, EnforcementLevel.REMEDIATE
GROUP, IDENTITY = "azure-native:resources:ResourceGroup", "azure-native:managedidentity:UserAssignedIdentity"


def policy(name, check, level=MANDATORY, only=GROUP, **more):
    def validate(args, report):
        if args.resource_type == only:
            check(args, report)
    return ResourceValidationPolicy(name, f"About {name}.", validate, level, **more)


def no(args, report):
    report(f"no {args.name} please")


def fix(args):
    if args.resource_type == GROUP:
        return {**args.props, "tags": {**args.props.get("tags", {}), "owner": "ops"}}
"""
Verdict = tuple[str, str, str]
"""(level, policy, the resource's name)"""


@dataclass
class Project:
    """A project's folder with a pack in it, run through one door."""

    folder: Path
    door: str
    environment: Path

    def pack(self, code: str, config: object = None) -> None:
        """Write the pack, and its configuration."""
        home = self.folder / "pack"
        home.mkdir(exist_ok=True)
        runtime = f"{{name: python, options: {{toolchain: pip, virtualenv: {self.environment}}}}}"
        (home / "PulumiPolicy.yaml").write_text(f"runtime: {runtime}\nversion: 2.1.0\n")
        (home / "__main__.py").write_text(HEAD + code)
        (self.folder / "config.json").write_text(json.dumps(config or {}))

    def run(self, command: str, *options: str, code: int = 0) -> str:
        """Run `azureml-sandbox` under the pack, and return everything it printed."""
        given = [command, "--door", self.door, "--policy-pack", "pack", "--policy-pack-config", "config.json"]
        if self.door == "in-process":
            return call(main, [*given, *options], self.folder, code=code)
        return self._sandbox(*given, *options, code=code)

    def bare(self, *words: str) -> str:
        """Run `azureml-sandbox run` with a command, and return everything it printed."""
        return self._sandbox("run", "--", *words)

    def _sandbox(self, *words: str, code: int = 0) -> str:
        line = [self.environment / "bin" / "python", "-m", "azureml_sandbox", *words]
        more = {"PYTHONPATH": str(ROOT), "PULUMI_HOME": str(self.folder / "home")}
        return output(line, self.folder, more, code=code)

    def verdicts(self, command: str, *options: str, code: int = 0) -> set[Verdict]:
        """Return what the policies had against the run."""
        if self.door == "engine":
            lines = re.findall(
                r"- \[(\w+)\](?: \[severity: \w+\])?  (\S+)  \(\S+: (\S+)\)", self.run(command, code=code)
            )
            return {(level, policy, name) for level, policy, name in lines if level != "remediate"}
        output = self.run(command, "--json", *options, code=code)
        violations = json.loads(output[output.index("{") : output.rindex("}") + 1])["violations"]
        return {(item["level"], item["policy"], item["urn"].rpartition("::")[2]) for item in violations}

    def live(self) -> dict[str, Any]:
        """Return the resource groups that the stack made, by name."""
        with Sandbox(self.folder / ".sandbox" / "state.db") as sandbox:
            return {item["name"]: item for item in sandbox.azure.resources(GROUPS)}


def write_project(tmp_path: Path, door: str, environment: Path) -> Project:
    """Write the program's project into a folder."""
    runtime = f"runtime: {{name: python, options: {{toolchain: pip, virtualenv: {environment}}}}}"
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\n{runtime}\n")
    config = f"config:\n  azure-native:subscriptionId: {SUBSCRIPTION}\n  azure-native:location: westeurope\n"
    (tmp_path / "Pulumi.sandbox.yaml").write_text(f"{config}{SALT}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return Project(tmp_path, door, environment)


def pack_of(*policies: str) -> str:
    """Return the code of a pack of policies."""
    return f"PolicyPack('demo', [{', '.join(policies)}])\n"


EXPORT = """
import json


def past(args, report):
    with open("../.sandbox/export.json") as file:
        deployment = json.load(file)["deployment"]
    names = [item["urn"].split("::")[-1] for item in deployment.get("resources", [])]
    report("before: " + " ".join(sorted(name for name in names if not name.startswith("default"))) + ".")
"""


def platform() -> None:
    """Declare a group with an identity in it."""
    group = resources.ResourceGroup("rg", resource_group_name="rg", location="westeurope")
    managedidentity.UserAssignedIdentity("robot", resource_group_name=group.name, resource_name_="robot")
