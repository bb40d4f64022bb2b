"""How a command's process ends."""

import subprocess
import sys

END = """
import atexit, gc

from azureml_arm.ending import skip_last_collections

atexit.register(lambda: print(gc.get_freeze_count() > 0))  # runs after what is registered later
skip_last_collections()
assert gc.get_freeze_count() == 0
"""


def test_what_a_process_holds_at_its_end_is_no_longer_looked_at() -> None:
    done = subprocess.run([sys.executable, "-c", END], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
