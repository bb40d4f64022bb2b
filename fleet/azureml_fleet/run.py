"""One stack's preview: the commands, what they leave in the stack's folder, and what came of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from azureml_arm.locking import hold_lock
from azureml_fleet.stacks import Stack
from azureml_review.model import Verdict

EVENTS, LOG, RESULT = "preview.jsonl", "log.txt", "result.json"
REVIEW = {"markdown": "review.md", "json": "review.json", "plain": "review.txt"}
"""A review's format -> its file."""
PATIENCE = 20.0
"""Seconds that an interrupted command gets to end by itself."""


@dataclass(frozen=True)
class PreviewOptions:
    """How stacks are previewed."""

    sandbox: bool = False
    door: str = ""
    policy_packs: tuple[Path, ...] = ()
    policy_configs: tuple[Path, ...] = ()
    requester: str = ""
    prices: bool = False


@dataclass(frozen=True)
class PreviewResult:
    """What came of one stack's preview. `inputs` is a mark of all that went into it."""

    stack: str
    environment: str
    region: str
    inputs: str
    verdict: str
    counts: Mapping[str, int] = field(default_factory=dict)
    said: str = ""
    """Why, in a line."""
    seconds: float = 0.0
    again: bool = False
    """Whether an earlier run's result was taken."""

    @property
    def is_bad(self) -> bool:
        """Return whether it was refused, or failed."""
        return self.verdict in (Verdict.REFUSED, Verdict.FAILED)


class PreviewStoppedError(Exception):
    """The run was interrupted."""


@dataclass
class StackPreview:
    """The preview of one stack, in a folder of its own."""

    stack: Stack
    project: Path
    project_name: str
    folder: Path
    inputs: str
    options: PreviewOptions
    _child: subprocess.Popen[bytes] | None = None
    _stopped: bool = False

    def earlier(self) -> PreviewResult | None:
        """Return the result that is there already of the same inputs; one that failed isn't a result."""
        try:
            given = json.loads((self.folder / RESULT).read_text(encoding="utf-8"))
            found = PreviewResult(**{**given, "again": True})
        except (OSError, ValueError, TypeError):
            return None
        return found if found.inputs == self.inputs and found.verdict != Verdict.FAILED else None

    def run(self) -> PreviewResult:
        """Preview and review it; the result is on disk as a whole or not at all. Raises PreviewStoppedError."""
        began = time.monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        with hold_lock(self.folder / "lock", wait=True) as held:
            for name in (RESULT, EVENTS, *REVIEW.values()):
                (self.folder / name).unlink(missing_ok=True)
            self._preview(held)
            if _size(self.folder / EVENTS):
                self._review(held)
            answer = self._read_verdict()
            result = PreviewResult(
                self.stack.name, self.stack.environment, self.stack.region, self.inputs,
                verdict=str(answer["verdict"]),
                counts=answer.get("counts", {}),
                said=str(answer.get("why", "")),
                seconds=round(time.monotonic() - began, 1),
            )  # fmt: skip
            _write_whole(self.folder / RESULT, json.dumps(asdict(result), indent=2))
        return result

    def stop(self) -> None:
        """Interrupt what runs; `run` raises when it has ended."""
        self._stopped = True
        child = self._child
        if child is not None and child.poll() is None:
            _signal(child, signal.SIGINT)

    def _preview(self, held: Sequence[int]) -> None:
        events, log = self.folder / EVENTS, self.folder / LOG
        environment = {**os.environ, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
        if self.options.sandbox:
            line = [
                sys.executable,
                "-m",
                "azureml_sandbox",
                "preview",
                "--cwd",
                str(self.project),
                "--events",
                str(events),
            ]
            line += ["--stack", self.stack.name, *(["--door", self.options.door] if self.options.door else [])]
            line += ["--requester", self.options.requester] if self.options.requester else []
        else:
            line = ["pulumi", "preview", "--json", "--non-interactive", "--cwd", str(self.project)]
            line += ["--stack", self.stack.name]
        packs, configs = self.options.policy_packs, self.options.policy_configs
        for flag, given in (("--policy-pack", packs), ("--policy-pack-config", configs)):
            line += [word for path in given for word in (flag, str(path.resolve()))]
        with log.open("wb") as errors, (log if self.options.sandbox else events).open("ab") as output:
            self._run(line, environment, output, errors, held)

    def _review(self, held: Sequence[int]) -> None:
        line = [sys.executable, "-m", "azureml_review", str(self.folder / EVENTS), "--project", str(self.project)]
        line += ["--stack", f"{self.project_name}/{self.stack.name}", "--format", "plain"]
        line += ["--output", str(self.folder / REVIEW["plain"])]
        line += [] if self.options.prices else ["--no-prices"]
        line += ["--requester", self.options.requester] if self.options.requester else []
        for name in ("markdown", "json"):
            line += ["--write", f"{name}={self.folder / REVIEW[name]}"]
        with (self.folder / LOG).open("ab") as log:
            self._run(line, dict(os.environ), log, log, held)

    def _run(
        self, line: Sequence[str], environment: dict[str, str], output: Any, errors: Any, held: Sequence[int]
    ) -> None:
        """Run a command to its end, or interrupt it. It holds the folder's lock as long as it lives."""
        if self._stopped:
            raise PreviewStoppedError
        try:
            self._child = subprocess.Popen(  # noqa: S603
                line, cwd=self.project, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                pass_fds=held, start_new_session=True,
            )  # fmt: skip
        except FileNotFoundError:
            errors.write(f"there is no {line[0]} on PATH\n".encode())
            return
        with self._child:
            if self._stopped:
                self.stop()
            while self._child.poll() is None:
                self._wait()
        if self._stopped:
            raise PreviewStoppedError

    def _wait(self) -> None:
        assert self._child is not None  # noqa: S101
        try:
            self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            if self._stopped:
                _signal(self._child, signal.SIGKILL)

    def _read_verdict(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / REVIEW["json"]).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {"verdict": Verdict.FAILED, "why": _last_line(self.folder / LOG)}


def _signal(child: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to the command and the processes it started, which are a group of their own."""
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.is_file() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "it printed nothing")


def _write_whole(file: Path, text: str) -> None:
    """Write a file atomically."""
    part = file.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
