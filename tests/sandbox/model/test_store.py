"""The store on file: transactions of several processes and threads."""

import threading
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest

from azureml_sandbox.model.store import MemoryStore, SqliteStore, Store


@pytest.mark.parametrize("block", [SqliteStore.transaction, nullcontext], ids=["transaction", "single"])
def test_a_write_waits_for_another_process_while_threads_read(tmp_path: Path, block: Any) -> None:
    """SQLite refuses at once, however long it may wait, where a read of the same connection is under way."""
    ours, theirs = SqliteStore(tmp_path / "cloud.db"), SqliteStore(tmp_path / "cloud.db")
    for number in range(3000):
        ours.set("many", str(number), "x")
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            ours.scan("many")

    def write() -> None:
        while not ended.is_set():
            with theirs.transaction():
                theirs.set("many", "0", "y")

    threads = [threading.Thread(target=one) for one in (read, read, write)]
    for thread in threads:
        thread.start()
    try:
        for number in range(100):
            with block(ours):
                ours.set("few", str(number), "z")
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert len(ours.scan("few")) == 100


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return SqliteStore(tmp_path / "cloud.db") if request.param == "file" else MemoryStore()


def test_a_version_is_another_one_after_each_change(store: Store) -> None:
    seen = [store.version()]
    for value in ("1", "2"):
        store.set("few", "a", value)
        seen.append(store.version())
    store.remove("few", "a")
    seen.append(store.version())
    with suppress(KeyError), store.transaction():
        store.set("few", "b", "1")
        within = store.version()
        raise KeyError
    assert store.version() not in (within, *seen)
    assert len(set(seen)) == len(seen)
    store.get("few", "a")
    assert store.version() == store.version()


def test_what_is_read_once_follows_ones_own_changes(store: Store) -> None:
    with store.steady():
        assert (store.get("few", "a"), store.scan("few")) == (None, [])
        store.set("few", "a", "1")
        assert (store.get("few", "a"), store.scan("few")) == ("1", [("a", "1")])
        with suppress(KeyError), store.transaction():
            store.set("few", "a", "2")
            assert store.get("few", "a") == "2"
            raise KeyError
        assert (store.get("few", "a"), store.scan("few")) == ("1", [("a", "1")])
        store.remove("few", "a")
        assert (store.get("few", "a"), store.scan("few")) == (None, [])


def test_what_another_process_changes_is_seen_by_the_next_request_and_transaction(tmp_path: Path) -> None:
    ours, theirs = SqliteStore(tmp_path / "cloud.db"), SqliteStore(tmp_path / "cloud.db")
    with ours.steady():
        assert ours.get("few", "a") is None
        theirs.set("few", "a", "1")
        with ours.transaction():
            assert ours.get("few", "a") == "1"
    version = ours.version()
    theirs.set("few", "a", "2")
    assert ours.version() != version
    assert ours.get("few", "a") == "2"
    with ours.steady():
        assert ours.get("few", "a") == "2"
