"""`create` writes into the description: a file and a line, comments kept, or nothing at all."""

import re
from pathlib import Path

import pytest
import yaml

from azureml_infra.description.adding import AddingError, insert
from azureml_infra.description.load import load
from kit.verbs import GPU, Run, read_file


def names(project: Path) -> dict[str, list[str]]:
    """Return the names in the description, by section."""
    found: dict[str, list[str]] = {}
    for located in load(project / "platform").entities:
        found.setdefault(located.entity.family, []).append(located.entity.name)
    return found


def test_flags_become_a_file_where_the_section_looks(run: Run, project: Path) -> None:
    platform = project / "platform" / "platform.yml"
    before = platform.read_text("utf-8")
    made = run(*GPU, "--max-instances", "2", "--tags", "team=vision", "build=1.10")
    assert made.err == f"wrote {Path('platform/computes/gpu.yml')}; `pulumi up` makes it\n"
    assert made.data["max_instances"] == 2
    assert read_file(project, "computes/gpu.yml") == {
        "$schema": "https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json",
        "name": "gpu",
        "type": "amlcompute",
        "size": "Standard_NC4as_T4_v3",
        "max_instances": 2,
        "tags": {"team": "vision", "build": "1.10"},
    }
    assert platform.read_text("utf-8") == before
    assert "gpu" in names(project)["computes"]


def test_a_section_without_a_glob_gets_a_line_and_keeps_its_comments(run: Run, project: Path) -> None:
    platform = project / "platform" / "platform.yml"
    before = platform.read_text("utf-8")
    assert run("data", "create", "-n", "rows", "--type", "uri_file", "--path", "https://a/b.csv").code == 0
    assert run("model", "create", "-n", "m", "--path", "platform/data", "--version", "1.10").code == 0
    after = platform.read_text("utf-8")
    assert after == before.replace("[data/diabetes.yml]", "[data/diabetes.yml, data/rows.yml]") + (
        "\nmodels:\n  - models/m.yml\n"
    )
    (model,) = (one.entity for one in load(project / "platform").entities if one.entity.family == "models")
    assert (model.version, model.path.path) == ("1.10", project / "platform" / "data")


def test_a_file_is_copied_with_its_comments(run: Run, project: Path) -> None:
    text = "# Ours.\n$schema: https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json\nname: night # shift\n"
    (project / "night.yml").write_text(text, "utf-8")
    assert run("compute", "create", "--file", "night.yml").code == 0
    assert (project / "platform" / "computes" / "night.yml").read_text("utf-8") == text
    changed = run("compute", "create", "-f", "night.yml", "--name", "day", "--set", "tags.shift=day")
    assert changed.data["tags"] == {"shift": "day"}
    assert {"night", "day"} <= set(names(project)["computes"])


def test_a_file_in_the_description_is_named(run: Run, project: Path) -> None:
    file = project / "platform" / "mine" / "d.yml"
    file.parent.mkdir()
    file.write_text("type: uri_folder\nname: d\npath: ../data\n", "utf-8")
    found = run("data", "create", "-f", str(file))
    assert found.err == "named mine/d.yml in platform.yml; `pulumi up` makes it\n"
    assert "d" in names(project)["data"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("compute", "create", "-n", "aml-cluster", "--type", "amlcompute"),
            'error: the compute "aml-cluster" is described already, in computes/aml-cluster.yml:1; change it there\n',
        ),
        (
            (*GPU, "--max-instances", "many"),
            "the command line: ",
        ),
        (
            ("compute", "create", "-n", "gpu", "--type", "amlcompute", "--size", "Standard_NC4as"),
            'the command line: "Standard_NC4as" is not a VM size that Azure ML offers; expected one of `azureml-infra',
        ),
        (("compute", "create"), "error: what is created? give --file, or its fields as flags\n"),
        (
            ("batch-deployment", "create", "-n", "red", "-e", "nope", "--model", "azureml:m:1"),
            'batch_deployments/nope-red.yml:3:16: there is no batch endpoint "nope"',
        ),
        (("data", "create", "-n", "d", "--path", "nope"), 'the command line: "nope" doesn\'t exist; expected a file'),
        (("model", "create", "-n", "m", "--path", "outside"), 'error: "outside" is outside of '),
        (("compute", "create", "-n", "c", "--tags", "a"), "error: 'a' is no NAME=VALUE\n"),
        ((*GPU, "--into", "elsewhere"), "error: elsewhere has no platform.yml; name its folder with --into"),
    ],
)
def test_what_does_not_fit_is_told_and_leaves_nothing(
    words: tuple[str, ...], message: str, run: Run, project: Path
) -> None:
    (project / "outside").mkdir()
    before = {file: file.read_bytes() for file in project.rglob("*") if file.is_file()}
    found = run(*words)
    assert (found.code, found.out) == (1, "")
    assert found.err.startswith(message)
    assert {file: file.read_bytes() for file in project.rglob("*") if file.is_file()} == before


