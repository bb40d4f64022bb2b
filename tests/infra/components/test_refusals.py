"""What Azure refuses at every `up` is refused in the preview, with its place and with what to do instead."""

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from azureml_infra import Platform
from azureml_infra.dynamic.routing import writable
from azureml_sandbox import Result, RunFailedError, Sandbox
from kit.platforms import ML, THEIRS, beside, changes, copy_of, platform_of, stack

HEAD = "name: lab\nlocation: westeurope\n"
CONDA = "name: e\ndependencies: [python=3.11]\n"


class Described:
    """A description that is up, and is edited then: in a workspace that is there, or with one of its own."""

    def __init__(self, folder: Path, text: str, *, own: bool = False) -> None:
        self.folder, self.below = folder, "" if own else THEIRS
        self.sandbox: Sandbox = stack() if own else beside()
        (folder / "c.yml").write_text(CONDA)
        (folder / "m").mkdir()
        (folder / "m" / "MLmodel").write_text("flavors: {}\n")
        self.write(text)
        self.sandbox.up(self.program)

    def write(self, text: str) -> None:
        (self.folder / "platform.yml").write_text(HEAD + textwrap.dedent(text) + self.below)

    def program(self) -> None:
        platform_of(self.folder)()

    def preview(self) -> Result:
        return self.sandbox.preview(self.program)

    def refusal(self) -> str:
        """Return the refusal, which is the same in a preview and in `up`."""
        with pytest.raises(RunFailedError) as refusal:
            self.preview()
        with pytest.raises(RunFailedError, match=re.escape(str(refusal.value))):
            self.sandbox.up(self.program)
        return str(refusal.value)


PORTS = (
    "{name: e, version: 1, type: command, command: echo a, environment: '{E}', "
    "inputs: {rate: {type: number, default: 0.1}}, outputs: {out: {type: uri_folder}}}"
)
VERSIONS = [
    ("environments", "{name: e, version: 1, image: a/b}", "image: a/b", "image: a/c", "image"),
    ("environments", "{name: e, version: 1, image: a/b, conda_file: c.yml}", "c.yml", "d.yml", "conda_file"),
    ("environments", "{name: e, version: 1, image: a/b, conda_file: {dependencies: [a]}}", "[a]", "[b]", "conda_file"),
    ("data", "{name: e, version: 1, path: 'azureml://datastores/raw/paths/a'}", "paths/a", "paths/b", "path"),
    ("data", "{name: e, version: 1, path: 'https://a.example/x'}", "a.example", "b.example", "path"),
    ("data", "{name: e, version: 1, path: c.yml, type: uri_file}", "c.yml", "d.yml", "path"),
    ("models", "{name: e, version: 1, path: c.yml}", "c.yml", "d.yml", "path"),
    ("models", "{name: e, version: 1, path: m}", "path: m", "path: m, type: mlflow_model", "type"),
    ("components", "{name: e, version: 1, type: command, command: echo a, environment: '{E}'}", "a,", "b,", "command"),
    (
        "components",
        "{name: e, version: 1, type: command, command: echo, environment: '{E}'}",
        "minimal:1",
        "minimal:2",
        "environment",
    ),
    ("components", PORTS, "type: number", "type: string", "inputs"),
    ("components", PORTS, "default: 0.1", "default: 0.2", "inputs"),
    ("components", PORTS, "default: 0.1", "optional: true", "inputs"),
    ("components", PORTS, "{rate:", "{other: {type: string}, rate:", "inputs"),
    ("components", PORTS, "uri_folder", "uri_file", "outputs"),
    ("components", PORTS, "{out:", "{more: {type: uri_file}, out:", "outputs"),
]
ENVIRONMENT = "azureml://registries/azureml/environments/minimal/versions/1"


