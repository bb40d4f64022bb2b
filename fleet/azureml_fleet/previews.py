"""The previews of many stacks, several at a time."""

import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from azureml_arm.documents import read_yaml
from azureml_fleet.fingerprint import Inputs
from azureml_fleet.run import PreviewOptions, PreviewResult, PreviewStoppedError, StackPreview
from azureml_fleet.stacks import Fleet, Stack


class PreviewObserver(Protocol):
    """Receives progress, from several threads."""

    def on_begin(self, stack: Stack) -> None:
        """Note that a stack's preview has begun."""

    def on_end(self, result: PreviewResult) -> None:
        """Note that a stack's preview has ended."""


def jobs_of(fleet: Fleet, stacks: Sequence[Stack], out: Path, options: PreviewOptions) -> list[StackPreview]:
    """Return a job for each stack."""
    inputs = Inputs(fleet, options)
    project = fleet.project.resolve()
    name = str((read_yaml((project / "Pulumi.yaml").read_text(encoding="utf-8")) or {}).get("name"))
    return [
        StackPreview(stack, project, name, out.resolve() / stack.name, inputs.of(stack), options) for stack in stacks
    ]


class Previews:
    """Workers that take one job after another. What they have done stays, whatever happens next."""

    def __init__(self, jobs: Sequence[StackPreview], workers: int, observer: PreviewObserver) -> None:
        self._waiting = deque(jobs)
        self._running: dict[str, StackPreview] = {}
        self.results: dict[str, PreviewResult] = {}
        """What is done so far, by stack."""
        self._errors: list[BaseException] = []
        self._lock = threading.Lock()
        self._observer = observer
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(min(workers, len(jobs)))]

    def run(self) -> None:
        """Preview all. KeyboardInterrupt ends what runs, and then goes on."""
        for thread in self._threads:
            thread.start()
        try:
            self._join()
        except KeyboardInterrupt:
            self.stop()
            self._join()
            raise
        if self._errors:
            raise self._errors[0]

    def stop(self) -> None:
        """Begin nothing more, and interrupt what runs."""
        with self._lock:
            self._waiting.clear()
            running = list(self._running.values())
        for job in running:
            job.stop()

    def _join(self) -> None:
        for thread in self._threads:
            while thread.is_alive():
                thread.join(0.2)  # a join without an end can't be interrupted everywhere

    def _work(self) -> None:
        try:
            while job := self._next():
                self._observer.on_begin(job.stack)
                result = job.run()
                with self._lock:
                    self.results[job.stack.name] = result
                    del self._running[job.stack.name]
                self._observer.on_end(result)
        except PreviewStoppedError:
            return
        except BaseException as error:
            self._errors.append(error)
            self.stop()

    def _next(self) -> StackPreview | None:
        with self._lock:
            if not self._waiting:
                return None
            job = self._waiting.popleft()
            self._running[job.stack.name] = job
            return job
