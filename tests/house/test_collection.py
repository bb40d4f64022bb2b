"""Tests are called the same in each process, whatever the time and the order of sets: xdist refuses them otherwise."""

import os
import sys

import pytest

from kit.shell import run


def test_another_process_collects_the_same_tests(request: pytest.FixtureRequest) -> None:
    if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
        assert sys.flags.hash_randomization == 1, "xdist has compared processes that hash alike: unset PYTHONHASHSEED"
        return
    here = [item.nodeid for item in request.session.items]
    line = [sys.executable, "-m", "pytest", "--collect-only", "-o", "addopts=-q --import-mode=importlib"]
    done = run([*line, *sorted({name.partition("::")[0] for name in here})], more={"PYTHONHASHSEED": "1"})
    there = [name for name in done.stdout.splitlines() if name in set(here)]
    assert there == here, done.stderr


def test_bytes_are_named_by_their_size(pytestconfig: pytest.Config) -> None:
    made = pytestconfig.hook.pytest_make_parametrize_id(config=pytestconfig, val=bytes(50), argname="body")
    assert made == "bytes-of-50"


def test_the_order_of_parameters_does_not_matter(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> None:
    mixed = request.session.items[::-1]
    pytestconfig.hook.pytest_collection_modifyitems(session=request.session, config=pytestconfig, items=mixed)
    assert [item.nodeid for item in mixed] == [item.nodeid for item in request.session.items]
