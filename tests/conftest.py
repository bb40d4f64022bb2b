"""For every test: request bodies conform to the types of Azure's REST API, where Microsoft's are at hand."""

import gc
import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from azureml_sandbox.azure import Azure
from kit import shelf
from kit import warm as kept_warm
from kit.conformance import Conformance

pytest_plugins = ["pytester"]
# How long an example takes is the machine's business, not the test's.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The gate's verdict is about the change: it tries the same inputs each time, `make test` looks for new ones.
settings.register_profile("gate", settings.get_profile("any-machine"), derandomize=True)
settings.load_profile("any-machine")
WATCH = pytest.StashKey[Conformance]()
COUNTS = pytest.StashKey[list[int]]()
MARKER = "any_body(reason): the test sends bodies that don't conform, on purpose"
LONG = "long: the test takes seconds, and so begins before the others: at the end nobody waits for it"


@pytest.fixture(scope="session", autouse=True)
def _share_runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the workers of xdist bring up each example once, together."""
    if hasattr(request.config, "workerinput"):
        shelf.RUNS.folder = tmp_path_factory.getbasetemp().parent / "runs"
        shelf.RUNS.folder.mkdir(exist_ok=True)


@pytest.fixture(scope="session")
def warm() -> Path:
    """Return what stands for `.venv` where a test runs commands: its interpreter and packages without the start-up."""
    return kept_warm.environment()


@pytest.fixture
def warm_executable(warm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start warm what this process starts with `sys.executable`."""
    monkeypatch.setattr(sys, "executable", str(warm / "bin" / "python"))


def pytest_unconfigure() -> None:
    """End the process that keeps commands warm, in the process that began it."""
    kept_warm.close()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name no parameter by its bytes: long ones make no name, and compressed ones hold the time of day."""
    return f"{type(val).__name__}-of-{len(val)}" if isinstance(val, bytes | bytearray) and len(val) > 40 else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests in the order of file, line and name, after the long ones: xdist refuses workers with another order."""
    items.sort(key=_order)


def _order(item: pytest.Item) -> tuple[bool, str, int, str]:
    file, line, _ = item.location
    return item.get_closest_marker("long") is None, file, line or 0, item.nodeid


def pytest_collection_finish() -> None:
    """Leave what stays until the end (modules, tests) out of the garbage collections, which would look at all of it."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    """Watch every `Azure`, where there are types to hold bodies against; collect garbage seldom; be interruptible."""
    gc.set_threshold(1_000_000, 20, 100)  # about 100 runs of a program leave as many, in 60 MB
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as shells start what is in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)  # or each process that a test starts ignores it too
    config.addinivalue_line("markers", MARKER)
    config.addinivalue_line("markers", LONG)
    watch = Conformance()
    config.stash[WATCH] = watch
    if config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"):  # it imports while they collect
        os.environ[kept_warm.SHARED] = str(kept_warm.environment())
    config.stash[COUNTS] = [0, 0]
    if watch.types.present:
        Azure.default_observers.append(watch)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Fail a test that sent a body which doesn't conform."""
    result = yield
    found = pyfuncitem.config.stash[WATCH].take()
    if found and pyfuncitem.get_closest_marker("any_body") is None:
        pytest.fail("a request body doesn't conform to Microsoft's types:\n  " + "\n  ".join(found), pytrace=False)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the counts of a worker of xdist to the process that sums them."""
    watch = session.config.stash[WATCH]
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["arm_bodies"] = [watch.checked, watch.without_type]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add a worker's counts."""
    counts = node.config.stash[COUNTS]
    for index, count in enumerate(getattr(node, "workeroutput", {}).get("arm_bodies", (0, 0))):
        counts[index] += count


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how many bodies were checked."""
    watch, workers = config.stash[WATCH], config.stash[COUNTS]
    if not watch.types.present:
        terminalreporter.write_line("request bodies checked against Microsoft's types: skipped: no ../shared/arm-types")
        return
    checked, without = watch.checked + workers[0], watch.without_type + workers[1]
    text = f"request bodies checked against Microsoft's types: {checked}"
    terminalreporter.write_line(text + (f" ({without} more have no type there)" if without else ""))
