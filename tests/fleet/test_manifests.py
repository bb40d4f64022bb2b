"""A fleet as the Pulumi Kubernetes Operator's resources, held against the operator's own schemas where they are."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from kit.fleets import EXAMPLE, example, output_lines, run, small
from kit.paths import SHARED

CRDS = Path(os.environ.get("PULUMI_OPERATOR_CRDS") or SHARED / "pulumi-operator-crds")
"""A folder with the operator's deploy/crds (https://github.com/pulumi/pulumi-kubernetes-operator)."""
ABSENT = f"skipped: no CRDS of the operator in {CRDS}"
Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Manifest]]:
    """Return the example's resources by file."""
    out = tmp_path_factory.mktemp("manifests")
    assert run("manifests", EXAMPLE / "fleet.yml", "--out", str(out)) == 0
    return {file.name: list(yaml.safe_load_all(file.read_text("utf-8"))) for file in out.iterdir()}


def stacks(manifests: dict[str, list[Manifest]]) -> Iterator[Manifest]:
    return (one for found in manifests.values() for one in found if one["kind"] == "Stack")


def schema(name: str, version: str) -> Any:
    file = CRDS / name
    if not file.is_file():
        pytest.skip(ABSENT)
    versions = yaml.safe_load(file.read_text("utf-8"))["spec"]["versions"]
    return close(next(one for one in versions if one["name"] == version)["schema"]["openAPIV3Schema"])


def close(node: Any) -> Any:
    """Return the schema as Kubernetes validates strictly: unknown fields are errors, unless it says they aren't."""
    if isinstance(node, list):
        return [close(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: close(value) for key, value in node.items()}
    is_object = isinstance(node.get("properties"), dict) and "type" in node
    if is_object and not node.get("x-kubernetes-preserve-unknown-fields") and "additionalProperties" not in node:
        found["additionalProperties"] = False
    if node.get("x-kubernetes-int-or-string"):
        found.pop("pattern", None)
    return found


def test_each_stack_is_a_resource_of_the_operators(manifests: dict[str, list[Manifest]]) -> None:
    wanted = schema("pulumi.com_stacks.yaml", "v1")
    wanted["properties"]["metadata"] = {"type": "object"}
    names = []
    for stack in stacks(manifests):
        jsonschema.validate(stack, wanted)
        names.append(stack["spec"]["stack"])
    assert len(names) == 6
    broken = {**stack, "spec": {**stack["spec"], "projektRepo": "x"}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, wanted)


def test_its_workspace_is_one_of_the_operators(manifests: dict[str, list[Manifest]]) -> None:
    wanted = schema("auto.pulumi.com_workspaces.yaml", "v1alpha1")["properties"]["spec"]
    validator = jsonschema.Draft202012Validator(wanted)
    specs = [stack["spec"]["workspaceTemplate"]["spec"] for stack in stacks(manifests)]
    assert len(specs) == 6
    assert [error.message for spec in specs for error in validator.iter_errors(spec)] == []


def test_a_stack_has_its_state_its_code_and_its_identity(manifests: dict[str, list[Manifest]]) -> None:
    (stack,) = manifests["churn-production.yaml"]
    spec = stack["spec"]
    assert (stack["apiVersion"], stack["metadata"]["name"]) == ("pulumi.com/v1", "churn-production")
    assert spec["backend"] == "azblob://pulumi?storage_account=contosostate"
    assert spec["secretsProvider"] == "azurekeyvault://kv-contoso-state.vault.azure.net/keys/pulumi"
    assert (spec["projectRepo"], spec["branch"]) == ("https://github.com/contoso/ml-platforms", "main")
    assert (spec["preview"], spec["destroyOnFinalize"]) == (True, False)
    assert "preview" not in manifests["churn-dev.yaml"][0]["spec"]
    given = {name: one["literal"]["value"] for name, one in spec["envRefs"].items() if one["type"] == "Literal"}
    accounts = {one["metadata"]["name"]: one for one in manifests["accounts.yaml"] if one["kind"] == "ServiceAccount"}
    account = accounts[spec["serviceAccountName"]]
    assert account["metadata"]["annotations"]["azure.workload.identity/client-id"] == given["ARM_CLIENT_ID"]
    labels = spec["workspaceTemplate"]["spec"]["podTemplate"]["metadata"]["labels"]
    assert labels == {"azure.workload.identity/use": "true"}


def test_each_environment_has_an_account_that_the_operator_may_ask(
    manifests: dict[str, list[Manifest]],
) -> None:
    bindings = [one for one in manifests["accounts.yaml"] if one["kind"] == "ClusterRoleBinding"]
    bound = {(one["subjects"][0]["namespace"], one["subjects"][0]["name"]) for one in bindings}
    used = {(stack["metadata"]["namespace"], stack["spec"]["serviceAccountName"]) for stack in stacks(manifests)}
    assert bound == used
    assert len(used) == 3
    assert {one["roleRef"]["name"] for one in bindings} == {"system:auth-delegator"}


def test_secrets_are_only_referred_to(tmp_path: Path) -> None:
    fleet = example(tmp_path)
    secret = (
        "    git_secret: {name: git, key: token}\n    secrets: {PULUMI_CONFIG_PASSPHRASE: {name: state, key: word}}\n"
    )
    fleet.write_text(
        fleet.read_text("utf-8").replace("  operator:\n    repository", f"  operator:\n{secret}    repository")
    )
    assert run("manifests", fleet, "--out", str(tmp_path / "out")) == 0
    spec = yaml.safe_load((tmp_path / "out" / "churn-dev.yaml").read_text("utf-8"))["spec"]
    reference = {"type": "Secret", "secret": {"name": "state", "key": "word"}}
    assert spec["envRefs"]["PULUMI_CONFIG_PASSPHRASE"] == reference
    assert spec["gitAuth"] == {"accessToken": {"type": "Secret", "secret": {"name": "git", "key": "token"}}}


def test_what_is_missing_is_reported_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = small(tmp_path, "name: a, description: churn, environment: dev, operator: {branch: main}")
    assert run("manifests", fleet, "--out", str(tmp_path / "out")) == 2
    (line,) = output_lines(capsys)
    missing = "repository, backend, namespace, service_account, client_id, image"
    assert line.startswith(f"fleet.yml:5:12: the operator can't run it without {missing}; expected `operator: {{repos")
    assert not (tmp_path / "out").exists()


def test_names_that_kubernetes_takes_for_one_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = example(tmp_path)
    text = fleet.read_text("utf-8").replace("{name: churn-test,", "{name: churn.dev,")
    fleet.write_text(text, "utf-8")
    assert run("manifests", fleet, "--out", str(tmp_path / "out")) == 2
    (line,) = output_lines(capsys)
    assert "in Kubernetes it has the name of churn-dev: churn-dev" in line


def test_a_stack_that_is_gone_leaves_no_resource(tmp_path: Path) -> None:
    fleet, out = example(tmp_path), tmp_path / "out"
    assert run("manifests", fleet, "--out", str(out)) == 0
    (out / "mine.yaml").write_text("kind: ConfigMap\n", "utf-8")
    lines = fleet.read_text("utf-8").splitlines(keepends=True)
    fleet.write_text("".join(line for line in lines if "forecast-test" not in line), "utf-8")
    assert run("manifests", fleet, "--out", str(out)) == 0
    assert not (out / "forecast-test.yaml").exists()
    assert (out / "mine.yaml").exists()
