"""The stacks of a project, and those that a change is about."""

import re
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from azureml_arm.documents import read_yaml

_DESCRIPTION = "azureml-infra:description"
_SANDBOX = "sandbox"
_NO_CODE = (".md", ".txt", ".png", ".svg")
"""Files that no program reads."""
_NO_CODE_FOLDERS = frozenset({"docs", "tests", "benchmarks", "examples"})


class StacksError(Exception):
    """The stacks can't be found; the message says where, what, and what to do."""


@dataclass(frozen=True, order=True)
class StackFolder:
    """One stack: its name, and the folder of its description relative to the project."""

    name: str
    description: str


def stacks(project: Path) -> list[StackFolder]:
    """Return the stacks that have a file, except those for the sandbox alone. Raises StacksError."""
    found = [_stack(file) for file in sorted(project.glob("Pulumi.*.yaml"))]
    return [stack for stack in found if stack.name != _SANDBOX and stack.description != f"examples/{stack.name}"]


def _stack(file: Path) -> StackFolder:
    name = file.name.removeprefix("Pulumi.").removesuffix(".yaml")
    try:
        data = read_yaml(file.read_text(encoding="utf-8")) or {}
        config = data.get("config") or {}
        return StackFolder(name, str(PurePosixPath(str(config.get(_DESCRIPTION) or "."))))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError) as error:
        raise StacksError(f"{file.name}: isn't a stack's settings ({type(error).__name__}); fix it first") from None


def affected_stacks(
    every: Sequence[StackFolder], changed: Iterable[str], is_data: Callable[[StackFolder], bool]
) -> list[StackFolder]:
    """Return the stacks whose settings or description changed; all of them when the code did.

    `changed` are paths relative to the project, with slashes. `is_data` says whether a stack's folder holds nothing but
    its description: a pull request may call any folder one.
    """
    paths = [PurePosixPath(path) for path in changed]
    described = [stack for stack in every if is_data(stack)]
    return [stack for stack in every if any(_concerns(stack, path, described) for path in paths)]


def is_new_or_known(trusted: Path) -> Callable[[StackFolder], bool]:
    """Return whether the base branch's checkout has a stack with that description, or nothing in its place."""
    known = {stack.description for stack in stacks(trusted)}
    return lambda stack: stack.description in known or not (trusted / stack.description).exists()


def _concerns(stack: StackFolder, path: PurePosixPath, described: Sequence[StackFolder]) -> bool:
    if path.match("Pulumi.*.yaml") and len(path.parts) == 1:
        return path.name == f"Pulumi.{stack.name}.yaml"
    if _is_below(path, stack.description):
        return True
    return not is_described(path, described) and is_code(path)


def is_described(path: PurePosixPath, every: Iterable[StackFolder]) -> bool:
    """Return whether a file is in the folder of any stack's description."""
    return any(_is_below(path, stack.description) for stack in every)


def _is_below(path: PurePosixPath, folder: str) -> bool:
    return folder != "." and path.is_relative_to(folder)


def is_code(path: PurePosixPath) -> bool:
    """Return whether a file may affect every stack: the program, the policies, the lock, a workflow."""
    return path.suffix.lower() not in _NO_CODE and path.parts[0] not in _NO_CODE_FOLDERS


def changed_files(repository: Path, base: str, head: str = "HEAD") -> list[str]:
    """Return the files that differ between the merge base of two commits and the second one. Raises StacksError."""
    line = ["git", "diff", "--name-only", "--no-renames", "-z", f"{base}...{head}"]
    done = subprocess.run(line, cwd=repository, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        why = done.stderr.strip().splitlines()[:1] or ["git failed"]
        raise StacksError(f"{base}...{head}: can't be compared ({why[0]}); check out with `fetch-depth: 0`")
    return [name for name in done.stdout.split("\0") if name]


def old_stacks(listed: Sequence[Mapping[str, Any]], hours: float, now: datetime) -> list[str]:
    """Return the stacks of pull requests (``pr-NUMBER``) in `pulumi stack ls --json` that are older than some hours.

    A stack without a time has never had resources and stays.
    """
    limit = now - timedelta(hours=hours)
    names = [(_name(one), _update_time(one, limit)) for one in listed]
    return [name for name, updated in names if _EPHEMERAL.fullmatch(name) and updated < limit]


def ephemeral_stacks(listed: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the stacks of pull requests in `pulumi stack ls --json`."""
    return [name for one in listed if _EPHEMERAL.fullmatch(name := _name(one))]


def number_of(stack: str) -> int:
    """Return the number of the pull request that a stack belongs to."""
    return int(stack.removeprefix("pr-"))


_EPHEMERAL = re.compile(r"pr-[1-9]\d*")


def _name(listed: Mapping[str, Any]) -> str:
    """Return a stack's name without organisation and project."""
    return str(listed.get("name") or "").rpartition("/")[2]


def _update_time(listed: Mapping[str, Any], default: datetime) -> datetime:
    try:
        return datetime.fromisoformat(str(listed.get("lastUpdate") or ""))
    except ValueError:
        return default
