"""azure-native's modules import one another as they are used: threads of one process may begin anywhere."""

import subprocess
import sys

PROGRAM = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from azureml_arm.types import BY_TOKEN
from azureml_sandbox.pulumi.engine import arguments, responses

THREADS = 16
begin = Barrier(THREADS)


def read(number):
    begin.wait()
    tokens = list(BY_TOKEN)
    tokens = tokens[number:] + tokens[:number]
    return [len(arguments.names(token)) + len(responses.preview(token, {})) for token in tokens[::3]]


with ThreadPoolExecutor(THREADS) as threads:
    found = list(threads.map(read, range(THREADS)))
print(sum(len(one) for one in found), min(map(min, found)) > 0)
"""


def test_threads_read_types_from_any_end() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr == ""
    count, _, is_known = done.stdout.strip().partition(" ")
    assert (int(count) > 100, is_known) == (True, "True")
