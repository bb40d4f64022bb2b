"""Running a program on the SDK in this process, so that nothing of a run is left for the next one."""

import asyncio
import contextlib
import contextvars
import gc
import pickle
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pulumi.dynamic.dynamic as pulumi_dynamic
import pulumi.runtime
from pulumi.runtime import config as pulumi_config
from pulumi.runtime import settings as pulumi_settings
from pulumi.runtime.stack import Stack, run_in_stack, wait_for_rpcs

from azureml_sandbox.pulumi.engine.deployment import StackDeployment
from azureml_sandbox.pulumi.engine.monitor import Log, Monitor, NoMocks
from azureml_sandbox.pulumi.engine.target import Configuration


class _Inline(ThreadPoolExecutor):
    """Runs each job at once, in the caller's thread: the SDK's calls come in one order, always the same."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def run(deployment: StackDeployment, configuration: Configuration, program: Callable[[], object]) -> None:
    """Run a program to its end; raises what it raises, or the first failure of a resource."""
    contextvars.Context().run(_run, deployment, configuration, program)


def _run(deployment: StackDeployment, configuration: Configuration, program: Callable[[], object]) -> None:
    async def within() -> None:
        _install(deployment)
        _set_root(None)
        await run_in_stack(program)  # type: ignore[arg-type]

    with event_loop() as loop, _dynamic_pickling(), _rare_collections():
        pulumi.runtime.set_all_config(dict(configuration.values), sorted(configuration.secrets))
        loop.run_until_complete(within())


@contextlib.contextmanager
def inline(deployment: StackDeployment, configuration: Configuration) -> Iterator[None]:
    """Let the code of the block be the program, as tests do. At its end everything is awaited and errors are raised."""
    with event_loop() as loop, _dynamic_pickling(), _rare_collections(), _configure(configuration):
        try:
            _install(deployment)
            _set_root(None)
            stack = Stack()
            yield
            stack._finish()  # noqa: SLF001 - what run_in_stack does at the end of a program
            loop.run_until_complete(wait_for_rpcs())
        finally:
            pulumi.runtime.reset_options(project="project", stack="stack")


@contextlib.contextmanager
def _rare_collections() -> Iterator[None]:
    """Collect garbage seldom: a program keeps nearly all that it makes until it ends, and each full collection looks at
    all of it again, which was more than half of the time of a program with 1,000 resources."""
    before = gc.get_threshold()
    gc.set_threshold(max(_OBJECTS_BETWEEN_COLLECTIONS, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


_OBJECTS_BETWEEN_COLLECTIONS = 500_000


@contextlib.contextmanager
def _configure(configuration: Configuration) -> Iterator[None]:
    values = pulumi_config.CONFIG.set(dict(configuration.values))
    secrets = pulumi_config._SECRET_KEYS.set(set(configuration.secrets))  # noqa: SLF001
    try:
        yield
    finally:
        pulumi_config.CONFIG.reset(values)
        pulumi_config._SECRET_KEYS.reset(secrets)  # noqa: SLF001


def _install(deployment: StackDeployment) -> None:
    """Point the SDK at the deployment. The order matters: pulumi's settings keep what isn't reset first."""
    target = deployment.target
    pulumi.runtime.reset_options(
        project=target.project,
        stack=target.stack,
        organization=target.organization,
        preview=target.preview,
        root_directory=target.folder or None,
    )
    _set_root(object())  # otherwise set_mocks makes a stack, and the program's own would be the second
    pulumi.runtime.set_mocks(
        NoMocks(),
        project=target.project,
        stack=target.stack,
        organization=target.organization,
        preview=target.preview,
        monitor=Monitor(deployment),
    )
    pulumi_settings.SETTINGS.engine = Log(deployment)


def _set_root(root: object) -> None:
    pulumi_settings.ROOT.set(root)  # type: ignore[arg-type]


@contextlib.contextmanager
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Yield an event loop of its own, closed with everything in it at the end."""
    loop = asyncio.new_event_loop()
    # What a failed run leaves unawaited has failed for the reason that is reported anyway.
    loop.set_exception_handler(lambda _loop, _context: None)
    loop.set_default_executor(_Inline(1))
    made: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()

    def make(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        task = asyncio.Task(coroutine, loop=loop, **options)
        made.add(task)
        return task

    loop.set_task_factory(make)  # `asyncio.all_tasks` looks at those of every loop that isn't collected yet
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        _close(loop, [task for task in made if not task.done()])
        asyncio.set_event_loop(None)


def _close(loop: asyncio.AbstractEventLoop, tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


@contextlib.contextmanager
def _dynamic_pickling() -> Iterator[None]:
    """Undo what each dynamic resource does to the pickler: it wraps it once more, until the stack overflows."""
    original = pulumi_dynamic.serialize_provider
    pickler: Any = pickle._Pickler  # noqa: SLF001
    kept = {name: pickler.__dict__[name] for name in ("_batch_setitems", "save_dict")}

    def restoring(provider: pulumi_dynamic.ResourceProvider) -> str:
        try:
            return str(original(provider))
        finally:
            for name, method in kept.items():
                setattr(pickler, name, method)

    pulumi_dynamic.serialize_provider = restoring
    try:
        yield
    finally:
        pulumi_dynamic.serialize_provider = original
