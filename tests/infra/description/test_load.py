"""Reading descriptions: YAML with places, sections and files, what is checked across entities, and the command."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_infra import Platform
from azureml_infra.__main__ import main
from azureml_infra.description.load import Description, load, load_file
from azureml_infra.entities.assets import conda_text
from azureml_infra.entities.compute import AmlCompute
from azureml_infra.entities.inputs import literal
from azureml_infra.entities.kinds import KINDS, UnknownKindError, find_kind
from azureml_infra.entities.platform import PlatformDescription
from azureml_infra.entities.references import FAMILIES
from azureml_infra.yaml import nodes
from azureml_infra.yaml.problems import DescriptionError, Problem, nearest
from azureml_infra.yaml.read import parse, read
from kit.paths import EXAMPLES
from kit.platforms import ML, stack

QUICKSTART = EXAMPLES / "quickstart"
HEAD = "name: platform\nlocation: westeurope\n"
CLUSTER = "$schema: https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json\nname: cpu-cluster\n"
MODEL = "azureml://registries/r/models/m/versions/1"
CURATED = "azureml:AzureML-sklearn-0.24@latest"


def read_text(text: str) -> Any:
    return nodes.data(parse(text.encode(), "file.yml").root)


def described(folder: Path, text: str, **files: str) -> Description:
    (folder / "platform.yml").write_text(HEAD + text)
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    return load(folder)


def names(description: Description) -> list[str]:
    return [located.entity.name for located in description.entities]


# YAML


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: [1.5, 0x1f, 010, 1_000, 1:30]\nc: {d: yes, e: off, f: ~, g: null, h: }",
        "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: {<<: [*x, {r: 4}]}\nd: *x",
        "a: |\n  one\n  two\nb: >-\n  one\n  two\nc: 'it''s'\nd: \"\\t\\u00e9\"",
        "a: !!str 1\nb: !!int '2'\n'c': \"\"\n? d\n: 5",
        "\ufeffa: b",
    ],
)
def test_values_are_those_of_pyyaml(text: str) -> None:
    assert read_text(text) == pyyaml.safe_load(text)


@pytest.mark.parametrize("text", ["2024-01-01", "2024-01-01T10:00:00Z", "2024-99-99"])
def test_dates_stay_text(text: str) -> None:
    assert read_text(f"version: {text}") == {"version": text}


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@settings(deadline=None)
@given(st.dictionaries(st.text(), TREES, min_size=1))
def test_whatever_pyyaml_writes_is_read_back(tree: dict[str, Any]) -> None:
    assert read_text(pyyaml.safe_dump(tree)) == tree


@settings(deadline=None)
@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused_with_a_place(content: bytes) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        parse(content, "file.yml")
    except DescriptionError as error:
        problems = error.problems
    assert all(problem.file == "file.yml" and problem.line > 0 and problem.column > 0 for problem in problems)


@settings(deadline=None)
@given(st.text(alphabet="ab:-?&*!|>'\"%@`{}[],#\n \t<~.1\\"))
def test_any_punctuation_is_read_or_refused(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        read_text(text)
    except DescriptionError as error:
        problems = error.problems
    assert all(problem.line > 0 and problem.column > 0 for problem in problems)


@pytest.mark.parametrize("text", ["[" * 10_000, "- " * 10_000, "{a: " * 10_000, "a: " + "[" * 60 + "]" * 60])
def test_depth_has_a_limit(text: str) -> None:
    if text.startswith("a"):
        assert read_text(text)
    else:
        with pytest.raises(DescriptionError, match="more than 64 deep"):
            read_text(text)


def test_keys_and_values_know_their_places() -> None:
    document = parse(b"a:\n  - b: 1\n    long name: >-\n      one\n      ${{two}}\n", "file.yml")
    key = nodes.key_at(document.root, ("a", 0, "long name"))
    value = nodes.descend(document.root, ("a", 0, "long name"))
    missing = nodes.descend(document.root, ("a", 0, "missing", "deeper"))
    assert [(node.line, node.column) for node in (key, value, missing)] == [(3, 5), (3, 16), (2, 5)]
    assert document.find(value, "${{two}}") == (5, 7)


def test_a_problem_reads_as_place_mistake_expectation_and_suggestion() -> None:
    assert str(Problem("a.yml", 2, 3, "x is y", "z", '"q"')) == 'a.yml:2:3: x is y; expected z; did you mean "q"?'
    assert str(Problem("a.yml", 2, 3, "x is y", severity="warning")) == "a.yml:2:3: warning: x is y"


def test_problems_are_sorted_once_each_and_not_endless() -> None:
    problems = [Problem("f.yml", line, 1, "wrong") for line in range(300, 0, -1)]
    lines = DescriptionError([*problems, *problems]).lines()
    assert lines[:2] == ["f.yml:1:1: wrong", "f.yml:2:1: wrong"]
    assert lines[-1] == "… and 100 more"


def test_suggestions_are_found_among_thousands_of_names() -> None:
    known = [f"cpu-cluster-{number}" for number in range(3000)]
    assert nearest("gpu-cluster-1234", known) == '"cpu-cluster-1234"'
    assert nearest("something-else", known) == ""


# Descriptions


def test_the_quickstart_is_valid() -> None:
    found = load(QUICKSTART)
    assert found.platform.name == "quickstart"
    assert {located.entity.family for located in found.entities} >= {"computes", "datastores", "online_endpoints"}
    assert found.warnings == ()
    cluster = next(located for located in found.entities if located.entity.name == "aml-cluster")
    assert isinstance(cluster.entity, AmlCompute)
    assert (cluster.file, cluster.line, cluster.entity.max_instances) == ("computes/aml-cluster.yml", 1, 5)


def test_entities_come_in_place_by_path_by_glob_and_by_include(tmp_path: Path) -> None:
    found = described(
        tmp_path,
        "computes:\n  - {name: in-place, type: computeinstance}\n  - one.yml\n  - more/*.yml\ninclude: ['**/*.yml']\n",
        one=CLUSTER,
        more__a=CLUSTER.replace("cpu", "gpu"),
        other__store="type: azure_blob\nname: lake\naccount_name: contoso\ncontainer_name: raw\n",
    )
    assert names(found) == ["in-place", "cpu-cluster", "gpu-cluster", "lake"]


def test_a_glob_leaves_out_conda_files_and_tells_of_foreign_ones(tmp_path: Path) -> None:
    found = described(
        tmp_path,
        "include: ['*.yml']\n",
        cluster=CLUSTER,
        conda="name: e\ndependencies: [python]\n",
        workflow="jobs: {}\n",
    )
    assert names(found) == ["cpu-cluster"]
    assert list(map(str, found.warnings)) == ["workflow.yml:1:1: warning: left out: not an az ml file"]


def test_a_platform_file_can_be_given_itself(tmp_path: Path) -> None:
    described(tmp_path, "")
    assert load(tmp_path / "platform.yml").root == tmp_path.resolve()


@pytest.mark.parametrize(("text", "existing"), [("rg", False), ("{name: rg, existing: true}", True)])
def test_a_resource_group_is_a_name_or_more(tmp_path: Path, text: str, existing: bool) -> None:
    group = described(tmp_path, f"resource_group: {text}\n").platform.resource_group
    assert group is not None
    assert (group.name, group.existing) == ("rg", existing)


@pytest.mark.parametrize(
    ("version", "read_as"), [("1", "1"), ("1.0", "1.0"), ('"01"', "01"), ("2024-01-01", "2024-01-01")]
)
def test_versions_are_text_whatever_yaml_makes_of_them(tmp_path: Path, version: str, read_as: str) -> None:
    found = described(tmp_path, f"environments:\n  - {{name: e, image: ubuntu, version: {version}}}\n")
    assert found.entities[0].entity.version == read_as


# Across entities


def job(environment: str = CURATED, **fields: str) -> str:
    more = "".join(f"    {name}: {value}\n" for name, value in fields.items())
    return f"jobs:\n  - type: command\n    display_name: job\n    command: echo\n    environment: {environment}\n{more}"


@pytest.mark.parametrize(
    ("environment", "compute"),
    [
        (CURATED, "azureml:serverless"),
        ("azureml://registries/azureml/environments/sklearn/labels/latest", "cpu-cluster"),
        ("azureml:training:1", "azureml:cpu-cluster"),
        ("azureml:training@latest", "azureml:CPU-cluster"),
    ],
)
def test_what_is_known_gives_no_warning(tmp_path: Path, environment: str, compute: str) -> None:
    text = job(environment, compute=compute)
    text += "computes: [cluster.yml]\nenvironments:\n  - {name: training, version: 1, image: ubuntu}\n"
    assert described(tmp_path, text, cluster=CLUSTER).warnings == ()


def test_what_is_unknown_is_left_to_azure_with_a_warning(tmp_path: Path) -> None:
    environment = "environments:\n  - {name: training, version: 1, image: ubuntu}\n"
    (warning,) = described(tmp_path, job("azureml:training:2") + environment).warnings
    assert (warning.line, warning.severity) == (7, "warning")
    assert warning.what == 'environment "training:2" isn\'t in this description; it is left to Azure'


def test_system_datastores_can_be_referred_to(tmp_path: Path) -> None:
    text = "data:\n  - {name: d, path: 'azureml://datastores/workspaceblobstore/paths/x'}\n"
    assert described(tmp_path, text).warnings == ()


def test_deployments_of_two_endpoints_may_share_a_name(tmp_path: Path) -> None:
    model = "azureml://registries/r/models/m/versions/1"
    deployment = "  - {{name: blue, endpoint_name: {}, instance_type: Standard_DS3_v2, model: '" + model + "'}}\n"
    text = "online_endpoints:\n  - {name: first}\n  - {name: second, traffic: {blue: 100}}\nonline_deployments:\n"
    found = described(tmp_path, text + deployment.format("first") + deployment.format("second"))
    assert names(found) == ["first", "second", "blue", "blue"]


@pytest.mark.parametrize("endpoint", ["scorer", "Scorer", "azureml:scorer"])
def test_a_deployment_is_built_however_its_endpoint_is_written(tmp_path: Path, endpoint: str) -> None:
    text = "online_endpoints:\n  - {name: scorer, traffic: {blue: 100}}\nonline_deployments:\n"
    deployment = f"  - {{name: blue, endpoint_name: '{endpoint}', instance_type: Standard_DS3_v2, model: '{MODEL}'}}\n"
    found = described(tmp_path, text + deployment)
    sandbox = stack()
    sandbox.up(lambda: Platform(found))
    assert [one["name"] for one in sandbox.azure.resources(f"{ML}/onlineEndpoints/deployments")] == ["blue"]


def test_an_endpoint_of_another_workspace_gets_no_deployment(tmp_path: Path) -> None:
    endpoint = "azureml:/subscriptions/s/resourceGroups/g/providers/m/workspaces/w/onlineEndpoints/scorer"
    deployment = f"  - {{name: blue, endpoint_name: '{endpoint}', instance_type: Standard_DS3_v2, model: '{MODEL}'}}\n"
    with pytest.raises(DescriptionError, match=r"is not an endpoint's name; expected the endpoint.s name alone"):
        described(tmp_path, "online_deployments:\n" + deployment)


def test_a_reference_to_an_entity_with_mistakes_is_no_second_mistake(tmp_path: Path) -> None:
    text = "strict: true\ncomputes:\n  - {name: cpu-cluster, type: amlcompute, size: none}\n" + job(
        compute="cpu-cluster"
    )
    with pytest.raises(DescriptionError) as caught:
        described(tmp_path, text)
    assert [problem.line for problem in caught.value.problems] == [5]


WORDS = st.sampled_from([*PlatformDescription.model_fields, *FAMILIES, "type", "$schema", "path", "traffic", "inputs"])
KINDS_OF = st.sampled_from([word for kind in KINDS for word in kind.types])
VALUES = st.recursive(
    SCALARS
    | KINDS_OF
    | st.sampled_from(["azureml:a:1", "${{parent.jobs.a.outputs.b}}", "*.yml", "platform.yml", ".."]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=6),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(WORDS, VALUES, max_size=8))
def test_any_description_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, tree: dict[str, Any]) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "platform.yml").write_text(pyyaml.safe_dump({"name": "any", "location": "westeurope", **tree}))
    problems: tuple[Problem, ...] = ()
    try:
        problems = load(folder).warnings
    except DescriptionError as error:
        problems = error.problems
    assert all(problem.line > 0 and problem.column > 0 for problem in problems)


FILES = sorted(
    path.relative_to(QUICKSTART) for path in QUICKSTART.rglob("*.yml") if path.name not in {"platform.yml", "conda.yml"}
)
JUNK = st.sampled_from(
    [None, True, -1, 1.5, 10**400, "", "\0", "a\nb", "../..", [None], {}, {"a": "b"}, "azureml:a:1", "é" * 300]
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(QUICKSTART, tmp_path_factory.mktemp("copy") / "quickstart")


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FILES), st.integers(min_value=0), JUNK)
def test_any_value_in_the_wrong_place_is_reported_in_one_line(copy: Path, file: Path, at: int, junk: Any) -> None:
    path = copy / file
    tree = pyyaml.safe_load(path.read_text())
    places = list(nodes.scalars(read(path, path.name).root))
    *above, last = places[at % len(places)][0]
    inner = tree
    for step in above:
        inner = inner[step]
    inner[last] = junk
    changed = path.with_name("changed.yml")
    changed.write_text(pyyaml.safe_dump(tree))
    try:
        load_file(changed, path.name)
    except (DescriptionError, UnknownKindError) as error:
        problems = error.problems if isinstance(error, DescriptionError) else ()
    else:
        problems = ()
    assert all(str(problem).startswith(f"{path.name}:") and str(problem).isprintable() for problem in problems)


def test_null_where_a_name_belongs_and_text_where_a_mapping_belongs(tmp_path: Path) -> None:
    found = described(tmp_path, "workspace: {name: }\n")
    assert found.platform.workspace.name is None
    with pytest.raises(DescriptionError, match=r"^platform.yml:3:.*is something else; expected a mapping$"):
        described(tmp_path, "workspace: {identity: {type: user_assigned, user_assigned_identities: {id: text}}}\n")


# Text as it is written


def test_text_is_what_is_written_where_yaml_reads_something_else(tmp_path: Path) -> None:
    found = described(
        tmp_path,
        """tags: {country: NO, zip: 01234, n: 1_000, plain: x, quoted: "no", really: True}
