"""Pull requests against an example, each previewed in the sandbox for the review that it gets."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from azureml_infra import Platform
from azureml_sandbox import Result, Sandbox
from azureml_sandbox.pulumi.engine import events
from azureml_sandbox.pulumi.packs.model import Pack
from azureml_sandbox.pulumi.stack import RunFailedError
from kit.paths import ROOT, TESTS
from kit.platforms import SETTINGS

FOLDER = TESTS / "review" / "reviews"
CASES: Mapping[str, Mapping[str, Any]] = yaml.safe_load((FOLDER / "cases.yml").read_text("utf-8"))
EXAMPLES = Path("examples")
SETTINGS_FILE = ROOT / "policies" / "sandbox.json"
_SECRET = re.compile(r"\$\{\{ *secrets\.(\w+) *\}\}")


def example(case: Mapping[str, Any]) -> Path:
    """Return the description that a case changes, relative to the project."""
    return EXAMPLES / str(case.get("example", "quickstart"))


def checkout(folder: Path, case: Mapping[str, Any]) -> None:
    """Write the example below a folder as a pull request has it."""
    described = folder / example(case)
    shutil.copytree(ROOT / example(case), described)
    for edits in (case.get("before", {}), case):
        _edit(described, edits)


def _edit(described: Path, edits: Mapping[str, Any]) -> None:
    for name, changes in edits.get("replace", {}).items():
        text = (described / name).read_text("utf-8")
        for old, new in changes:
            assert old in text, f"{name} has no {old!r}"
            text = text.replace(old, new)
        (described / name).write_text(text, "utf-8")
    for name, text in edits.get("add", {}).items():
        (described / name).parent.mkdir(exist_ok=True)
        (described / name).write_text(text, "utf-8")


def deploy(folder: Path, case: Mapping[str, Any]) -> Path:
    """Make a case's example, and return the file of the sandbox's state."""
    before = {key: value for key, value in case.items() if key in ("example", "config", "before")}
    checkout(folder, before)
    with _stack(folder, before) as sandbox:
        sandbox.up(_program(folder))
    return folder / "state.db"


def preview(state: Path | None, folder: Path, case: Mapping[str, Any], patch: pytest.MonkeyPatch) -> str:
    """Return the events of a case's preview; without a state it is the first one."""
    checkout(folder, case)
    if state is not None:
        shutil.copy(state, folder / "state.db")
    packs = (_policies(folder),) if "requester" in case else ()
    patch.setenv("GUARDRAILS_REQUESTER", case.get("requester", ""))
    with _stack(folder, case, packs) as sandbox:
        result = _preview(sandbox, folder)
        return "".join(f"{line}\n" for line in events.lines(result, sandbox.state.resources(), _config(case)))


def _preview(sandbox: Sandbox, folder: Path) -> Result:
    try:
        return sandbox.preview(_program(folder))
    except RunFailedError as failed:
        return failed.result


def _policies(folder: Path) -> Pack:
    """Return the project's policies, with this sandbox's state as what there was before."""
    settings = json.loads(SETTINGS_FILE.read_text("utf-8"))
    settings["guardrails"]["baseline"] = str(folder / "export.json")
    return Pack(ROOT / "policies", settings)


def _config(case: Mapping[str, Any]) -> dict[str, str]:
    own = {"azureml-infra:description": str(example(case)), "azureml-infra:disposable": "true"}
    return {**SETTINGS, **own, **case.get("config", {})}


def _secrets(folder: Path, case: Mapping[str, Any]) -> dict[str, str]:
    """Return a made-up value for each secret that the description names, and the case's own."""
    texts = [file.read_text("utf-8") for file in (folder / example(case)).rglob("*.yml")]
    named = {name for text in texts for name in _SECRET.findall(text)}
    return {**{name: f"old-{name}-text" for name in named}, **case.get("secrets", {})}


@contextmanager
def _stack(folder: Path, case: Mapping[str, Any], packs: tuple[Pack, ...] = ()) -> Iterator[Sandbox]:
    secrets = _secrets(folder, case)
    with Sandbox(
        folder / "state.db", project="azureml-infra", config=_config(case), secrets=secrets, packs=packs
    ) as sandbox:
        yield sandbox


def _program(folder: Path) -> Any:
    def program() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            Platform.from_config().export(pulumi.export)

    return program