def test_a_workspace_begins_a_description(run: Run, project: Path) -> None:
    words = ("workspace", "create", "--name", "mlw-new", "--location", "westeurope", "-g", "rg-new")
    found = run(*words, "--display-name", "New", "--into", "begun")
    assert found.data == {
        "name": "mlw-new",
        "display_name": "New",
        "location": "westeurope",
        "resource_group": "rg-new",
    }
    platform = load(project / "begun").platform
    assert (platform.name, platform.location, platform.workspace.name) == ("mlw-new", "westeurope", "mlw-new")
    assert platform.resource_group is not None
    assert platform.resource_group.name == "rg-new"
    again = run(*words, "--into", "begun")
    assert again.err == f"error: {Path('begun/platform.yml')} describes a workspace already; change it there\n"
    assert run(*GPU, "--into", "begun").code == 0
    bad = run("workspace", "create", "--name", "x", "--location", "westeurop", "--into", "bad")
    assert (bad.code, (project / "bad" / "platform.yml").exists()) == (1, False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\n", "a: 1\n\ndata:\n  - x.yml\n"),
        ("\ufeffa: 1\n", "\ufeffa: 1\n\ndata:\n  - x.yml\n"),
        ("data: []  # none\n", "data: [x.yml]  # none\n"),
        ("data:\n", "data:\n  - x.yml\n"),
        ("data: [a.yml,\n  'b].yml',  # ]\n]\nz: 1\n", "data: [a.yml,\n  'b].yml',  # ]\nx.yml]\nz: 1\n"),
        ("data:\n- a.yml\n# then\nz: 1\n", "data:\n- a.yml\n- x.yml\n# then\nz: 1\n"),
        (
            "data:\n  - a.yml\n  - name: b\n    tags:\n      c: d\n\nz: 1",
            "data:\n  - a.yml\n  - name: b\n    tags:\n      c: d\n  - x.yml\n\nz: 1\n",
        ),
        (
            "data:\n  - name: b\n    description: |\n      one\n      two\nz: 1\n",
            "data:\n  - name: b\n    description: |\n      one\n      two\n  - x.yml\nz: 1\n",
        ),
    ],
)
def test_a_line_is_inserted_and_nothing_else_moves(before: str, after: str) -> None:
    made = insert(before.encode(), "data", "x.yml").decode()
    assert made == after or yaml.safe_load(made) == yaml.safe_load(after)
    assert re.findall("#.*", made) == re.findall("#.*", before)
    assert made.startswith("\ufeff") == before.startswith("\ufeff")


@pytest.mark.parametrize("text", ["data: {a: b}\n", "data: here.yml\n", "data: &x [a]\nmodels: *x\n"])
def test_a_section_that_takes_no_line_is_left_alone(text: str) -> None:
    with pytest.raises(AddingError, match="by hand"):
        insert(text.encode(), "data", "x.yml")


def test_a_feature_store_begins_a_description(run: Run, project: Path) -> None:
    made = run("feature-store", "create", "--name", "features", "--location", "westeurope", "--into", "store")
    assert (made.code, made.data["kind"]) == (0, "feature_store")
    written = yaml.safe_load((project / "store" / "platform.yml").read_text("utf-8"))
    assert written["workspace"] == {"kind": "feature_store", "name": "features"}
    entity = ("feature-store-entity", "create", "-n", "account", "--version", "1", "--into", "store")
    assert run(*entity, "--index-columns", "[{name: id, type: string}]").code == 0
    flags = ("--type", "azure_sql_db", "--target", "Server=a", "--credentials", "{type: none}")
    assert run("connection", "create", "-n", "orders", *flags, "--into", "store").code == 0
    assert sorted(located.file for located in load(project / "store").entities) == [
        "connections/orders.yml",
        "feature_store_entities/account.yml",
    ]
