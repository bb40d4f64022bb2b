"""What the server may do to the machine that it runs on, and what a kill leaves."""

import http.client
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.server.files import Home
from azureml_sandbox.server.record import running
from kit.hostile import GROUPS, LOCATION, VERSION, Target, sign_in
from kit.paths import ROOT
from kit.served import Served, serving

proc = pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs Linux's /proc")


@proc
def test_it_listens_on_loopback_only(target: Target) -> None:
    record = running(Home.of(target.served.folder))
    assert record is not None
    links = [str(one.readlink()) for one in Path(f"/proc/{record.pid}/fd").iterdir() if one.is_symlink()]
    own = {link.removeprefix("socket:[").rstrip("]") for link in links if link.startswith("socket:")}
    listening = []
    for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        for line in Path(f"/proc/{record.pid}/net/{table}").read_text("ascii").splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if rest[5] in own and (state == "0A" or not table.startswith("tcp")):
                listening.append((table, *local.split(":")))
    assert {(table, address) for table, address, _ in listening} == {("tcp", "0100007F")}
    assert {int(port, 16) for _, _, port in listening} == {record.port, record.machine_port}


@proc
def test_it_writes_nothing_outside_of_its_folder(target: Target) -> None:
    record = running(Home.of(target.served.folder))
    assert record is not None
    assert {one.name for one in target.served.folder.iterdir()} == {".sandbox"}
    home = str(Home.of(target.served.folder).folder)
    for one in Path(f"/proc/{record.pid}/fdinfo").iterdir():
        opened = str(Path(f"/proc/{record.pid}/fd/{one.name}").readlink())
        flags = int(re.search(r"flags:\s*(\d+)", one.read_text("ascii"))[1], 8)  # type: ignore[index]
        if opened.startswith("/") and not opened.startswith("/dev/") and flags & os.O_ACCMODE:
            assert opened.startswith(home), opened


def test_a_kill_loses_no_write_that_was_answered(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "azureml_sandbox", "serve", "--cwd", str(tmp_path)]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().partition("localhost:")[2].split()[0]
        target = Target(Served(int(port), tmp_path))
        target.token = sign_in(target)
        answered: list[str] = []
        enough = threading.Event()

        def write(writer: int) -> None:
            for number in range(10_000):
                name = f"rg-{writer}-{number}"
                try:
                    status = target.ask("PUT", f"{GROUPS}/{name}{VERSION}", LOCATION).status
                except (OSError, http.client.HTTPException):
                    return
                assert status == 201
                answered.append(name)
                if len(answered) >= 80:
                    enough.set()

        writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
        for one in writers:
            one.start()
        assert enough.wait(30)
        process.send_signal(signal.SIGKILL)
        for one in writers:
            one.join(30)
    azure = Azure(SqliteStore(Home.of(tmp_path).database))
    there = {body["name"] for body in azure.resources("Microsoft.Resources/resourceGroups")}
    assert set(answered) <= there
    stored = {key for key, _ in azure.store.scan("resources")}
    indexed = {key.partition(" ")[2] for key, _ in azure.store.scan("types") if key}
    assert stored == indexed
    azure.close()
    with sqlite3.connect(Home.of(tmp_path).database) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with serving(tmp_path) as again:
        target = Target(again, target.token)
        listed = json.loads(target.ask("GET", f"{GROUPS}{VERSION}").body)["value"]
        assert {body["name"] for body in listed} == there
