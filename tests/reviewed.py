"""Pull requests against examples/quickstart, each previewed in the sandbox for the review that it gets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from platforms import SETTINGS

from infra import Platform
from sandbox import Result, Sandbox
from sandbox.engine import events
from sandbox.packs.model import Pack
from sandbox.stack import RunFailedError

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent / "reviews"
CASES: Mapping[str, Mapping[str, Any]] = yaml.safe_load((FOLDER / "cases.yml").read_text("utf-8"))
EXAMPLE = Path("examples/quickstart")
CONFIG = {**SETTINGS, "azureml-infra:description": str(EXAMPLE), "azureml-infra:disposable": "true"}
SETTINGS_FILE = ROOT / "policies" / "sandbox.json"


def checkout(folder: Path, case: Mapping[str, Any]) -> None:
    """The example below a folder as a pull request has it."""
    shutil.copytree(ROOT / EXAMPLE, folder / EXAMPLE)
    for name, changes in case.get("replace", {}).items():
        file = folder / EXAMPLE / name
        text = file.read_text("utf-8")
        for old, new in changes:
            assert old in text, f"{name} has no {old!r}"
            text = text.replace(old, new)
        file.write_text(text, "utf-8")
    for name, text in case.get("add", {}).items():
        (folder / EXAMPLE / name).parent.mkdir(exist_ok=True)
        (folder / EXAMPLE / name).write_text(text, "utf-8")


def deployed(folder: Path) -> Path:
    """The sandbox's state after the example was made: the file."""
    checkout(folder, {})
    with _stack(folder) as sandbox:
        sandbox.up(_program(folder))
    return folder / "state.db"


def previewed(state: Path, folder: Path, name: str, patch: pytest.MonkeyPatch) -> str:
    """The events of a case's preview."""
    case = CASES[name]
    checkout(folder, case)
    shutil.copy(state, folder / "state.db")
    packs = (_policies(folder),) if "requester" in case else ()
    patch.setenv("GUARDRAILS_REQUESTER", case.get("requester", ""))
    with _stack(folder, packs) as sandbox:
        result = _preview(sandbox, folder)
        return "".join(f"{line}\n" for line in events.lines(result, sandbox.state.resources(), CONFIG))


def _preview(sandbox: Sandbox, folder: Path) -> Result:
    try:
        return sandbox.preview(_program(folder))
    except RunFailedError as failed:
        return failed.result


def _policies(folder: Path) -> Pack:
    """The project's policies, with this sandbox's state as what there was before."""
    settings = json.loads(SETTINGS_FILE.read_text("utf-8"))
    settings["guardrails"]["baseline"] = str(folder / "export.json")
    return Pack(ROOT / "policies", settings)


@contextmanager
def _stack(folder: Path, packs: tuple[Pack, ...] = ()) -> Iterator[Sandbox]:
    with Sandbox(folder / "state.db", project="azureml-infra", config=CONFIG, packs=packs) as sandbox:
        yield sandbox


def _program(folder: Path) -> Any:
    def program() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            Platform.from_config().export(pulumi.export)

    return program