def versions(change: Callable[[str, str, str], str]) -> str:
    """Return a description of `VERSIONS`, an item a line, each under a name of its own."""
    sections: dict[str, list[str]] = {
        "environments": ["{name: minimal, version: 1, image: a/b}", "{name: minimal, version: 2, image: a/c}"]
    }
    for at, (family, item, old, new, _) in enumerate(VERSIONS):
        written = change(item.replace("{E}", "azureml:minimal:1" if "minimal" in old else ENVIRONMENT), old, new)
        sections.setdefault(family, []).append(written.replace("name: e", f"name: e{at}"))
    return "".join(f"{family}:\n" + "".join(f"  - {item}\n" for item in items) for family, items in sections.items())


def test_a_version_never_changes(tmp_path: Path) -> None:
    lab = Described(tmp_path, versions(lambda item, _old, _new: item))
    (tmp_path / "d.yml").write_text(CONDA.replace("3.11", "3.12"))
    lab.write(changed := versions(lambda item, old, new: item.replace(old, new)))
    message = lab.refusal()
    for at, (_, _, _, _, word) in enumerate(VERSIONS):
        line = 3 + next(number for number, text in enumerate(changed.splitlines()) if f"name: e{at}," in text)
        said = rf"platform.yml:{line}:\d+: version 1 of the .* e{at} has another {word} in Azure"
        assert re.search(said, message), (said, message)
    assert message.count("expected another version (`version: 2`), or none: then each content gets a version") == len(
        VERSIONS
    )
    lab.write(versions(lambda item, old, new: item.replace(old, new).replace("version: 1,", "version: 2,")))
    made = changes(lab.preview())
    assert [at for at in range(len(VERSIONS)) if f"create e{at}-2" not in made] == []


def test_the_words_of_a_version_may_change(tmp_path: Path) -> None:
    def describe(item: str, _old: str, _new: str) -> str:
        return item if "command" in item else item.replace("version: 1", "version: 1, description: Words")

    lab = Described(tmp_path, versions(lambda item, _old, _new: item))
    lab.write(versions(describe))
    done = changes(lab.sandbox.up(lab.program))
    described = [at for at, (family, *_) in enumerate(VERSIONS) if family != "components"]
    assert [at for at in described if f"update e{at}-1" not in done] == []


def test_what_is_said_of_a_components_inputs_may_change(tmp_path: Path) -> None:
    item = PORTS.replace("{E}", ENVIRONMENT).replace("type: number", "type: number, description: Speed")
    lab = Described(tmp_path, f"components:\n  - {item}\n")
    lab.write(f"components:\n  - {item.replace('Speed', 'How fast')}\n")
    assert changes(lab.sandbox.up(lab.program)) == ["update e-1"]
    assert changes(lab.preview()) == []


FILES = {
    "environments": ("{name: e, version: 1, build: {path: f}}", "build.path"),
    "data": ("{name: e, version: 1, path: f, type: uri_folder}", "path"),
    "models": ("{name: e, version: 1, path: f}", "path"),
    "components": (
        f"{{name: e, version: 1, type: command, command: sh a, code: f, environment: {ENVIRONMENT}}}",
        "code",
    ),
}


def test_nor_do_the_files_of_a_version(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "Dockerfile").write_text("FROM a\n")
    text = "".join(f"{family}:\n  - {item}\n" for family, (item, _) in FILES.items())
    lab = Described(tmp_path, text, own=True)
    (tmp_path / "f" / "Dockerfile").write_text("FROM b\n")
    with pytest.raises(RunFailedError) as refusal:
        lab.preview()
    for at, (family, (_, word)) in enumerate(FILES.items()):
        said = rf"platform.yml:{4 + 2 * at}:\d+: version 1 of the .* e has another {word} in Azure"
        assert re.search(said, str(refusal.value)), family
    (tmp_path / "f" / "Dockerfile").write_text("FROM a\n")
    assert changes(lab.preview()) == []


def test_all_refusals_come_at_once(tmp_path: Path) -> None:
    text = "environments:\n  - {name: e, version: 1, image: a/b}\n  - {name: f, version: 1.0, image: a/b}\n"
    lab = Described(tmp_path, text)
    lab.write(text.replace("a/b", "a/c"))
    lines = lab.refusal().splitlines()
    assert lines[0].endswith("Azure would refuse 2 changes of the description")
    assert [line.split(":")[1] for line in lines[1:]] == ["4", "5"]
    assert "expected another version, or none" in lines[2]


