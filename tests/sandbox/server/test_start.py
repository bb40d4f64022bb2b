"""How a server starts: what it imports, on which port, and beside the record of one that was killed."""

import json
import os
import socket
import sys
from pathlib import Path

import requests

from azureml_sandbox.server import record
from azureml_sandbox.server.files import Home
from kit.served import serving
from kit.shell import output


def test_it_needs_neither_pulumi_nor_the_pages_templates() -> None:
    line = "import azureml_sandbox.server.serving, sys; print({'pulumi', 'jinja2', 'rich'} & {*sys.modules})"
    assert output([sys.executable, "-c", line], seconds=60) == "set()\n"


def test_the_next_server_has_the_last_ones_address(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        assert record.running(Home.of(tmp_path)) is not None
    assert record.running(Home.of(tmp_path)) is None
    with serving(tmp_path) as second:
        assert second.port == first.port


def test_an_address_that_somebody_else_has_by_now_is_left_to_them(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        port = first.port
    with socket.create_server(("127.0.0.1", port)), serving(tmp_path) as second:
        assert second.port != port
        metadata = f"{second.url}/metadata/endpoints?api-version=2022-09-01"
        assert requests.get(metadata, verify=str(Home.of(tmp_path).bundle), timeout=30).ok


def test_the_record_of_a_server_that_was_killed_is_nobodys(tmp_path: Path) -> None:
    home = Home.of(tmp_path)
    home.record.write_text(json.dumps({"pid": os.getpid(), "port": 4443, "memory": False}))
    assert record.running(home) is None
    with record.alone(home):
        assert record.running(home) is None  # though the lock is held, by another
    assert record.last_port(home) == 4443


def test_a_record_that_cant_be_read_is_none(tmp_path: Path) -> None:
    home = Home.of(tmp_path)
    for text in ("", "{", "[]", '{"pid": 1}', '{"other": 1}'):
        home.record.write_text(text)
        assert (record.running(home), record.last_port(home)) == (None, 0)
