"""The server's commands as people use them: start, status, run, snapshot, reset, stop; one that was killed."""

import json
import os
import re
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from azure.identity import ClientSecretCredential

from azureml_arm.sandbox import PEOPLE, SUBSCRIPTION, TENANT
from azureml_sandbox.__main__ import main
from azureml_sandbox.model.identities import CALLER
from azureml_sandbox.server.files import Home
from azureml_sandbox.server.record import running
from kit import warm
from kit.served import Served, serving
from kit.shell import call, output

GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
COMMAND = f"""
import sys
sys.executable = {sys.executable!r}
from azureml_sandbox.__main__ import main
sys.exit(main())
"""
"""A command starts warm. The server that it starts in the background is known by its process, and so starts cold."""


def command(folder: Path, *words: str, code: int = 0) -> str:
    """Run one command, and return what it prints, errors last."""
    return output([warm.python(), "-c", COMMAND, words[0], "--cwd", folder, *words[1:]], code=code, seconds=60)


def refusal(folder: Path, *words: str, code: int = 2) -> str:
    """Return what a command prints that starts nothing: it is called in this process."""
    return call(main, [words[0], "--cwd", folder, *words[1:]], code=code)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    if running(Home.of(tmp_path)):
        command(tmp_path, "stop")


def start(folder: Path) -> Served:
    record = running(Home.of(folder))
    assert record is not None
    return Served(record.port, folder)


def token(server: Served, name: str = "olga") -> str:
    """Return a token of one of the sandbox's people."""
    credential = ClientSecretCredential(
        TENANT,
        name,
        "sandbox",
        authority=server.url,
        disable_instance_discovery=True,
        connection_verify=str(server.authority),
    )
    return credential.get_token("https://management.azure.com/.default").token


def ask(server: Served, method: str, path: str, body: object = None) -> requests.Response:
    """Return the answer to a request to ARM."""
    return requests.request(
        method,
        f"{server.url}{path}?api-version=2024-03-01",
        json=body,
        headers={"Authorization": f"Bearer {token(server)}"},
        verify=str(server.authority),
        timeout=30,
    )


def group(server: Served, name: str) -> None:
    assert ask(server, "PUT", f"{GROUPS}/{name}", {"location": "westeurope"}).ok


def groups(server: Served) -> list[str]:
    return [one["name"] for one in ask(server, "GET", GROUPS).json()["value"]]


def test_a_server_is_started_used_stopped_and_known_to_be_gone_where_it_was_killed(folder: Path) -> None:
    assert "no server runs for this project" in command(folder, "status", code=3)
    output = command(folder, "start")
    assert re.match(
        r"Azure is on https://localhost:\d+ \(process \d+; state .*state\.db; certificates .*bundle\.pem\)", output
    )
    assert command(folder, "status") == output
    group(start(folder), "rg-one")
    assert "a server runs already on https://localhost" in command(folder, "start", code=2)
    assert "use it, or end it with `azureml-sandbox stop`" in command(folder, "serve", code=2)
    assert command(folder, "stop").startswith("stopped process")
    assert "no server runs" in command(folder, "stop", code=2)
    command(folder, "start")
    assert groups(start(folder)) == ["rg-one"]
    record = running(Home.of(folder))
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    _until_gone(record.pid)
    assert "no server runs" in command(folder, "status", code=3)
    assert "Azure is on" in command(folder, "start")


def test_states_are_kept_loaded_and_forgotten_while_it_runs(folder: Path) -> None:
    with serving(folder) as server:
        group(server, "rg-one")
        stack = folder / ".sandbox" / ".pulumi" / "stack.json"
        stack.parent.mkdir()
        stack.write_text("one")
        assert command(folder, "snapshot", "save", "first") == "saved first\n"
        group(server, "rg-two")
        stack.write_text("two")
        assert "the sandbox is empty" in command(folder, "reset")
        assert groups(server) == []
        assert not stack.parent.exists()
        command(folder, "snapshot", "load", "first")
        assert groups(server) == ["rg-one"]
        assert stack.read_text() == "one"
        assert command(folder, "snapshot", "list") == "first\n"
        command(folder, "snapshot", "delete", "first")
        assert "no snapshots" in command(folder, "snapshot", "list")


@pytest.mark.parametrize("name", ["../up", "", "a/b", ".hidden", "x" * 65])
def test_a_snapshots_name_is_a_name(folder: Path, name: str) -> None:
    assert "can't be a snapshot's name" in refusal(folder, "snapshot", "save", name)


def test_a_snapshot_that_isnt_there(folder: Path) -> None:
    assert "there is no snapshot 'nothing'; there are: none" in refusal(folder, "snapshot", "load", "nothing")
    assert "snapshot save takes a name" in refusal(folder, "snapshot", "save")


