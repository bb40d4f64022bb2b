"""`update` changes what the description says: the lines that differ, comments kept, or nothing at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kit.verbs import Run, read_file

CLUSTER = "computes/aml-cluster.yml"
ENDPOINT = "endpoint/endpoint.yml"


CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("compute -n aml-cluster --max-instances 7 --no-wait", CLUSTER, {"max_instances": 7}),
    ("compute -n aml-cluster --tags a=b c=1.10", CLUSTER, {"tags": {"a": "b", "c": "1.10"}}),
    ("compute -n aml-cluster -i [system]", CLUSTER, {"identity": {"type": "system_assigned"}}),
    ("compute -n aml-cluster --set tags.team=vision -d 600", CLUSTER, {"tags": {"team": "vision"}}),
    ("compute -n aml-cluster --set tags.zip=0123 --force-string", CLUSTER, {"tags": {"zip": "0123"}}),
    ("online-endpoint -n quickstart-diabetes -r blue=100", ENDPOINT, {"traffic": {"blue": 100}}),
    (
        "online-endpoint -n quickstart-diabetes --set traffic.blue=80 traffic.green=20",
        ENDPOINT,
        {"traffic": {"blue": 80, "green": 20}},
    ),
    ("online-endpoint -n quickstart-diabetes --remove description", ENDPOINT, {"description": None}),
    (
        "online-deployment -e quickstart-diabetes -n blue --set instance_count=2 --skip-script-validation",
        "endpoint/blue.yml",
        {"instance_count": 2},
    ),
    ("workspace --description New --set tags.a=b", "platform.yml", {}),
]


@pytest.mark.parametrize(("words", "file", "says"), CHANGES, ids=[words for words, *_ in CHANGES])
def test_words_change_in_their_file(words: str, file: str, says: dict[str, Any], run: Run, project: Path) -> None:
    path = project / "platform" / file
    path.write_text(f"# Ours.\n{path.read_text('utf-8')}", "utf-8")
    before = {one: one.read_bytes() for one in (project / "platform").rglob("*.yml")}
    noun, *flags = words.split()
    done = run(noun, "update", *flags)
    assert (done.code, done.err) == (0, f"changed platform/{file}; `pulumi up` makes it so\n")
    found = read_file(project, file)
    assert {word: found.get(word) for word in says} == says
    assert path.read_text("utf-8").startswith("# Ours.\n")
    assert [one for one, text in before.items() if one.read_bytes() != text] == [path]
    if file == "platform.yml":
        assert (found["workspace"]["description"], found["workspace"]["tags"]) == ("New", {"a": "b"})


def test_a_file_says_all_that_is_there(run: Run, project: Path) -> None:
    file = project / "endpoint.yml"
    text = "name: quickstart-diabetes\nauth_mode: aad_token\ntraffic: {green: 100}\ntags: {build: 1.10}\n"
    file.write_text(text, "utf-8")
    assert run("online-endpoint", "update", "-f", str(file), "--set", "tags.a=b").code == 0
    assert read_file(project, ENDPOINT) == {
        "name": "quickstart-diabetes",
        "auth_mode": "aad_token",
        "traffic": {"green": 100},
        "tags": {"build": "1.10", "a": "b"},
    }
    inside = run("online-endpoint", "update", "-f", str(project / "platform" / ENDPOINT))
    assert inside.err.endswith("endpoint.yml is in the description: what is changed there is changed\n")
    (project / "main.py").write_text("print(1)\n", "utf-8")
    file.write_text(
        (project / "platform/endpoint/blue.yml").read_text("utf-8").replace("code: src", "code: ."), "utf-8"
    )
    (project / "score.py").write_text("print(1)\n", "utf-8")
    (project / "model").mkdir()
    (project / "model" / "blue.json").write_text("{}", "utf-8")
    beside = run("online-deployment", "update", "-f", str(file))
    assert (beside.code, " beside it; put the file and what it names into " in beside.err) == (1, True)


def test_lists_grow_and_shrink(run: Run, project: Path) -> None:
    with (project / "platform" / "platform.yml").open("a", encoding="utf-8") as file:
        file.write(
            "registries:\n  - name: contoso-all # everybody's\n    replication_locations: [{location: westeurope}]\n"
        )
    update = ("registry", "update", "--name", "contoso-all")
    assert run(*update, "--add", "replication_locations", "location=northeurope").code == 0
    assert run(*update, "--add", "replication_locations", "location=uksouth").code == 0
    assert run(*update, "--remove", "replication_locations", "1").code == 0
    done = run(*update, "--set", "replication_locations[1].location=swedencentral")
    assert [one["location"] for one in done.data["replication_locations"]] == ["westeurope", "swedencentral"]
    assert "# everybody's" in (project / "platform" / "platform.yml").read_text("utf-8")


REFUSED = [
    (
        "compute -n aml-clustr -d 600",
        'error: the description has no such compute "aml-clustr"; did you mean "aml-cluster"?',
    ),
    ("compute --max-instances 7", "error: which compute is changed? give --name\n"),
    ("compute -n aml-cluster", "error: what is changed? give --file, its fields as flags, or"),
    ("compute -n aml-cluster --set a", "error: --set a: expected PATH=VALUE, such as tags.team=vision\n"),
    ("compute -n aml-cluster --remove tags.a", 'error: --remove tags.a: there is no "a"\n'),
    ("compute -n aml-cluster --add size b", "error: --add size: expected the path of a list, and a value\n"),
    ("compute -n aml-cluster --set size.a=1", 'error: size.a: there is no "a"\n'),
    ("compute -n aml-cluster --max-instances many", "computes/aml-cluster.yml:"),
    ("online-endpoint -n quickstart-diabetes --traffic nope=100", "endpoint/endpoint.yml:"),
    ("feature-store --description New", "error: platform.yml describes a workspace, and no feature store\n"),
]


@pytest.mark.parametrize(("words", "message"), REFUSED, ids=[words for words, _ in REFUSED])
def test_what_does_not_fit_changes_nothing(words: str, message: str, run: Run, project: Path) -> None:
    before = {file: file.read_bytes() for file in project.rglob("*") if file.is_file()}
    noun, *flags = words.split()
    found = run(noun, "update", *flags)
    assert (found.code, found.out) == (1, "")
    assert found.err.startswith(message)
    assert {file: file.read_bytes() for file in project.rglob("*") if file.is_file()} == before
