"""Nothing of a warm environment outlives the process that has it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kit import warm
from kit.paths import TESTS

pytestmark = pytest.mark.skipif(not warm.CAN_FORK, reason="no pidfd_open: processes start cold")

OWNER = f"""
import subprocess, sys, time
sys.path.insert(0, {str(TESTS)!r})
from kit import warm
with warm.warm_environment() as folder:
    print(folder, flush=True)
    subprocess.Popen([folder / "bin" / "python", "-c", "import time; time.sleep(600)"])
    time.sleep(600)
"""


def processes(word: str) -> set[int]:
    """Return the processes whose command line has a word."""
    found = set()
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in line.read_bytes():
                found.add(int(line.parent.name))
        except OSError:
            continue
    return found


def wait_for(count: int, word: str) -> set[int]:
    """Return the processes with a word once there are so many."""
    deadline = time.monotonic() + 60
    while len(found := processes(word)) != count:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("killed", ["owner", "server"])
def test_server_and_forks_end_with_their_owner(killed: str) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        folder = owner.stdout.readline().strip()
        server, *_ = sorted(wait_for(3, folder))  # the server, the client, and the fork that does the client's work
        os.kill({"owner": owner.pid, "server": server}[killed], 9)
        assert wait_for(0, folder) == set()
        owner.kill()


def test_a_client_that_ends_at_once_ends_no_other(warm: Path) -> None:
    """Its command may not have reached the server yet."""
    python = str(warm / "bin" / "python")
    with subprocess.Popen([python, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as other:
        for delay in range(20):
            with subprocess.Popen([python, "-c", ""]) as one:
                time.sleep(delay / 500)
                one.kill()
        assert subprocess.run([python, "-c", "print(1)"], capture_output=True, check=True).stdout == b"1\n"
        assert other.poll() is None
        other.communicate(b"\n")
    assert other.returncode == 0
