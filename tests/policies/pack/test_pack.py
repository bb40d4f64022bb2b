"""The pack itself, on whole programs through both doors: the story, what would switch it off, and what breaks."""

import json
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from azureml_sandbox.__main__ import main
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from kit.paths import ROOT
from kit.shell import call, output

PACKAGE = "azureml_policies"
PARTS = ("examples/quickstart", "policies")
FILES = ("Pulumi.yaml", "Pulumi.sandbox.yaml", "__main__.py")
CLUSTER = Path("examples/quickstart/computes/aml-cluster.yml")
PLATFORM = Path("examples/quickstart/platform.yml")
DOORS = (
    "in-process",
    pytest.param("engine", marks=pytest.mark.skipif(shutil.which("pulumi") is None, reason="no pulumi CLI")),
)
JOB = """
jobs:
  - name: nightly
    type: command
    code: endpoint/src
    command: python -c "print('hello')"
    environment: azureml:diabetes-env:1
    compute: azureml:aml-cluster
"""
SECONDS = 120


@dataclass
class Platform:
    """The quickstart in a folder of its own, by one door."""

    folder: Path
    door: str

    def run(self, command: str, who: str = "", *options: str, code: int = 0, config: Any = None) -> str:
        """Run `azureml-sandbox`, under the pack where somebody asks, and return everything it printed."""
        line = [command, "--door", self.door, *options]
        if who:
            file = self.folder / "policies" / "sandbox.json"
            if config is not None:
                file = self.folder / "config.json"
                file.write_text(config if isinstance(config, str) else json.dumps(_with_baseline(config)))
            line += ["--policy-pack", "policies", "--policy-pack-config", str(file), "--requester", who]
        if self.door == "in-process":
            return call(main, line, self.folder, {"COLUMNS": "200"}, code=code)
        return self.python("-m", "azureml_sandbox", *line, code=code)

    def python(self, *line: str, code: int = 0) -> str:
        """Run a command of the environment's interpreter in the folder, and return everything it printed."""
        variables = {"PULUMI_HOME": str(self.folder / "home"), "COLUMNS": "200"}
        return output([".venv/bin/python", *line], self.folder, variables, SECONDS, code=code)

    def edit(self, file: Path, old: str, new: str) -> None:
        path = self.folder / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def nodes(self) -> list[tuple[int, int]]:
        """Return how few and how many nodes the clusters in the cloud may have."""
        azure = Azure(SqliteStore(self.folder / ".sandbox" / "state.db"))
        computes = azure.resources("Microsoft.MachineLearningServices/workspaces/computes")
        azure.close()
        bodies = [item["properties"].get("properties") or {} for item in computes]
        scales = [body["scaleSettings"] for body in bodies if "scaleSettings" in body]
        return [(scale["minNodeCount"], scale["maxNodeCount"]) for scale in scales]


def _with_baseline(config: Any) -> Any:
    given = {"baseline": "../.sandbox/export.json", "allow": ["pulumi-python:dynamic/azureml:*"]}
    return {**config, "guardrails": {**given, **config.get("guardrails", {})}} if isinstance(config, dict) else config


def copy_project(folder: Path, door: str, warm: Path) -> Platform:
    """Return the project; its pack's folder runs the package that is installed, whose modules a warm Python has."""
    unwanted = shutil.ignore_patterns("__pycache__", ".sandbox", PACKAGE)
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=unwanted)
    for file in FILES:
        shutil.copy2(ROOT / file, folder / file)
    environment = warm if door == "in-process" else sys.prefix  # the engine starts Python by itself
    (folder / ".venv").symlink_to(environment, target_is_directory=True)
    return Platform(folder, door)


@pytest.fixture(scope="module", params=DOORS)
def original(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, warm: Path) -> Platform:
    """Return the platform, provisioned; not to be changed."""
    platform = copy_project(tmp_path_factory.mktemp("made"), request.param, warm)
    platform.run("up")
    return platform