def test_the_versions_of_data_are_of_one_type(tmp_path: Path) -> None:
    one = "{name: d, version: 1, path: 'azureml://datastores/raw/paths/a', type: uri_file}"
    other = one.replace("version: 1", "version: 2").replace("uri_file", "uri_folder")
    lab = Described(tmp_path, f"data:\n  - {one}\n")
    lab.write(f"data:\n  - {other}\n")
    message = lab.refusal()
    assert "platform.yml:4:" in message
    assert "the versions of d in Azure are of the type uri_file, and all are of one type" in message
    lab.write(f"data:\n  - {other.replace('uri_folder', 'uri_file')}\n")
    assert "create d-2" in changes(lab.preview())


SERVED = """
    online_endpoints:
      - {{name: ep-lab, auth_mode: key, traffic: {traffic}}}
    online_deployments:
      - {{name: blue, endpoint_name: ep-lab, model: {{path: m, type: mlflow_model}}, instance_type: {blue}}}
      - {{name: green, endpoint_name: ep-lab, model: {{path: m, type: mlflow_model}}, instance_type: {green}}}
"""
SMALL, LARGE = "Standard_DS3_v2", "Standard_DS4_v2"


def test_a_deployment_that_gets_requests_is_not_replaced(tmp_path: Path) -> None:
    """What flows now counts, whatever the new file says of it: it is changed after the deployments."""
    lab = Described(tmp_path, SERVED.format(traffic="{blue: 100, green: 0}", blue=SMALL, green=SMALL))
    for traffic in ("{blue: 100, green: 0}", "{blue: 90, green: 10}", "{blue: 0, green: 100}"):
        lab.write(SERVED.format(traffic=traffic, blue=LARGE, green=SMALL))
        message = lab.refusal()
        place = r"platform.yml:7:\d+: instance_type of the deployment blue can't change in place"
        assert re.search(place, message), traffic
        assert "it gets 100 percent" in message, traffic
        assert "a second deployment" in message, traffic


def test_a_deployment_without_requests_is_replaced(tmp_path: Path) -> None:
    lab = Described(tmp_path, SERVED.format(traffic="{blue: 100, green: 0}", blue=SMALL, green=SMALL))
    lab.write(SERVED.format(traffic="{blue: 100, green: 0}", blue=SMALL, green=LARGE))
    assert changes(lab.sandbox.up(lab.program)) == ["replace ep-lab-green"]


def test_a_replaced_endpoint_takes_its_deployments_with_it(tmp_path: Path) -> None:
    """Azure deletes them with it, and the engine sees no change in them."""
    text = SERVED.format(traffic="{blue: 100, green: 0}", blue=SMALL, green=SMALL)
    lab = Described(tmp_path, text)
    lab.write(text.replace("auth_mode: key", "auth_mode: aad_token"))
    lab.sandbox.up(lab.program)
    deployments = lab.sandbox.azure.resources(f"{ML}/onlineEndpoints/deployments")
    assert [one["name"] for one in deployments] == ["blue", "green"]
    (endpoint,) = lab.sandbox.azure.resources(f"{ML}/onlineEndpoints")
    assert endpoint["properties"]["traffic"] == {"blue": 100, "green": 0}
    assert changes(lab.sandbox.up(lab.program)) == []


def test_an_endpoint_that_was_left_without_its_traffic_gets_it_again(tmp_path: Path) -> None:
    """As after a run that failed between a replaced endpoint and its traffic."""
    lab = Described(tmp_path, SERVED.format(traffic="{blue: 100, green: 0}", blue=SMALL, green=SMALL))
    (endpoint,) = lab.sandbox.azure.resources(f"{ML}/onlineEndpoints")
    lab.sandbox.azure.put(endpoint["id"], writable(endpoint, {"traffic": {}}))
    assert changes(lab.sandbox.up(lab.program)) == ["update ep-lab-traffic"]
    assert changes(lab.sandbox.up(lab.program)) == []