def test_a_server_in_memory_forgets_and_nothing_is_written_beside_it(folder: Path) -> None:
    assert "state in memory" in command(folder, "start", "--memory")
    group(start(folder), "rg-one")
    assert "stop it, which forgets everything" in command(folder, "reset", code=2)
    for words in (("faults", "list"), ("clock",)):
        assert "keeps its state in memory, where no command reaches it" in command(folder, *words, code=1), words
    command(folder, "stop")
    with serving(folder, "--memory") as server:
        assert groups(server) == []
    assert not Home.of(folder).database.exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("start",), 2),
        (("status",), 2),
        (("reset",), 2),
        (("faults", "list"), 1),
        (("clock",), 1),
        (("run", "--", "true"), 2),
    ],
)
def test_a_folder_that_isnt_there_is_reported_and_not_made(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    missing = tmp_path / "missing"
    assert (
        refusal(missing, *words, code=code)
        == f"error: {missing}: there is no such folder; name the project's with --cwd\n"
    )
    assert not missing.exists()


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--port", "99999"), "'99999' is no port: expected 1 to 65535, or 0 for any"),
        (("--port", "-1"), "'-1' is no port"),
        (("--seconds", "nan"), "'nan' is no number of seconds: expected 0 or more"),
        (("--seconds", "-3"), "'-3' is no number of seconds"),
        (("--fault", "bogus"), "there is no fault 'bogus': expected throttle"),
    ],
)
def test_an_option_that_cant_be(folder: Path, option: tuple[str, str], message: str) -> None:
    assert message in refusal(folder, "serve", *option)


def _until_gone(pid: int) -> None:
    """Wait until a process that isn't our child is gone, or is nobody's any more."""
    for _ in range(1000):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        threading.Event().wait(0.01)


def test_a_port_that_is_taken_is_reported(folder: Path) -> None:
    (folder / "other").mkdir()
    with serving(folder / "other", "--memory") as other:
        output = command(folder, "start", "--port", str(other.port), code=2)
    assert f"port {other.port} of 127.0.0.1 can't be had (Address already in use)" in output


def run(folder: Path, *words: str, code: int = 0, name: str = "") -> str:
    """Run a command under `azureml-sandbox run`."""
    options = ["--as", name] if name else []
    return command(folder, "run", *options, "--", *words, code=code)


LISTS = """
import json, os
from azure.core.exceptions import AzureError
from azure.identity import DefaultAzureCredential
from azure.core.exceptions import HttpResponseError
from azure.mgmt.resource.resources import ResourceManagementClient
client = ResourceManagementClient(
    DefaultAzureCredential(),
    os.environ["AZURE_SUBSCRIPTION_ID"],
    base_url=os.environ["AZURE_AUTHORITY_HOST"],
    credential_scopes=["https://management.azure.com/.default"],
)
try:
    client.resource_groups.create_or_update("rg-run", {"location": "westeurope"})
except HttpResponseError as error:
    print(error.status_code, error.error.code)
print([one.name for one in client.resource_groups.list()])
"""


def test_a_command_runs_with_the_sandbox_as_its_azure(folder: Path) -> None:
    assert "['rg-run']" in run(folder, warm.python(), "-c", LISTS)
    assert running(Home.of(folder)) is None
    with serving(folder):
        output = run(folder, warm.python(), "-c", LISTS, name="rita")
        assert "403 AuthorizationFailed" in output
        assert "['rg-run']" in output
        assert running(Home.of(folder)) is not None


def test_curl_trusts_the_server_and_names_below_localhost_are_found(folder: Path) -> None:
    script = "import socket; print(socket.getaddrinfo('x.blob.core.localhost', 443)[0][4][0] in ('127.0.0.1', '::1'))"
    with serving(folder):
        assert run(folder, sys.executable, "-c", script) == "True\n"
        code = "import json, os; print(json.dumps(dict(os.environ)))"
        environment = json.loads(run(folder, sys.executable, "-c", code))
    assert environment["ARM_RESOURCE_MANAGER_ENDPOINT"] == environment["AZURE_AUTHORITY_HOST"]
    assert environment["REQUESTS_CA_BUNDLE"] == environment["SSL_CERT_FILE"]


def test_every_process_of_a_command_signs_in_as_the_one_who_runs_it(folder: Path) -> None:
    """Also those that Pulumi starts for packs and dynamic resources, and `azureml-policies`."""
    asking = "from azureml_policies.requester import identify; print(identify(os.environ, {}).persons[0].object_id)"
    who = f"import os; {asking}"
    plugin = folder / "pulumi.policy"
    plugin.write_text(who, "utf-8")
    roles = [warm.python(), "-m", "azureml_policies", "roles", "--subscription", SUBSCRIPTION]
    with serving(folder):
        known = "the sandbox doesn't know 'mallory'; it knows: sandbox, olga, carl, dana, rita"
        assert known in refusal(folder, "run", "--as", "mallory", "--", "true")
        for name in ("dana", "rita", ""):
            expected = PEOPLE[name].object_id if name else CALLER
            lines = ([warm.python() if name else sys.executable, "-c", who], [warm.python(), str(plugin)], roles)
            output = run(folder, "sh", "-c", " && ".join(shlex.join(line) for line in lines), name=name)
            assert output.splitlines()[:2] == [expected, expected]
            assert "The built-in roles are as known here" in output
