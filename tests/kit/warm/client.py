"""The `bin/python` of a warm environment: the command line runs in a fork of the server, with this process's files.

It starts without site packages, and of modules in C, as to import others takes longer than all the rest. What it is
sent (SIGINT, SIGTERM) it passes on; when it dies, so does the fork.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import marshal
import os
import sys

_SOCKET = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "socket")  # noqa: PTH118, PTH120


def _run() -> int:
    request = marshal.dumps({"argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ)})  # noqa: PTH109
    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    server.connect(_SOCKET)
    files = b"".join(number.to_bytes(4, sys.byteorder) for number in range(3))
    server.sendmsg([len(request).to_bytes(8, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
    server.sendall(request)
    with open(server.fileno(), closefd=False) as answers:
        pid = int(answers.readline())
        for number in (_signal.SIGINT, _signal.SIGTERM):
            _signal.signal(number, lambda number, _: os.kill(pid, number))
        return int(answers.readline())


code = _run()
if code < 0:
    if code != -_signal.SIGKILL:
        _signal.signal(-code, _signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
