"""One stack in the sandbox: its cloud, its state, and the runs that change them."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from azureml_sandbox.azure import Azure
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.store import MemoryStore, SqliteStore
from azureml_sandbox.pulumi.engine import export, runtime
from azureml_sandbox.pulumi.engine import program as programs
from azureml_sandbox.pulumi.engine import project as projects
from azureml_sandbox.pulumi.engine.deployment import StackDeployment
from azureml_sandbox.pulumi.engine.errors import EngineError, describe_refusal
from azureml_sandbox.pulumi.engine.operations import Diagnostic, Observer
from azureml_sandbox.pulumi.engine.providers import Providers
from azureml_sandbox.pulumi.engine.refresh import refresh
from azureml_sandbox.pulumi.engine.result import Result
from azureml_sandbox.pulumi.engine.state import State
from azureml_sandbox.pulumi.engine.target import Configuration, RunTarget
from azureml_sandbox.pulumi.engine.values import Properties, has_secret, plain
from azureml_sandbox.pulumi.packs.model import Pack
from azureml_sandbox.pulumi.transport import person

Program = Callable[[], object] | Path
"""What is run: a function, or a project's folder."""


class RunFailedError(EngineError):
    """A run that failed; `result` says how far it came and `result.error` why it went no further."""

    def __init__(self, result: Result) -> None:
        super().__init__("\n".join(item.message for item in result.diagnostics if item.severity == "error"))
        self.result = result


class Sandbox:
    """A stack that is kept between runs: in one SQLite file, or in memory without a path.

    `packs` judge each `up` and `preview`. A pack's folder runs in a process of its own, which shares the file; where
    there is none, packs answer in this process. Before such a run, the state goes to `export.json` beside the file,
    as `pulumi stack export` has it (`azureml_sandbox.pulumi.engine.export`).
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        stack: str = "sandbox",
        project: str = "project",
        config: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        azure: Azure | None = None,
        observer: Observer | None = None,
        packs: Sequence[Pack] = (),
    ) -> None:
        self._path, self._packs = path, tuple(packs)
        self._store = SqliteStore(path) if path else MemoryStore()
        self.azure = azure or Azure(store=self._store)
        self.state = State(path, stack)
        self._names = (project, stack)
        self._configuration = configure(project, config, secrets)
        self._observer = observer

    def up(self, program: Program) -> Result:
        """Run a program and do what it asks for."""
        return self._run(program, preview=False)

    def preview(self, program: Program) -> Result:
        """Run a program and only say what it asks for."""
        return self._run(program, preview=True)

    def destroy(self, program: Program | None = None) -> Result:
        """Delete everything. The program isn't run; its folder is needed for the code of its dynamic resources."""
        return self._without_program(program, StackDeployment.finish)

    def refresh(self, program: Program | None = None) -> Result:
        """Bring the state up to date with the cloud."""
        return self._without_program(program, refresh)

    def close(self) -> None:
        """Let go of the file."""
        self.state.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, program: Program, *, preview: bool) -> Result:
        configuration, deployment = self._deployment(program, preview=preview)
        entry = _function(program)

        def work() -> None:
            with self._judge(deployment, configuration):
                runtime.run(deployment, configuration, entry)
                deployment.finish()

        with _folder(program):
            return _finish(deployment, work)

    @contextlib.contextmanager
    def _judge(self, deployment: StackDeployment, configuration: Configuration) -> Iterator[None]:
        """Let the packs, if there are any, judge what the block does."""
        if not self._packs:
            yield
            return
        from azureml_sandbox.pulumi.packs.session import session

        if self._path is not None:
            export.write(self._path.parent, self.state.resources())
        with session(self._packs, deployment, configuration, self.azure, self._path) as deployment.judge:
            yield

    def _without_program(self, program: Program | None, work: Callable[[StackDeployment], None]) -> Result:
        _, deployment = self._deployment(program, preview=False)
        with _folder(program):
            return _finish(deployment, lambda: work(deployment))

    def _deployment(self, program: Program | None, *, preview: bool) -> tuple[Configuration, StackDeployment]:
        project, stack = self._names
        configuration, folder = self._configuration, ""
        if isinstance(program, Path):
            found = projects.find(program)
            project, configuration, folder = found.name, projects.configuration(found, stack), str(found.folder)
        providers = Providers(self.azure, configuration.values, project, person(self.azure, os.environ))
        target = RunTarget(project, stack, preview=preview, folder=folder)
        return configuration, StackDeployment(target, self.state, providers, self._observer)


def configure(project: str, config: Mapping[str, str] | None, secrets: Mapping[str, str] | None) -> Configuration:
    """Return the configuration from keys with or without a namespace."""
    given, hidden = (
        {key if ":" in key else f"{project}:{key}": value for key, value in (values or {}).items()}
        for values in (config, secrets)
    )
    return Configuration(given | hidden, frozenset(hidden))


def _function(program: Program) -> Callable[[], object]:
    if not isinstance(program, Path):
        return program
    entry = projects.find(program).program
    return lambda: programs.execute(entry)


@contextlib.contextmanager
def _folder(program: Program | None) -> Iterator[None]:
    if not isinstance(program, Path):
        yield
        return
    with programs.in_folder(projects.find(program).program.parent):
        yield


def _finish(deployment: StackDeployment, work: Callable[[], None]) -> Result:
    """Do the work and return how it went; RunFailedError where it failed."""
    start = time.perf_counter()
    error: BaseException | None = None
    try:
        work()
    except SystemExit as exit_:
        error = exit_ if exit_.code else None
    except Exception as raised:
        error = raised
    result = result_of(deployment, deployment.failure or error, time.perf_counter() - start)
    if result.error is not None or result.failed:
        raise RunFailedError(result) from result.error
    return result


def result_of(deployment: StackDeployment, error: BaseException | None = None, duration: float = 0.0) -> Result:
    """Return what a deployment did."""
    diagnostics = list(deployment.diagnostics)
    if error is not None and error is not deployment.failure:
        diagnostics.append(Diagnostic("error", _describe(error)))
    outputs: Properties = deployment.outputs
    return Result(
        deployment.steps.operations,
        {key: plain(outputs[key]) for key in sorted(outputs)},
        frozenset(key for key, value in outputs.items() if has_secret(value)),
        diagnostics,
        error,
        duration,
        deployment.goals,
        deployment.resources,
        deployment.judge.names if deployment.judge else (),
        deployment.judge.violations if deployment.judge else [],
    )


def _describe(error: BaseException) -> str:
    if isinstance(error, ArmError):
        return describe_refusal(error)
    return str(error) or type(error).__name__
