"""``azureml-review``: its formats, its exit codes, and what it says of what isn't a preview."""

import json
from pathlib import Path
from typing import Any

import pytest

from azureml_review.__main__ import FORMATS, main
from kit import shell
from kit.paths import ROOT
from kit.previewed import COMPUTE, cluster, document, step

ACCOUNT = "azure-native:storage:StorageAccount"


@pytest.fixture
def preview(tmp_path: Path) -> Path:
    """Return a refused preview with everything in it, as the engine streams it."""
    old, new = cluster(5), cluster(20)
    account = {"accountName": "stdata", "resourceGroupName": "rg-ml", "location": "westeurope"}
    steps = [
        step("update", COMPUTE, "cpu", old, new, {"properties": "update"}),
        step("delete", ACCOUNT, "data", account, None),
        step("update", ACCOUNT, "logs", account, {**account, "allowBlobPublicAccess": True}, {"x": "update"}),
    ]
    metadata = [
        {"op": one["op"], "urn": one["urn"], "old": one.get("oldState"), "new": one.get("newState")} for one in steps
    ]
    said = {
        "resourceUrn": steps[0]["urn"],
        "message": "Compute is for admins\ncpu: max_instances 5 -> 20 needs a right; you (dana) have none; ask",
        "policyName": "compute-admins-only",
        "policyPackName": "azureml-guardrails",
        "enforcementLevel": "mandatory",
        "severity": "high",
    }
    events: list[dict[str, Any]] = [
        {"preludeEvent": {"config": {"azure-native:subscriptionId": "5a4d0b0c-0000-4000-8000-000000000001"}}},
        *({"resourcePreEvent": {"metadata": one}} for one in metadata),
        {"policyEvent": said},
        {"summaryEvent": {"PolicyPacks": {"azureml-guardrails": "1.0"}, "result": "succeeded"}},
    ]
    file = tmp_path / "preview.jsonl"
    file.write_text("".join(f"{json.dumps({'sequence': at, **event})}\n" for at, event in enumerate(events)), "utf-8")
    return file


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main(["--no-prices", "--project", "/nowhere", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_process_writes_every_format_in_one_run(preview: Path, warm: Path, tmp_path: Path) -> None:
    targets = {name: tmp_path / f"out.{name}" for name in FORMATS}
    writes = [part for name, file in targets.items() for part in ("--write", f"{name}={file}")]
    command = [warm / "bin" / "python", "-m", "azureml_review", preview, "--no-prices", "--check", *writes]
    done = shell.run(command)
    assert done.returncode == 1, done.stderr
    assert "Refused by policy" in done.stdout
    assert all(file.read_text("utf-8") for file in targets.values())
    assert targets["plain"].read_text("utf-8") == done.stdout


def test_without_check_a_refusal_is_only_shown(preview: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, preview)
    assert code == 0
    assert "refused compute-admins-only: max_instances 5 -> 20 needs a right" in out.replace("cpu: ", "")


def test_the_json_is_as_documented(preview: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, preview, "--format", "json", "--requester", "dana")
    body = json.loads(out)
    assert (body["version"], body["stack"], body["verdict"], body["requester"]) == (1, "shop/dev", "refused", "dana")
    assert body["counts"] == {"create": 0, "update": 2, "replace": 0, "delete": 1, "import": 0, "same": 0}
    assert [(change["noun"], change["op"]) for change in body["changes"]] == [
        ("compute cluster", "update"),
        ("storage account", "delete"),
        ("storage account", "update"),
    ]
    (field,) = body["changes"][0]["fields"]
    assert (field["word"], field["old"], field["new"], field["secret"]) == ("max_instances", 5, 20, False)
    assert body["denials"][0]["policy"] == "compute-admins-only"
    assert body["denials"][0]["mandatory"] is True
    assert body["compute"]["resources"][0]["after"][0] == {
        "size": "Standard_DS3_v2",
        "least": 0,
        "most": 20,
        "always_on": False,
        "low_priority": False,
        "meters": [],
        "vcpus": 0,
        "hours": None,
    }
    documented = (ROOT / "docs" / "review.md").read_text("utf-8")
    assert [key for key in [*body, *body["changes"][0], *body["compute"]] if f"`{key}`" not in documented] == []


LEVELS = {"none", "note", "warning", "error"}


def test_the_sarif_is_as_code_scanning_reads_it(preview: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, preview, "--format", "sarif")
    log = json.loads(out)
    (ran,) = log["runs"]
    rules = {rule["id"] for rule in ran["tool"]["driver"]["rules"]}
    assert log["version"] == "2.1.0"
    assert {result["ruleId"] for result in ran["results"]} == {
        "compute-admins-only",
        "loses-data",
        "security-relevant-change",
    }
    for result in ran["results"]:
        assert result["ruleId"] in rules
        assert result["level"] in LEVELS
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert not place["artifactLocation"]["uri"].startswith("/")
        assert result["partialFingerprints"]["primaryLocationLineHash"]


def test_a_mistake_is_a_finding_on_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "1 mistake in examples/shop, so nothing was changed\ncomputes/my cpu.yml:6:1: unknown field"
    file = tmp_path / "p.json"
    file.write_text(document([], diagnostics=[{"severity": "error", "message": text}]), "utf-8")
    _, out, _ = run(capsys, file, "--format", "sarif")
    (result,) = json.loads(out)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], result["level"]) == ("mistake", "error")
    assert place["artifactLocation"]["uri"] == "examples/shop/computes/my%20cpu.yml"
    assert place["region"]["startLine"] == 6


