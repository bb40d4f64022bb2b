"""A policy pack's own process as a person sees it: what is printed, and what is said where it fails."""

import json
import os
import re
import sys
import threading
from pathlib import Path

import pytest

from azureml_sandbox import Pack, RunFailedError, Sandbox
from azureml_sandbox.__main__ import main
from azureml_sandbox.pulumi.packs.model import PackError
from azureml_sandbox.pulumi.packs.process import ProcessAnalyzer
from kit.packs import Project, pack_of, platform
from kit.paths import ROOT
from kit.shell import run

MIXED = pack_of(
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
    here.pack(pack_of("policy('small', lambda args, report: None)"))
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


def test_without_a_pack_nothing_of_packs_is_loaded(here: Project) -> None:
    code = (
        "import sys; from azureml_sandbox.__main__ import main; main(['preview', '--door', 'in-process']);"
        "print([name for name in sys.modules if name.startswith('azureml_sandbox.pulumi.packs.')])"
    )
    done = run([sys.executable, "-c", code], here.folder, {"PYTHONPATH": str(ROOT)})
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
        "import sys\n" + pack_of("policy('bad', lambda args, report: (sys.stderr.write('oh no\\n'), os._exit(3)))")
    )
    expected = (
        f"the policy pack {here.folder / 'pack'} failed in Analyze: its process ended with exit code 3; it printed"
    )
    output = here.run("preview", code=2)
    assert expected + "\n  oh no\n" in output
    assert "Traceback" not in output


def test_a_pack_that_is_killed_fails_the_run(here: Project) -> None:
    here.pack(pack_of("policy('bad', lambda args, report: os.kill(os.getpid(), 9), ADVISORY)"))
    assert "its process was killed by signal 9" in here.run("up", code=2)
    assert here.live() == {}