def test_no_traffic_at_all_is_nothing_to_set_again(tmp_path: Path) -> None:
    lab = Described(tmp_path, SERVED.format(traffic="{blue: 0, green: 0}", blue=SMALL, green=SMALL))
    assert changes(lab.preview()) == []


MODES = ["disabled", "allow_internet_outbound", "allow_only_approved_outbound"]


@pytest.mark.parametrize("before", MODES)
def test_isolation_is_not_taken_back(before: str, tmp_path: Path) -> None:
    text = "workspace: {{managed_network: {{isolation_mode: {0}}}}}\n"
    lab = Described(tmp_path, text.format(before), own=True)
    for after in MODES[: MODES.index(before)]:
        lab.write(text.format(after))
        message = lab.refusal()
        assert f"the managed network of the workspace is {before} in Azure" in message, after
        assert f"expected `{before}`" in message, after
    for after in MODES[MODES.index(before) + 1 :]:
        lab.write(text.format(after))
        assert changes(copy_of(lab.sandbox).up(lab.program)) == ["update lab"], after


BEFORE = """
    computes: [{name: cpu, type: amlcompute}]
    datastores: [{name: raw, type: azure_blob, container_name: raw}]
"""
AFTER = """
    computes: [{name: cpu, type: computeinstance}]
    datastores: [{name: raw, type: azure_file, file_share_name: raw}]
"""


def test_another_kind_under_a_name_is_another_resource(tmp_path: Path) -> None:
    """azure-native would send a PUT, which Azure refuses (its diff replaces for no property of these types)."""
    lab = Described(tmp_path, BEFORE)
    lab.write(AFTER)
    assert {"replace cpu", "replace raw"} <= set(changes(lab.preview()))
    lab.sandbox.up(lab.program)
    assert changes(lab.sandbox.up(lab.program)) == []


PLACES = {
    "workspace: {name: mlw-a}": {
        "workspace: {name: mlw-b}": "platform.yml:3:19: the stack's workspace is mlw-a, ",
        "workspace: {description: Lab}": "platform.yml:3:12: the stack's workspace is mlw-a",
        "tags: {a: b}": "platform.yml:1:1: the stack's workspace is mlw-a",
    },
    "resource_group: {name: rg-a}": {
        "resource_group: {name: rg-b}": "platform.yml:3:24: the stack's workspace is mlw",
        "tags: {a: b}": "in the resource group rg-a",
    },
    "tags: {a: b}": {
        "resource_group: {name: rg-b}": "platform.yml:3:24: the stack's workspace is mlw-lab-dev in the ",
        "workspace: {hbi_workspace: true}": "platform.yml:3:28: workspace.hbi_workspace: Azure fixes this",
    },
}


@pytest.mark.parametrize("before", PLACES)
def test_what_would_replace_the_workspace_has_its_place(before: str, tmp_path: Path) -> None:
    lab = Described(tmp_path, f"{before}\n", own=True)
    for after, said in PLACES[before].items():
        lab.write(f"{after}\n")
        message = lab.refusal()
        assert said in message, after
        assert "write `replace: mlw-" in message, after


@pytest.mark.parametrize("disposable", ["false", "true"])
def test_another_platform_does_not_take_the_place_of_one(
    disposable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the engine it is a new one, and the one before leaves with all that is in it."""
    monkeypatch.chdir(tmp_path)
    sandbox = stack(disposable=disposable)
    (tmp_path / "platform.yml").write_text(HEAD)
    sandbox.up(Platform.from_config)
    (tmp_path / "platform.yml").write_text(HEAD.replace("lab", "other"))
    for run in (sandbox.preview, sandbox.up):
        with pytest.raises(RunFailedError, match=r"platform\.yml:1:7: the stack has the platform lab, .* `name: lab`"):
            run(Platform.from_config)