def test_the_fingerprint_alone_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], preview: Path) -> None:
    assert run(capsys, preview, "--format", "fingerprint")[1] == "none: refused by policy\n"
    file = tmp_path / "p.json"
    file.write_text(document([]), "utf-8")
    _, out, _ = run(capsys, file, "--format", "fingerprint")
    assert out.startswith("sha256:")
    assert out.count("\n") == 1


MAKE = "pulumi preview --json"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "isn't the output of"),
        ("hello", "isn't JSON"),
        ("[]", "isn't the output of"),
        ("{}", "isn't the output of"),
        ('{"steps": 3}', "isn't a preview"),
        ('{"steps": [{"op": "create"}]}', "a step has no urn"),
        ('{"sequence": 0, "preludeEvent": {"config": {}}}\n{"sequence": 1, "resou', "isn't JSON"),
        ('{"sequence": 0, "preludeEvent": {"config": {}}}\n', "end before their summary"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_preview_is_said_with_how_to_make_one(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "p.json"
    file.write_text(text, "utf-8")
    code, out, err = run(capsys, file)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {file}: ")
    assert message in err
    assert MAKE in err
    assert "Traceback" not in err


@pytest.mark.parametrize("kind", ["missing", "folder", "binary"])
def test_a_file_that_cant_be_read_is_named(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p.json"
    if kind == "folder":
        file.mkdir()
    if kind == "binary":
        file.write_bytes(b"\xff\xfe\x00")
    code, _, err = run(capsys, file)
    assert code == 2
    assert f"{file}: can't be read" in err


def test_a_file_that_cant_be_written_is_named(
    preview: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, preview, "--output", tmp_path / "none" / "out")
    assert code == 2
    assert "can't be written" in err


@pytest.mark.parametrize("currency", ["euro", "E", "../x", "12A"])
def test_a_currency_is_three_letters(preview: Path, currency: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(preview), "--currency", currency])
    assert "three letters" in capsys.readouterr().err


def test_a_project_that_isnt_there_is_said(preview: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(preview), "--no-prices", "--project", "/nowhere", "--description", "x"]) == 2
    assert "error: /nowhere/x: there is no platform.yml" in capsys.readouterr().err
