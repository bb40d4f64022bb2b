"""The `bin/python` of a warm environment: the command line runs in a fork of the server, with this process's files.

It starts without site packages. What it is sent (SIGINT, SIGTERM) it passes on; when it dies, so does the fork.
"""

import json
import os
import signal
import socket
import sys

_SOCKET = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "socket")  # noqa: PTH118, PTH120


def _run() -> int:
    request = json.dumps({"argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ)}).encode()  # noqa: PTH109
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(_SOCKET)
        socket.send_fds(server, [len(request).to_bytes(8, "big")], [0, 1, 2])
        server.sendall(request)
        answers = server.makefile("r")
        pid = int(answers.readline())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: os.kill(pid, number))
        return int(answers.readline())


code = _run()
if code < 0:
    if code != -signal.SIGKILL:
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
