"""``azureml-sandbox`` on a project's folder: what a person sees, and what a script gets."""

import io
import json
import os
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from azureml_sandbox import Op, Operation
from azureml_sandbox.__main__ import main
from azureml_sandbox.pulumi.engine.display import Progress
from kit import shell

PROGRAM = """
import pulumi
from pulumi_azure_native import managedidentity, resources


class Team(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("shop:index:Team", name)
        below = pulumi.ResourceOptions(parent=self)
        group = resources.ResourceGroup("rg", resource_group_name="rg", opts=below)
        self.identity = managedidentity.UserAssignedIdentity(
            "robot", resource_group_name=group.name, resource_name_="robot",
            tags={"size": pulumi.Config().require("size")}, opts=below,
        )
        self.register_outputs({})


team = Team("red")
pulumi.export("robot", team.identity.name)
pulumi.export("password", pulumi.Output.secret("hush"))
"""


@pytest.fixture(autouse=True)
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Choose this door, whether there is a pulumi CLI or not."""
    monkeypatch.setenv("SANDBOX_DOOR", "in-process")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    configure(tmp_path, 5)
    return tmp_path


def configure(folder: Path, size: int) -> None:
    (folder / "Pulumi.sandbox.yaml").write_text(f"config: {{azure-native:location: westeurope, shop:size: {size}}}")


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Run a command: its exit code, and what it printed with the duration taken out."""

    def run(*arguments: str) -> tuple[int, str]:
        code = main([*arguments, "--cwd", str(folder)])
        captured = capsys.readouterr()
        return code, re.sub(r"\(\d+\.\d s\)", "(N s)", captured.out + captured.err)

    return run


def change(folder: Path, program: str) -> None:
    (folder / "__main__.py").write_text(textwrap.dedent(program))


Run = Callable[..., tuple[int, str]]

CREATED = """\
+ └─ red Team create
+    ├─ rg resources:ResourceGroup create
+    └─ robot managedidentity:UserAssignedIdentity create

Outputs
  password  [secret]
  robot     robot

2 created (N s)
"""
UPDATED = """\
  └─ red Team unchanged
~    └─ robot managedidentity:UserAssignedIdentity update
           tags.size: 5 -> 10

Outputs
  password  [secret]
  robot     robot

1 updated, 1 unchanged (N s)
"""
DELETED = """\
- └─ red Team delete
-    ├─ robot managedidentity:UserAssignedIdentity delete
-    └─ rg resources:ResourceGroup delete

2 deleted (N s)
"""


def body(printed: str) -> str:
    """Return what was printed, without the heading."""
    return printed.partition("\n")[2]


