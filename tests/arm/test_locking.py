import os
import subprocess
import sys
from pathlib import Path

import pytest

from azureml_arm.locking import LockedError, hold_lock

pytest.importorskip("fcntl", reason="this system has no file locks")

HOLD = "import sys; sys.stdin.read()"


def test_a_second_holder_is_refused_and_learns_whose_it_is(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with hold_lock(file), pytest.raises(LockedError) as caught, hold_lock(file):
        pass
    assert caught.value.owner == str(os.getpid())


def test_the_lock_ends_with_its_block(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with hold_lock(file):
        pass
    with hold_lock(file, wait=True) as descriptors:
        assert len(descriptors) == 1
    assert file.stat().st_mode & 0o077 == 0


def test_a_child_with_the_descriptor_goes_on_holding_it(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with hold_lock(file) as descriptors:
        child = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, pass_fds=descriptors)
    with child:
        with pytest.raises(LockedError), hold_lock(file):
            pass
        child.communicate()
    with hold_lock(file):
        assert file.read_text() == str(os.getpid())
