"""The store on file: transactions of several processes and threads."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from azureml_sandbox.model.store import SqliteStore


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
