"""Programs under policy packs: a pack's own process on both doors, and a servicer in this process."""

# ruff: noqa: N802, ARG002 - a servicer's methods are named as the RPCs are

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_azure_native import managedidentity, resources

from azureml_sandbox import EngineError, Pack, RunFailedError, Sandbox, Violation
from azureml_sandbox.__main__ import main
from azureml_sandbox.pulumi.packs.model import DeniedError, PackError
from azureml_sandbox.pulumi.packs.process import ProcessAnalyzer
from kit.paths import ROOT

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
        """`azureml-sandbox` under the pack: everything it printed."""
        given = ["--policy-pack", "pack", "--policy-pack-config", "config.json"]
        python = str(self.environment / "bin" / "python")
        line = [python, "-m", "azureml_sandbox", command, "--door", self.door, *given, *options]
        variables = {**os.environ, "PYTHONPATH": str(ROOT), "PULUMI_HOME": str(self.folder / "home")}
        done = subprocess.run(line, cwd=self.folder, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def bare(self, *words: str) -> str:
        """`azureml-sandbox run` with a command: everything it printed."""
        line = [str(self.environment / "bin" / "python"), "-m", "azureml_sandbox", "run", "--", *words]
        variables = {**os.environ, "PYTHONPATH": str(ROOT), "PULUMI_HOME": str(self.folder / "home")}
        done = subprocess.run(line, cwd=self.folder, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def verdicts(self, command: str, *options: str, code: int = 0) -> set[Verdict]:
        """What the policies had against the run."""
        if self.door == "engine":
            lines = re.findall(
                r"- \[(\w+)\](?: \[severity: \w+\])?  (\S+)  \(\S+: (\S+)\)", self.run(command, code=code)
            )
            return {(level, policy, name) for level, policy, name in lines if level != "remediate"}
        output = self.run(command, "--json", *options, code=code)
        violations = json.loads(output[output.index("{") : output.rindex("}") + 1])["violations"]
        return {(item["level"], item["policy"], item["urn"].rpartition("::")[2]) for item in violations}

    def live(self) -> dict[str, Any]:
        """The resource groups that the stack made, by name."""
        with Sandbox(self.folder / ".sandbox" / "state.db") as sandbox:
            return {item["name"]: item for item in sandbox.azure.resources(GROUPS)}


@pytest.fixture(params=DOORS)
def project(tmp_path: Path, warm: Path, request: pytest.FixtureRequest) -> Project:
    """The program in a folder of its own, through each door."""
    environment = warm if request.param == "in-process" else Path(sys.prefix)  # the engine starts Python by itself
    return written(tmp_path, request.param, environment)


@pytest.fixture
def here(tmp_path: Path, warm: Path) -> Project:
    """The program through this process's door."""
    return written(tmp_path, "in-process", warm)


def written(tmp_path: Path, door: str, environment: Path) -> Project:
    runtime = f"runtime: {{name: python, options: {{toolchain: pip, virtualenv: {environment}}}}}"
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\n{runtime}\n")
    config = f"config:\n  azure-native:subscriptionId: {SUBSCRIPTION}\n  azure-native:location: westeurope\n"
    (tmp_path / "Pulumi.sandbox.yaml").write_text(f"{config}{SALT}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return Project(tmp_path, door, environment)


def packed(*policies: str) -> str:
    return f"PolicyPack('demo', [{', '.join(policies)}])\n"


BOTH = {("mandatory", "no-groups", "rg"), ("mandatory", "no-groups", "second")}
ADVISED = {("advisory", policy, name) for _, policy, name in BOTH}
UNKNOWN = packed("policy('tagged', lambda args, report: report(args.props['tags']['made']), only=IDENTITY)")
STACK = """
def whole(args, report):
    report(f"{len(args.resources)} resources")
    for resource in args.resources:
        if resource.resource_type == GROUP:
            report("a group", resource.urn)
"""


@pytest.mark.parametrize(
    ("code", "config", "exit_code", "expected"),
    [
        (packed("policy('no-groups', no)"), {}, 2, BOTH),
        (packed("policy('no-groups', no, ADVISORY)"), {}, 0, ADVISED),
        (packed("policy('no-groups', no, severity=Severity.HIGH)"), {"no-groups": "advisory"}, 0, ADVISED),
        (packed("policy('no-groups', no)"), {"all": "disabled"}, 0, set()),
        (packed("policy('no-groups', no)"), {"all": "disabled", "no-groups": "mandatory"}, 2, BOTH),
        (packed("policy('no-groups', no)"), {"another": "mandatory"}, 2, BOTH),
        (
            STACK + packed("StackValidationPolicy('whole', 'All.', whole, MANDATORY)"),
            {},
            2,
            {("mandatory", "whole", name) for name in ("shop-sandbox", "rg", "second")},
        ),
        (UNKNOWN, {}, 0, {("advisory", "tagged", "robot")}),
        (
            packed("policy('default', no, only='pulumi:providers:azure-native')"),
            {},
            2,
            {("mandatory", "default", "default_3_29_0")},
        ),
        (packed("policy('team', no, only='shop:index:Team')"), {}, 2, {("mandatory", "team", "red")}),
    ],
    ids=[
        "mandatory",
        "advisory",
        "made advisory",
        "all disabled",
        "all but one disabled",
        "a level for no policy",
        "stack",
        "unknown",
        "default provider",
        "component",
    ],
)
def test_a_preview_has_the_verdicts_of_the_pack(
    project: Project, code: str, config: object, exit_code: int, expected: set[Verdict]
) -> None:
    project.pack(code, config)
    assert project.verdicts("preview", code=exit_code) == expected
    assert project.live() == {}


def test_an_update_is_previewed_and_nothing_of_a_denied_one_is_done(project: Project) -> None:
    project.pack(packed("policy('no-groups', lambda args, report: args.name == 'second' and no(args, report))"))
    output = project.run("up", code=2)
    assert "no second please" in output
    assert "Traceback" not in output
    assert project.live() == {}
    project.pack(packed("policy('no-groups', no)"), {"no-groups": "advisory"})
    assert "no second please" in project.run("up")
    assert set(project.live()) == {"rg", "second"}


def test_what_a_preview_does_not_know_is_enforced_at_the_update(project: Project) -> None:
    project.pack(UNKNOWN)
    assert "can't run policy 'tagged'" in project.run("preview")
    output = project.run("up", code=2)
    assert f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg" in output
    with Sandbox(project.folder / ".sandbox" / "state.db") as sandbox:
        assert [item["type"] for item in sandbox.azure.resources() if "userAssigned" in item["type"]] == []
    assert "rg" in project.live()


def test_a_remediation_changes_the_inputs_and_is_shown(project: Project) -> None:
    project.pack(packed("ResourceValidationPolicy('owned', 'Owned.', None, REMEDIATE, remediate=fix)"))
    output = project.run("up")
    assert "owned" in output
    assert {name: group["tags"] for name, group in project.live().items()} == {
        "rg": {"team": "red", "owner": "ops"},
        "second": {"key": "hush", "owner": "ops"},
    }
    assert "hush" not in output
    assert "unchanged" in project.run("preview")


BROKEN = {
    "raises": (packed("policy('bad', lambda args, report: 1 / 0, ADVISORY)"), "division by zero"),
    "raises for the stack": (
        packed("StackValidationPolicy('bad', 'Bad.', lambda args, report: 1 / 0, ADVISORY)"),
        "division by zero",
    ),
    "ends its process": (packed("policy('bad', lambda args, report: os._exit(3), ADVISORY)"), "pack"),
    "import error": ("import no_such_module\n", "no_such_module"),
    "ends at once": ("raise SystemExit(4)\n", "pack"),
    "makes no pack": ("", "pack"),
    "empty": (packed(), "Missing policies argument"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_pack_that_breaks_fails_the_run_with_what_happened(project: Project, name: str) -> None:
    code, expected = BROKEN[name]
    project.pack(code)
    assert expected in project.run("up", code=2)
    assert project.live() == {}


LIMIT = packed(
    "policy('limit', lambda args, report: report(str(args.get_config())), ADVISORY,"
    " config_schema=PolicyConfigSchema({'most': {'type': 'integer', 'default': 5}, 'why': {'type': 'string'}}))"
)


@pytest.mark.parametrize(
    ("config", "exit_code", "expected"),
    [
        ({}, 0, "{'most': 5.0}"),
        ({"limit": {"enforcementLevel": "mandatory", "why": "cost"}}, 2, "{'why': 'cost', 'most': 5.0}"),
        ({"limit": {"most": 7}}, 0, "{'most': 7.0}"),
        ({"limit": {"most": "seven"}}, 2, "most"),
        ({"limits": {"most": 7}}, 2, "pack"),
        ({"limit": "loud"}, 2, "loud"),
        ({"limit": 7}, 2, "limit"),
    ],
)
def test_a_configuration_is_completed_checked_and_passed_on(
    project: Project, config: object, exit_code: int, expected: str
) -> None:
    project.pack(LIMIT, config)
    output = project.run("preview", code=exit_code).replace(
        "{'most': 5.0, 'why': 'cost'}", "{'why': 'cost', 'most': 5.0}"
    )
    assert expected in output


ENVIRONMENT = """
SAID = "PULUMI_PROJECT PULUMI_STACK PULUMI_ORGANIZATION PULUMI_DRY_RUN GUARDRAILS_REQUESTER ARM_SUBSCRIPTION_ID".split()


def tell(args, report):
    report(" ".join(str(os.environ.get(name)) for name in SAID) + " " + os.path.basename(os.getcwd()))
"""


def test_a_pack_knows_the_stack_and_who_asks(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", "the real one")
    project.pack(ENVIRONMENT + packed("policy('tell', tell, ADVISORY)"))
    assert "shop sandbox organization true dana None pack" in project.run("preview", "--requester", "dana")
    output = project.run("up")
    assert "shop sandbox organization false None None pack" in output


AZURE = """
from azure.core import PipelineClient
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.core.rest import HttpRequest
from azure.identity import DefaultAzureCredential


def look(args, report):
    scope = "https://management.azure.com/.default"
    signed = BearerTokenCredentialPolicy(DefaultAzureCredential(), scope)
    with PipelineClient("https://management.azure.com", policies=[signed]) as client:
        url = "https://management.azure.com/subscriptions/5a4d0b0c-0000-4000-8000-000000000001/resourceGroups?api-version=2024-03-01"
        found = client.send_request(HttpRequest("GET", url)).json()
    report("there: " + ", ".join(sorted(item["name"] for item in found["value"])))
"""


def test_a_packs_azure_is_the_sandbox_while_the_run_writes_to_it(project: Project) -> None:
    project.pack(AZURE + packed("policy('look', look, ADVISORY, only=IDENTITY)"))
    output = project.run("up")
    assert re.search(r"there: rg(, second)?$", output, re.MULTILINE)
    assert "there: rg, second" in project.run("preview")


EXPORT = """
import json


def past(args, report):
    with open("../.sandbox/export.json") as file:
        deployment = json.load(file)["deployment"]
    names = [item["urn"].split("::")[-1] for item in deployment.get("resources", [])]
    report("before: " + " ".join(sorted(name for name in names if not name.startswith("default"))) + ".")
"""


def test_the_state_before_a_run_is_there_for_the_pack(project: Project) -> None:
    project.pack(EXPORT + packed("StackValidationPolicy('past', 'Past.', past, ADVISORY)"))
    assert "before: ." in project.run("preview")
    assert "before: ." in project.run("up")
    assert "before: red rg robot second shop-sandbox." in project.run("preview")
    exported = (project.folder / ".sandbox" / "export.json").read_text()
    assert "hush" not in exported
    (second,) = [
        item
        for item in json.loads(exported)["deployment"]["resources"]
        if item["urn"].endswith("ResourceGroup::second")
    ]
    identity = {name: second[name] for name in ("custom", "id", "type", "parent")}
    assert identity == {
        "custom": True,
        "id": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/second",
        "type": "azure-native:resources:ResourceGroup",
        "parent": "urn:pulumi:sandbox::shop::pulumi:pulumi:Stack::shop-sandbox",
    }
    secret = second["inputs"].pop("tags")["key"]
    version = second["inputs"].pop("azureApiVersion")  # azure-native 3 fills it in at Check
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", version)
    assert second["inputs"] == {"location": "westeurope", "resourceGroupName": "second"}
    assert secret.pop("4dabf18193072939515e22adb298388d") == "1b47061264138c4ac30d75fd1eb44270"
    assert list(secret) == ["ciphertext"]


# -- in-process, as a person sees it ---------------------------------------------------------------------------------


MIXED = packed(
    "policy('no-groups', no, ADVISORY, severity=Severity.LOW)",
    "policy('small', lambda args, report: report('too big:\\nby far'), only=IDENTITY)",
    "ResourceValidationPolicy('owned', 'Owned.', None, REMEDIATE, remediate=fix)",
)
TOLD = """\
+ ├─ red Team create
+ │  └─ rg resources:ResourceGroup create
+ ├─ second resources:ResourceGroup create
+ └─ robot managedidentity:UserAssignedIdentity create

info (second): remediated by owned: tags.owner: (none) -> ops
info (rg): remediated by owned: tags.owner: (none) -> ops
error: denied by small. Nothing was changed.

Outputs
  password  [secret]

3 to create

Policies
  advisory  no-groups (demo, low): About no-groups.
    second resources:ResourceGroup: no second please
    rg resources:ResourceGroup: no rg please
  mandatory  small (demo): About small.
    robot managedidentity:UserAssignedIdentity: too big:
      by far
"""


def test_violations_are_printed_by_policy_and_what_is_denied_stands_last(here: Project) -> None:
    here.pack(MIXED)
    output = here.run("preview", code=2)
    assert re.sub(r" \([\d.]+ s\)\n", "\n", output[output.index("+ ├─") :]) == TOLD
    here.pack(packed("policy('small', lambda args, report: None)"))
    assert "\nPolicies\n  passed  demo 2.1.0\n" in here.run("preview")


def test_json_has_the_violations(here: Project) -> None:
    here.pack(MIXED)
    output = here.run("preview", "--json", code=2)
    assert json.loads(output)["violations"][-1] == {
        "pack": "demo",
        "policy": "small",
        "level": "mandatory",
        "severity": "",
        "message": "too big:\nby far",
        "urn": "urn:pulumi:sandbox::shop::azure-native:managedidentity:UserAssignedIdentity::robot",
    }
    assert json.loads(output)["result"] == "failed"


@pytest.mark.parametrize("project", DOORS[1:], indirect=True)
def test_a_bare_command_compares_with_its_own_stack_as_it_is(project: Project) -> None:
    project.pack(EXPORT + packed("StackValidationPolicy('past', 'Past.', past, ADVISORY)"))
    export = project.folder / ".sandbox" / "export.json"
    judged = ["preview", "--policy-pack", "pack", "--policy-pack-config", "config.json"]
    project.run("up")
    export.write_text(json.dumps({"deployment": {"resources": [{"urn": "urn::of::another::stack"}]}}))
    assert "before: red rg robot second shop-sandbox." in project.bare("pulumi", *judged)
    project.bare("pulumi", "stack", "init", "other")
    assert "before: ." in project.bare("pulumi", *judged, "--stack", "other")
    project.bare("pulumi", "preview")
    assert not export.exists()
    export.write_text("{}")
    project.bare("true")
    assert not export.exists()


def test_without_a_pack_nothing_of_packs_is_loaded(here: Project) -> None:
    code = (
        "import sys; from azureml_sandbox.__main__ import main; main(['preview', '--door', 'in-process']);"
        "print([name for name in sys.modules if name.startswith('azureml_sandbox.pulumi.packs.')])"
    )
    line, variables = [sys.executable, "-c", code], {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, cwd=here.folder, env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['azureml_sandbox.pulumi.packs.model']"
    assert not (here.folder / ".sandbox" / "export.json").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["preview", "--requester", "dana"],
            "--requester is for a policy pack, and there is none: name its folder with --policy-pack",
        ),
        (
            ["up", "--policy-pack-config", "x.json"],
            "--policy-pack-config is for a policy pack, and there is none: name its folder with --policy-pack",
        ),
        (
            ["up", *["--policy-pack", "a"] * 2, "--policy-pack-config", "x.json"],
            "give one --policy-pack-config for each --policy-pack, in the same order, or none at all",
        ),
    ],
)
def test_options_without_effect_are_refused(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"error: {expected}\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "{0}: there is no PulumiPolicy.yaml, so this is no policy pack"),
        ({"PulumiPolicy.yaml": "runtime: python"}, "{0}: there is no __main__.py, which makes the PolicyPack"),
        (
            {"PulumiPolicy.yaml": "runtime: nodejs"},
            "{0}/PulumiPolicy.yaml: runtime is 'nodejs'; in-process only packs with `runtime: python` run",
        ),
        (
            {"PulumiPolicy.yaml": "- x"},
            "{0}/PulumiPolicy.yaml: runtime is None; in-process only packs with `runtime: python` run",
        ),
    ],
)
def test_a_folder_that_is_no_pack_is_reported(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    folder = tmp_path / "pack"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    with Sandbox(tmp_path / "state.db", packs=[Pack(folder)]) as sandbox, pytest.raises(RunFailedError) as failed:
        sandbox.preview(platform)
    assert str(failed.value) == expected.format(folder)


class Heard(ProcessAnalyzer):
    """A pack whose time to start begins with its first words, however long its Python takes to come to them."""

    def _port(self, seconds: float) -> int:
        while not self._said and self._child.poll() is None:
            threading.Event().wait(0.01)
        return super()._port(seconds)


def test_a_pack_that_does_not_start_in_time_is_shown_with_what_it_printed(tmp_path: Path) -> None:
    (tmp_path / "PulumiPolicy.yaml").write_text("runtime: python")
    code = "import sys, time\nprint('waiting for Azure', file=sys.stderr, flush=True)\ntime.sleep(60)"
    (tmp_path / "__main__.py").write_text(code)
    with pytest.raises(PackError) as failed:
        Heard(tmp_path, os.environ, start_seconds=0.01)
    assert str(failed.value) == (
        f"the policy pack {tmp_path} didn't start within 0.01 seconds; it printed\n  waiting for Azure"
    )


def test_a_pack_whose_process_ends_is_shown_with_its_exit_code_and_last_words(here: Project) -> None:
    here.pack(
        "import sys\n" + packed("policy('bad', lambda args, report: (sys.stderr.write('oh no\\n'), os._exit(3)))")
    )
    expected = (
        f"the policy pack {here.folder / 'pack'} failed in Analyze: its process ended with exit code 3; it printed"
    )
    output = here.run("preview", code=2)
    assert expected + "\n  oh no\n" in output
    assert "Traceback" not in output


def test_a_pack_that_is_killed_fails_the_run(here: Project) -> None:
    here.pack(packed("policy('bad', lambda args, report: os.kill(os.getpid(), 9), ADVISORY)"))
    assert "its process was killed by signal 9" in here.run("up", code=2)
    assert here.live() == {}


# -- a servicer in this process --------------------------------------------------------------------------------------


class Servicer(analyzer_pb2_grpc.AnalyzerServicer):
    """Has against a resource what `against` says of its name, and answers nothing else but who it is."""

    def __init__(self, against: Callable[[str], str] = lambda _: "", level: int = analyzer_pb2.MANDATORY) -> None:
        self.against, self.level = against, level
        self.asked: list[Any] = []

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:
        policy = analyzer_pb2.PolicyInfo(name="p", severity=analyzer_pb2.POLICY_SEVERITY_CRITICAL)
        return analyzer_pb2.AnalyzerInfo(name="raw", version="1", policies=[policy])

    def Analyze(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        return self._answer(request.urn, self.against(request.name))

    def _answer(self, urn: str, said: str) -> Any:
        answer = analyzer_pb2.AnalyzeResponse()
        if said:
            answer.diagnostics.add(policyName="p", message=said, enforcementLevel=self.level, urn=urn)
        return answer


class Whole(Servicer):
    """Is against the whole stack."""

    def AnalyzeStack(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        return self._answer("", "not this one")


class Renaming(Servicer):
    """Gives every group an owner."""

    def Remediate(self, request: Any, context: Any) -> Any:
        answer = analyzer_pb2.RemediateResponse()
        if request.type.endswith("ResourceGroup"):
            changed = struct_pb2.Struct()
            changed.CopyFrom(request.properties)
            changed.update({"tags": {"owner": "ops"}})
            answer.remediations.add(policyName="owned", properties=changed)
        return answer


def platform() -> None:
    group = resources.ResourceGroup("rg", resource_group_name="rg", location="westeurope")
    managedidentity.UserAssignedIdentity("robot", resource_group_name=group.name, resource_name_="robot")


def nothing() -> None:
    """A program that asks for no resources."""


URN = "urn:pulumi:sandbox::project::azure-native:{}"
ROBOT = Violation(
    "raw", "p", "mandatory", "bad robot", URN.format("managedidentity:UserAssignedIdentity::robot"), "critical"
)


def test_the_first_mandatory_violation_stops_an_update_before_that_resource_is_touched() -> None:
    servicer = Servicer(lambda name: "bad robot" if name == "robot" else "")
    with Sandbox(packs=[Pack(servicer)]) as sandbox, pytest.raises(RunFailedError) as failed:
        sandbox.up(platform)
    result = failed.value.result
    assert result.violations == [ROBOT]
    assert isinstance(result.error, DeniedError)
    denial = "denied by p. azure-native:managedidentity:UserAssignedIdentity (robot) was not touched."
    assert str(failed.value) == denial
    assert [item["name"] for item in sandbox.azure.resources()] == ["rg"]
    assert result.packs == ("raw 1",)


def test_a_preview_asks_about_everything_and_fails_at_its_end() -> None:
    servicer = Servicer(lambda name: f"bad {name}")
    with Sandbox(packs=[Pack(servicer)]) as sandbox, pytest.raises(RunFailedError) as failed:
        sandbox.preview(platform)
    assert [item.message for item in failed.value.result.violations] == [
        "bad project-sandbox",
        "bad default_" + _version(servicer),
        "bad rg",
        "bad robot",
    ]
    assert [operation.name for operation in failed.value.result.operations] == ["rg", "robot"]
    assert str(failed.value) == "denied by p. Nothing was changed."


def _version(servicer: Servicer) -> str:
    (provider,) = [request for request in servicer.asked if request.type == "pulumi:providers:azure-native"]
    return str(provider.properties["version"]).replace(".", "_")


def test_advice_stops_nothing() -> None:
    with Sandbox(packs=[Pack(Servicer(lambda name: f"bad {name}", analyzer_pb2.ADVISORY))]) as sandbox:
        result = sandbox.up(platform)
    assert {item.level for item in result.violations} == {"advisory"}
    assert {operation.name for operation in result.of("create")} == {"rg", "robot"}


def test_the_stack_is_judged_before_anything_is_deleted() -> None:
    servicer = Whole()
    with Sandbox() as sandbox:
        sandbox.up(platform)
        judged = Sandbox(azure=sandbox.azure, packs=[Pack(servicer)])
        judged.state = sandbox.state
        with pytest.raises(RunFailedError) as failed:
            judged.up(nothing)
        assert str(failed.value) == "denied by p. Nothing was deleted."
        stack = "urn:pulumi:sandbox::project::pulumi:pulumi:Stack::project-sandbox"
        assert [item.urn for item in failed.value.result.violations] == [stack]
        assert [item["name"] for item in sandbox.azure.resources()] == ["rg", "robot"]
        sandbox.destroy()


def test_a_pack_sees_resources_as_the_provider_completes_them() -> None:
    servicer = Servicer()

    def program() -> None:
        timeouts = pulumi.CustomTimeouts(create="1h30m")
        options = pulumi.ResourceOptions(protect=True, ignore_changes=["tags"], custom_timeouts=timeouts)
        resources.ResourceGroup("rg", tags={"key": pulumi.Output.secret("hush")}, opts=options)

    config = {"azure-native:location": "westeurope", "azure-native:subscriptionId": SUBSCRIPTION}
    with Sandbox(packs=[Pack(servicer)], config=config) as sandbox:
        sandbox.preview(program)
    group = servicer.asked[-1]
    assert sorted(group.properties) == ["azureApiVersion", "location", "resourceGroupName", "tags"]
    assert group.properties["tags"]["key"]["value"] == "hush"
    assert (group.options.protect, list(group.options.ignoreChanges)) == (True, ["tags"])
    assert group.options.customTimeouts.create == 5400
    assert group.provider.properties["subscriptionId"] == SUBSCRIPTION
    assert group.provider.urn.endswith("::pulumi:providers:azure-native::" + group.provider.name)


def test_remediations_of_several_packs_build_on_each_other() -> None:
    judge = Servicer()
    with Sandbox(packs=[Pack(Renaming()), Pack(judge)]) as sandbox:
        result = sandbox.up(platform)
        (group,) = sandbox.azure.resources(GROUPS)
    assert group["tags"] == {"owner": "ops"}
    (asked,) = [request for request in judge.asked if request.name == "rg"]
    assert asked.properties["tags"]["owner"] == "ops"
    assert [item.message for item in result.diagnostics] == ['remediated by owned: tags: (none) -> {"owner": "ops"}']


def test_destroying_is_not_judged() -> None:
    servicer = Servicer()
    with Sandbox(packs=[Pack(servicer)]) as sandbox:
        sandbox.up(platform)
        servicer.asked.clear()
        assert sandbox.destroy().violations == []
    assert servicer.asked == []


class Crashing(Servicer):
    """Has a bug."""

    def Analyze(self, request: Any, context: Any) -> Any:
        raise KeyError("size")


class Silent:
    """Has nothing that a pack needs."""


@pytest.mark.parametrize(
    ("servicer", "config", "expected"),
    [
        (Crashing(), None, "the policy pack Crashing failed in Analyze: KeyError: 'size' (test_packs.py:"),
        (Silent(), None, "the policy pack Silent doesn't say what is in it: it has no GetAnalyzerInfo"),
        (Servicer(), {"p": "advisory"}, "the policy pack Servicer does not take any configuration"),
    ],
    ids=["crash", "nothing", "configuration"],
)
def test_a_servicer_that_fails_is_reported(servicer: object, config: dict[str, Any] | None, expected: str) -> None:
    with Sandbox(packs=[Pack(servicer, config)]) as sandbox, pytest.raises(RunFailedError) as failed:
        sandbox.up(platform)
    assert expected in str(failed.value)
    assert isinstance(failed.value.result.error, PackError)
    assert sandbox.azure.resources() == []


def test_a_folder_needs_a_cloud_that_other_processes_can_see(tmp_path: Path) -> None:
    with Sandbox(packs=[Pack(tmp_path)]) as sandbox, pytest.raises(EngineError, match="sees no cloud in memory"):
        sandbox.preview(platform)