environments:
  - {name: e, version: 1.10, image: a/b}
  - {name: e, version: 1.1, image: a/b}
components:
  - name: c
    command: echo
    environment: {image: a/b}
    inputs:
      country: {type: string, default: NO, enum: [NO, on, 010]}
      rate: {type: number, default: 1.10}
      rounds: {type: integer, default: 010}
jobs:
  - name: j
    command: echo ${{inputs.a}}
    environment: {image: a/b}
    environment_variables: {LEVEL: 010, DEBUG: off, AT: 1:30}
    inputs:
      a: 1.10
      b: {type: string, value: NO}
      c: {type: integer, value: 010}
      d: {type: number, value: 0.50}
      e: true
      f: 3
""",
    )
    entities = [located.entity for located in found.entities]
    assert found.platform.tags == {
        "country": "NO",
        "zip": "01234",
        "n": "1_000",
        "plain": "x",
        "quoted": "no",
        "really": "True",
    }
    assert [entity.version for entity in entities[:2]] == ["1.10", "1.1"]
    country, rate, rounds = entities[2].inputs.values()
    assert (country.default, country.enum, rate.default, rounds.default) == ("NO", ["NO", "on", "010"], "1.1", "8")
    assert entities[3].environment_variables == {"LEVEL": "010", "DEBUG": "off", "AT": "1:30"}
    literals = {name: literal(given.value) for name, given in entities[3].inputs.items()}
    assert literals == {"a": "1.10", "b": "NO", "c": "8", "d": "0.50", "e": "True", "f": "3"}


def test_a_components_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    inputs = "inputs: {country: {type: string, default: NO}}"
    component = f"type: command\ncommand: echo\nenvironment: {{image: a/b}}\n{inputs}\n"
    found = described(tmp_path, "jobs:\n  - {type: pipeline, jobs: {a: {component: ./c.yml}}}\n", c=component)
    assert found.entities[0].entity.jobs["a"].component.inputs["country"].default == "NO"


def test_an_override_is_taken_as_it_is_written(tmp_path: Path) -> None:
    described(tmp_path, "environments: [{name: e, version: 1.10, image: a/b}]\n")
    over = parse(b"tags: {zip: 010}\nenvironments: {'e:1.10': {version: 1.20}}\n", "Pulumi.dev.yaml").root
    found = load(tmp_path, over)
    assert (found.platform.tags, found.entities[0].entity.version) == ({"zip": "010"}, "1.20")


def test_a_conda_file_with_a_word_that_yaml_alters_is_still_yaml(tmp_path: Path) -> None:
    environment = "{name: e, version: 1, image: a/b, conda_file: {dependencies: [python], variables: {FLAG: NO}}}"
    conda = described(tmp_path, f"environments: [{environment}]\n").entities[0].entity.conda_file
    assert pyyaml.safe_load(conda_text(conda))["variables"] == {"FLAG": False}


# Kinds


@pytest.mark.parametrize(
    ("data", "section", "kind"),
    [
        ({"$schema": "https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json"}, None, "compute cluster"),
        ({"$schema": "../schemas/AMLCompute.schema.json", "type": "amlcompute"}, "computes", "compute cluster"),
        ({"type": "AmlCompute"}, None, "compute cluster"),
        ({"type": "kubernetes"}, "online_deployments", "Kubernetes online deployment"),
        ({}, "environments", "environment"),
        ({"compute": "azureml:k8s"}, "online_endpoints", "Kubernetes online endpoint"),
        ({"$schema": "x/onlineEndpoint.schema.json", "compute": "k8s"}, None, "Kubernetes online endpoint"),
        ({}, "online_endpoints", "online endpoint"),
        ({"command": "echo"}, "jobs", "command job"),
        ({"type": "pipeline"}, "jobs", "pipeline job"),
        ({"$schema": "x/batchDeployment.schema.json", "type": "pipeline"}, None, "pipeline component batch deployment"),
        ({"$schema": "x/batchDeployment.schema.json"}, None, "model batch deployment"),
    ],
)
def test_a_kind_follows_from_schema_type_or_section(data: dict[str, str], section: str | None, kind: str) -> None:
    assert find_kind(data, section).model.kind == kind


@pytest.mark.parametrize("data", [{}, {"type": "kubernetes"}, {"type": "git"}, {"$schema": "x/sweepJob.schema.json"}])
def test_a_kind_that_is_not_clear_is_an_error(data: dict[str, str]) -> None:
    with pytest.raises(UnknownKindError):
        find_kind(data)


def test_no_two_kinds_answer_to_the_same_schema_and_type() -> None:
    words = [(schema, kind.types) for kind in KINDS for schema in kind.schemas]
    assert len(set(words)) == len(words)
    assert {kind.section for kind in KINDS} == {*FAMILIES, "workspaces"}


# The command


def test_validate_tells_of_good_and_bad_and_foreign_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yml").write_text(CLUSTER)
    (tmp_path / "b.yml").write_text(CLUSTER + "max_instance: 3\n")
    (tmp_path / "c.yml").write_text("dependencies: []\n")
    (tmp_path / "notes.txt").write_text("none of it")
    (tmp_path / "inner").mkdir()
    described(tmp_path / "inner", "")
    assert main(["validate", str(tmp_path)]) == 1
    assert capsys.readouterr().out.replace(f"{tmp_path}/", "").splitlines() == [
        'b.yml:3:1: unknown field "max_instance" in a compute cluster; did you mean "max_instances"?',
        "c.yml: skipped, no $schema or type of az ml",
        "a.yml: compute cluster cpu-cluster",
        "inner/platform.yml: platform, 0 entities",
        "2 valid, 1 invalid, 1 skipped",
    ]


def test_validate_takes_several_paths(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cluster.yml").write_text(CLUSTER)
    assert main(["validate", str(tmp_path / "cluster.yml"), str(QUICKSTART)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 valid, 0 invalid"


@pytest.mark.parametrize("path", ["missing", "empty"])
def test_validate_fails_where_there_is_nothing(tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["validate", str(tmp_path / path)]) == 1


def test_one_file_may_lie_anywhere_and_use_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "data.csv").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "data.yml").write_text("type: uri_file\nname: d\npath: ../data.csv\n")
    found = load_file(tmp_path / "folder" / "data.yml")
    assert found.entity.path.path == (tmp_path / "data.csv").resolve()


def test_validating_does_not_wait_for_pulumi() -> None:
    program = (
        "import sys; from azureml_infra.__main__ import main; code = main(sys.argv[1:]); "
        "sys.exit(code or any(name.split('.')[0].startswith('pulumi') for name in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", program, "validate", str(QUICKSTART)], capture_output=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    ("identity", "mode", "count"),
    [("none", "identity", 1), ("system_assigned", "identity", 0), ("none", "access_key", 0)],
)
def test_a_job_on_a_compute_without_an_identity_gives_a_warning(
    tmp_path: Path, identity: str, mode: str, count: int
) -> None:
    (tmp_path / "platform.yml").write_text(
        f"name: acme\nlocation: westeurope\nworkspace: {{system_datastores_auth_mode: {mode}}}\n"
        f"computes:\n  - {{name: cpu, type: amlcompute, identity: {{type: {identity}}}}}\n"
        "jobs:\n  - type: command\n    name: train\n    command: echo\n    compute: azureml:cpu\n"
        "    environment: azureml://registries/azureml/environments/sklearn-1.5/versions/1\n"
    )
    found = load(tmp_path).warnings
    assert len(found) == count
    for warning in found:
        assert (warning.line, warning.column) == (10, 14)
        assert "has no identity, so jobs on it can't pull images" in warning.what
