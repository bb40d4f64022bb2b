"""What a container group runs first, as a process: against tokens and blobs of the sandbox, and in corners."""

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from azureml_infra.components import in_container
from azureml_infra.components.in_container import BlobReader, main
from kit import shell
from kit.http_host import listening, respond
from kit.platforms import SUBSCRIPTION
from kit.scenarios import Scenario
from kit.served import Served, serving

GROUP = "Microsoft.ContainerInstance/containerGroups"
ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
"""Storage Blob Data Reader."""
SERVER = """
import os, runpy, sys
sys.path.insert(0, os.environ["AML_APP_ROOT"])
score = runpy.run_path(os.path.join(os.environ["AML_APP_ROOT"], os.environ["AZUREML_ENTRY_SCRIPT"]))
score["init"]()
print(score["run"]('{"hours": [0, 6]}'))
"""
"""What stands for Azure ML's server here: it loads the entry script as that does, and asks it once."""


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, dict[str, Any]]]:
    """Yield the sandbox as a server, and the container of the example in it."""
    folder = tmp_path_factory.mktemp("group")
    (folder / ".sandbox").mkdir()
    scenario = Scenario("aci-test", folder / ".sandbox" / "state.db").ready()
    (made,) = scenario.all(GROUP).values()
    scenario.sandbox.close()
    with serving(folder) as served:
        yield served, made["properties"]["containers"][0]["properties"]


def run(served: Served, container: dict[str, Any], app: Path, patience: str = "300") -> shell.Done:
    """Run a container's command on this machine, where Azure's addresses are the sandbox's."""
    environment = served.environment
    machine = environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"]

    def here(said: str) -> str:
        parts = urlsplit(said)
        if parts.hostname == "169.254.169.254":
            return f"{machine}{parts.path}?{parts.query}"
        if str(parts.hostname).endswith(".blob.core.windows.net"):
            return f"{served.url}/blob/{str(parts.hostname).partition('.')[0]}{parts.path}"
        return said.replace("/tmp/azureml-app", str(app))

    words = [here(word) if word != in_container_source() else word for word in container["command"]]
    words = words[words.index("python3") :]
    words[0], words[3] = sys.executable, patience
    end = words.index("--")
    assert words[end + 1 :] == ["runsvdir", "/var/runit"]
    variables = {one["name"]: here(one["value"]) for one in container["environmentVariables"]}
    variables |= {"SSL_CERT_FILE": str(served.authority)}
    return shell.run([*words[: end + 1], sys.executable, "-c", SERVER], more=variables, seconds=120)


def in_container_source() -> str:
    return Path(in_container.__file__).read_text("utf-8")


def test_the_groups_command_fetches_what_the_program_uploaded_and_serves_it(
    group: tuple[Served, dict[str, Any]], tmp_path: Path
) -> None:
    served, container = group
    done = run(served, container, tmp_path / "app")
    assert (done.returncode, json.loads(done.stdout)) == (0, [2.1, 3.4]), done.stderr
    found = {str(one.relative_to(tmp_path / "app")) for one in (tmp_path / "app").rglob("*") if one.is_file()}
    assert found == {"azureml-models/model/tides.json", "src/score.py"}


def test_without_the_role_it_says_what_is_missing(group: tuple[Served, dict[str, Any]], tmp_path: Path) -> None:
    served, container = group
    roles = served.ask(
        "olga", "GET", f"{served.url}/subscriptions/{SUBSCRIPTION}/providers/{ASSIGNMENT}?api-version=2022-04-01"
    )
    (given,) = (one for one in roles.json()["value"] if one["properties"]["roleDefinitionId"].endswith(READER))
    served.ask("olga", "DELETE", f"{served.url}{given['id']}?api-version=2022-04-01")
    done = run(served, container, tmp_path / "app", patience="1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "HTTP Error 403" in done.stderr
    assert "fetching: given up; may the group's identity read blobs" in done.stderr


FOLDER = "<Properties><ResourceType>directory</ResourceType></Properties>"
PAGES = {
    "": (f"<Blob><Name>m/a.bin</Name></Blob><Blob><Name>m</Name>{FOLDER}</Blob><Blob><Name>mm/c</Name></Blob>", "two"),
    "two": ("<Blob><Name>m/b/c d.bin</Name></Blob>", ""),
}


class Storage(BaseHTTPRequestHandler):
    """Blobs in pages, one of them short of what is promised, and a token after the second question."""

    asked = 0

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        if parts.path == "/token":
            Storage.asked += 1
            respond(
                self, b'{"access_token": "secret"}' if Storage.asked > 1 else b"", 200 if Storage.asked > 1 else 404
            )
        elif "comp" in query:
            blobs, marker = PAGES[query["marker"][0]]
            text = f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>"
            respond(self, text.encode())
        else:
            promised = {"Content-Length": "1000"} if "short" in parts.path else {}
            respond(self, parts.path.encode(), headers=promised)


@pytest.fixture
def storage() -> Iterator[str]:
    Storage.asked = 0
    with listening(Storage) as url:
        yield url


def test_every_page_and_no_neighbour_is_fetched(storage: str, tmp_path: Path) -> None:
    assert BlobReader(f"{storage}/c", "secret", 1).fetch("m", str(tmp_path)) == 2
    assert (tmp_path / "m" / "b" / "c d.bin").read_text() == "/c/m/b/c%20d.bin"


def test_what_is_cut_off_or_not_there_ends_it(storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PAGES, "", ("<Blob><Name>short</Name></Blob><Blob><Name>up/../../x</Name></Blob>", ""))
    with pytest.raises(SystemExit, match="short came in part"):
        BlobReader(f"{storage}/c", "secret", 1).fetch("short", str(tmp_path))
    with pytest.raises(SystemExit, match="leads out of the folder"):
        BlobReader(f"{storage}/c", "secret", 1).fetch("up", str(tmp_path))
    with pytest.raises(SystemExit, match="/c/none is not there"):
        main(["1", f"{storage}/token", f"{storage}/c", "none", str(tmp_path), "--", "true"])
    assert Storage.asked == 2