@pytest.fixture
def platform(original: Platform, tmp_path: Path) -> Platform:
    """Return a copy of the provisioned platform."""
    folder = tmp_path / "platform"
    shutil.copytree(original.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    return Platform(folder, original.door)


@pytest.fixture(params=DOORS)
def fresh(request: pytest.FixtureRequest, tmp_path: Path, warm: Path) -> Platform:
    """Return the platform before it is provisioned."""
    return copy_project(tmp_path, request.param, warm)


def test_a_data_scientist_adds_a_job_but_changes_no_cluster(platform: Platform) -> None:
    (platform.folder / PLATFORM).write_text((platform.folder / PLATFORM).read_text() + JOB)
    assert "nightly" in platform.run("preview", "dana")  # and all else is as it was
    platform.edit(CLUSTER, "max_instances: 5", "max_instances: 50")
    output = platform.run("up", "dana", code=2)
    assert (
        "aml-cluster: max_instances 5 -> 50 needs Microsoft.MachineLearningServices/workspaces/computes/write on "
        "…/workspaces/mlw-quickstart-sandbox/computes/aml-cluster; you (dana) have AzureML Data Scientist; "
        "ask a Compute Operator, or have the role granted: az role assignment create --role 'AzureML Compute Operator'"
    ) in output
    assert "Traceback" not in output
    assert platform.nodes() == [(0, 5)]


def test_a_compute_operator_changes_and_removes_clusters(platform: Platform) -> None:
    platform.edit(CLUSTER, "max_instances: 5", "max_instances: 50")
    platform.run("up", "carl")
    assert platform.nodes() == [(0, 50)]
    (platform.folder / CLUSTER).unlink()
    output = platform.run("preview", "dana", code=2)
    assert "aml-cluster: removing compute needs Microsoft.MachineLearningServices/workspaces/computes/delete" in output
    platform.run("preview", "carl")


def test_a_first_update_is_an_owners_and_a_remediation_fixes_what_is_planned(fresh: Platform) -> None:
    assert "compute-admins-only" in fresh.run("up", "dana", code=2)
    assert fresh.nodes() == []
    fresh.edit(CLUSTER, "min_instances: 0", "min_instances: 2")
    assert "compute-min-nodes-zero" in fresh.run("up", "olga", config={"compute-min-nodes-zero": "remediate"})
    assert fresh.nodes() == [(0, 5)]


def test_a_rule_that_is_made_advisory_only_remarks(platform: Platform) -> None:
    platform.edit(Path("examples/quickstart/endpoint/blue.yml"), "instance_count: 1", "instance_count: 2")
    output = platform.run("preview", "dana", config={"endpoints-operators-only": "advisory"})
    assert re.search(r"advisory\]?.*endpoints-operators-only", output)


SWITCHED_OFF: dict[str, tuple[Any, str]] = {
    "all disabled": ({"all": "disabled"}, "disabled is too low for "),
    "the rule advisory": ({"compute-admins-only": "advisory"}, "compute-admins-only: advisory is too low"),
    "not JSON": ("{", ""),
    "a wrong type": ({"guardrails": {"allow": "everything"}}, "allow"),
}


@pytest.mark.parametrize("case", SWITCHED_OFF)
def test_a_config_that_would_switch_the_rules_off_ends_the_preview(original: Platform, case: str) -> None:
    config, expected = SWITCHED_OFF[case]
    text = config if isinstance(config, str) else json.dumps(config)
    output = original.run("preview", "dana", code=2, config=text)
    assert expected in " ".join(output.split())
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("from azureml_policies.rule import", "raise SystemExit('no')\nfrom azureml_policies.rule import", ""),
        ("RULES: tuple[Rule, ...] = (", "RULES: tuple[Rule, ...] = () and (", "has no rules"),
    ],
    ids=["a pack that can't be imported", "an empty pack"],
)
def test_a_pack_that_breaks_denies(platform: Platform, old: str, new: str, expected: str) -> None:
    """How a rule that crashes and a process that ends do is in test_rules.py and in the sandbox's test_process.py."""
    platform.edit(CLUSTER, "max_instances: 5", "max_instances: 6")
    shutil.copytree(ROOT / "policies" / PACKAGE, platform.folder / "policies" / PACKAGE)
    platform.edit(Path("policies") / PACKAGE / "rules" / "registry.py", old, new)
    assert expected in platform.run("preview", "olga", code=2)


def test_a_past_that_cant_be_read_denies(platform: Platform) -> None:
    platform.edit(CLUSTER, "max_instances: 5", "max_instances: 6")
    platform.edit(Path("policies") / "sandbox.json", "export.json", "nothing.json")
    assert "nothing.json: there is no such file" in platform.run("preview", "olga", code=2)


LIVE = {"guardrails": {"baseline": "live"}}
MORE = "description: Ours.\ntags: {team: a}\nidle_time_before_scale_down: 600\n"


def test_what_leaves_a_clusters_file_is_a_change_of_what_is_live(platform: Platform) -> None:
    path = platform.folder / CLUSTER
    path.write_text(path.read_text() + MORE)
    platform.run("up")
    (platform.folder / PLATFORM).write_text((platform.folder / PLATFORM).read_text() + JOB)
    platform.run("preview", "dana", config=LIVE)
    platform.edit(CLUSTER, MORE, "")
    output = platform.run("preview", "dana", code=2, config=LIVE)
    assert re.search(r"aml-cluster: \S.* needs Microsoft.MachineLearningServices/workspaces/computes/write on ", output)
    assert all(word in output for word in ("description Ours. -> (none)", "team a -> (none)", "PT10M ->")), output
    platform.edit(PLATFORM, JOB, "")  # carl's role has compute, and no jobs
    platform.run("preview", "carl", config=LIVE)


def test_check_says_what_the_pack_says(platform: Platform) -> None:
    if platform.door != "engine":
        pytest.skip("previews in-process aren't written as Pulumi's")
    platform.edit(CLUSTER, "max_instances: 5", "max_instances: 50")
    platform.edit(Path("examples/quickstart/endpoint/blue.yml"), "instance_count: 1", "instance_count: 2")
    by_pack = platform.run("preview", "dana", code=2)
    wrapped = ("-m", "azureml_sandbox", "run", "--")
    platform.python(*wrapped, "bash", "-c", "pulumi preview --json > preview.json")
    refused = platform.python("-m", "azureml_policies", "check", "preview.json", code=2)
    assert "unchanged resources, without which rules about the whole stack say too little" in refused
    platform.python(*wrapped, "bash", "-c", "pulumi preview --json --show-sames > preview.json")
    checking = [
        ".venv/bin/python",
        "-m",
        "azureml_policies",
        "check",
        "preview.json",
        "--config",
        "policies/sandbox.json",
    ]
    output = platform.python(*wrapped, "env", "GUARDRAILS_REQUESTER=dana", *checking, "--json", code=1)
    found = {
        (item["level"], item["rule"], item["urn"].rpartition("::")[2])
        for item in json.loads(output[output.index("[") : output.rindex("]") + 1])
    }
    shown = re.findall(r"\[(\w+)\](?: \[severity: \w+\])?  (\S+)  \(\S+: (\S+?)\)", by_pack)
    denied = {verdict for verdict in found if verdict[0] == "mandatory"}
    assert denied == {verdict for verdict in set(shown) if verdict[0] == "mandatory"}
    assert ("mandatory", "compute-admins-only", "aml-cluster") in denied
    assert {verdict for verdict in found if verdict[0] == "advisory" and verdict[2]} <= set(shown)