def test_a_platform_comes_up_changes_and_goes(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    code, printed = run("up")
    assert printed.startswith("Updating shop (sandbox) in the sandbox: in-process, no Azure needed\n")
    assert (code, body(printed)) == (0, CREATED)
    code, printed = run("up")
    assert (code, printed.splitlines()[-1]) == (0, "Nothing changed: 2 unchanged (N s)")
    configure(folder, 10)
    code, printed = run("preview")
    assert (code, printed.splitlines()[-1]) == (0, "1 to update, 1 unchanged (N s)")
    assert (code, body(printed)) == (0, UPDATED.replace("1 updated", "1 to update"))
    assert (run("up")[0], body(run("preview")[1]).splitlines()[-1]) == (0, "Nothing to change: 2 unchanged (N s)")
    code, printed = run("refresh")
    assert (code, printed.splitlines()[-1]) == (0, "Nothing changed: 2 unchanged (N s)")
    code, printed = run("destroy")
    assert (code, body(printed)) == (0, DELETED)
    code, printed = run("destroy")
    assert (code, printed.splitlines()[-1]) == (0, "Nothing changed: no resources (N s)")


def test_it_runs_as_a_command_and_lasts_between_processes(folder: Path, warm: Path) -> None:
    def command(*arguments: str) -> shell.Done:
        line = [warm / "bin" / "python", "-m", "azureml_sandbox", *arguments, "--cwd", folder]
        return shell.run(line, more={"PYTHONUTF8": "1"})

    first = command("up")
    assert (first.returncode, first.stderr) == (0, "")
    assert "2 created" in first.stdout
    configure(folder, 10)
    second = command("up")
    assert (second.returncode, second.stderr) == (0, "")
    assert "tags.size: 5 -> 10" in second.stdout
    assert {path.name for path in (folder / ".sandbox").iterdir()} >= {"state.db"}


def test_unchanged_resources_are_listed_when_asked_for(run: Run) -> None:
    run("up")
    assert "robot managedidentity" not in run("up")[1]
    assert "  └─ robot managedidentity:UserAssignedIdentity unchanged" in run("up", "--show-same")[1]


def test_json_is_one_object_whatever_the_program_prints(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder, PROGRAM + "\nprint('chatter')\npulumi.log.warn('careful')")
    assert main(["up", "--json", "--cwd", str(folder)]) == 0
    captured = capsys.readouterr()
    body = json.loads(captured.out)
    assert captured.err == "chatter\n"
    assert (body["result"], body["summary"]) == ("succeeded", {"create": 2})
    assert body["outputs"] == {"password": "[secret]", "robot": "robot"}
    assert body["diagnostics"] == [{"severity": "warning", "message": "careful", "urn": ""}]
    configure(folder, 10)
    main(["preview", "--json", "--cwd", str(folder)])
    (operation,) = [item for item in json.loads(capsys.readouterr().out)["operations"] if item["op"] == "update"]
    assert operation["name"] == "robot"
    assert operation["changes"] == [{"path": "tags.size", "old": "5", "new": "10", "replaces": False}]


def test_a_program_that_refuses_its_input_ends_with_1_and_its_message(folder: Path, run: Run) -> None:
    change(folder, "import pulumi\nraise pulumi.RunError('platform.yml:3:1: no such field')")
    code, printed = run("up")
    assert code == 1
    assert "error: platform.yml:3:1: no such field" in printed
    assert "Traceback" not in printed
    assert "File" not in printed


def test_an_exception_shows_the_programs_own_lines_only(folder: Path, run: Run) -> None:
    change(folder, PROGRAM + "\nteam.identity.name.apply(lambda name: name.nonsense)")
    code, printed = run("up")
    assert code == 2
    lines = len((folder / "__main__.py").read_text().splitlines())
    assert f'File "{folder}/__main__.py", line {lines}, in <lambda>' in printed
    assert "AttributeError: 'str' object has no attribute 'nonsense'" in printed
    assert "site-packages" not in printed
    assert "/sandbox/" not in printed.replace("/.sandbox/", "")


def test_a_refusal_of_azure_names_the_resource_and_the_code(folder: Path, run: Run) -> None:
    change(folder, PROGRAM.replace('resource_name_="robot"', 'resource_name_="no good name!"'))
    code, printed = run("up")
    assert code == 2
    assert "! " in printed
    assert re.search(
        r"error: azure-native:managedidentity:UserAssignedIdentity \(robot\): create failed: \w+: ", printed
    )
    assert "Traceback" not in printed
    assert "1 created, 1 failed (N s)" in printed
    change(folder, PROGRAM)
    assert "1 created, 1 unchanged (N s)" in run("up")[1]


def test_a_protected_resource_is_listed_and_kept(folder: Path, run: Run) -> None:
    change(folder, PROGRAM.replace("ResourceOptions(parent=self)", "ResourceOptions(parent=self, protect=True)"))
    run("up")
    code, printed = run("destroy")
    assert code == 2
    assert printed.count("cannot be deleted\nbecause it is protected") == 2
    assert "2 unchanged" in run("up")[1]


def test_a_folder_without_a_project_is_an_error_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["up", "--cwd", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path}: there is no Pulumi.yaml")
    assert list(tmp_path.iterdir()) == []


def test_two_runs_at_once_are_refused(folder: Path, run: Run) -> None:
    from azureml_sandbox.pulumi.engine.locking import only_one

    (folder / ".sandbox").mkdir()
    with only_one(folder / ".sandbox" / "sandbox.lock", "the stack"):
        code, printed = run("up")
    assert code == 2
    assert f"error: another run (process {os.getpid()}) is using the stack 'sandbox'; wait until it ends" in printed
    assert run("up")[0] == 0


def test_a_killed_run_goes_on_where_it_was(folder: Path, run: Run, warm: Path) -> None:
    change(folder, PROGRAM + "\nimport os\nteam.identity.id.apply(lambda _: os._exit(9))")
    shell.output([warm / "bin" / "python", "-m", "azureml_sandbox", "up", "--cwd", folder], code=9)
    change(folder, PROGRAM)
    assert json.loads(run("up", "--json")[1])["summary"] == {"unchanged": 2}


def test_on_a_terminal_it_says_what_it_is_doing() -> None:
    terminal = Console(force_terminal=True, file=io.StringIO(), width=80)
    progress = Progress(terminal)
    with progress.live():
        progress.on_start(Op.CREATE, "urn:pulumi:s::p::t:m:T::robot")
        assert "0 resources · create robot" in str(progress.line)
        progress.on_finish(Operation(Op.CREATE, "urn:pulumi:s::p::t:m:T::robot"))
        progress.on_finish(Operation(Op.SAME, "urn:pulumi:s::p::t:m:T::other"))
        assert "2 resources · looked at other" in str(progress.line)


def test_the_state_is_never_committed(folder: Path, run: Run) -> None:
    run("preview")
    assert (folder / ".sandbox" / ".gitignore").read_text() == "*\n"


def test_what_packs_compare_with_goes_with_the_first_change_after_it(folder: Path, run: Run) -> None:
    run("up")
    export = folder / ".sandbox" / "export.json"
    export.write_text("{}")
    run("preview")
    assert export.exists()
    run("refresh")
    assert not export.exists()


def test_long_values_are_cut(folder: Path, run: Run) -> None:
    run("up")
    configure(folder, 10**200)
    (line,) = [line for line in run("preview")[1].splitlines() if "tags.size" in line]
    assert line.endswith("…")
    assert len(line) < 150
