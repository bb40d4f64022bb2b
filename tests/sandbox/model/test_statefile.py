"""The state's file when several processes meet at it for the first time: a fleet previews its stacks at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from azureml_sandbox.model.statefile import open_state

TOGETHER = 8


def test_whoever_makes_the_state_at_the_same_time_has_it(tmp_path: Path) -> None:
    for number in range(20):
        file, start = tmp_path / f"{number}" / "state.db", Barrier(TOGETHER)

        def use(file: Path = file, start: Barrier = start) -> str:
            start.wait()
            connection = open_state(file)
            connection.execute("CREATE TABLE IF NOT EXISTS other (key TEXT)")
            mode = str(connection.execute("PRAGMA journal_mode").fetchone()[0])
            connection.close()
            return mode

        with ThreadPoolExecutor(TOGETHER) as threads:
            assert [one.result() for one in [threads.submit(use) for _ in range(TOGETHER)]] == ["wal"] * TOGETHER
