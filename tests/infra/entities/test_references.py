"""References between entities, in every form that az ml takes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_infra.entities.references import BadReferenceError, KnownNames, Reference, is_system, parse
from kit.rows import each

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
FORMS = {
    "azureml:cpu-cluster": ("workspace", None, "cpu-cluster", None, None),
    "cpu-cluster": ("workspace", None, "cpu-cluster", None, None),
    "azureml:diabetes-data:1": ("workspace", None, "diabetes-data", "1", None),
    "azureml:prep_data:1.0.0": ("workspace", None, "prep_data", "1.0.0", None),
    "azureml:basic-env@latest": ("workspace", None, "basic-env", None, "latest"),
    "azureml://datastores/blob/paths/example/iris.csv": ("workspace", "datastores", "blob", None, None),
    "azureml://datastores/${{default_datastore}}/paths/x": (
        "expression",
        "datastores",
        "${{default_datastore}}",
        None,
        None,
    ),
    "azureml://datastores/blob/paths/${{name}}/x": ("workspace", "datastores", "blob", None, None),
    "azureml://registries/azureml/environments/sklearn-1.5/labels/latest": (
        "registry",
        "environments",
        "sklearn-1.5",
        None,
        "latest",
    ),
    "azureml://registries/meta/models/Llama/versions/2": ("registry", "models", "Llama", "2", None),
    "azureml://jobs/j/outputs/o/paths/model": ("uri", None, "", None, None),
    "https://account.blob.core.windows.net/c/f.csv": ("uri", None, "", None, None),
    "wasbs://c@account.blob.core.windows.net/f": ("uri", None, "", None, None),
    "runs:/id/model": ("uri", None, "", None, None),
    "${{parent.inputs.data}}": ("expression", None, "", None, None),
    f"{WORKSPACE}/computes/cpu": ("resource", "computes", "cpu", None, None),
    f"azureml:{WORKSPACE}/environments/e/versions/3": ("resource", "environments", "e", "3", None),
    f"{WORKSPACE}/onlineEndpoints/e/deployments/blue": ("resource", "online_deployments", "blue", None, None),
    "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/p/q": (
        "resource",
        "datastores",
        "d",
        None,
        None,
    ),
}


@each("text", FORMS)
def test_every_form_is_read(text: str) -> None:
    found = parse(text)
    assert (found.form, found.family, found.name, found.version, found.label) == FORMS[text]


def test_parts_of_uris_are_kept() -> None:
    assert parse("azureml://datastores/blob/paths/example/iris.csv").path == "example/iris.csv"
    assert parse("azureml://registries/meta/models/Llama/versions/2").registry == "meta"


@pytest.mark.parametrize(
    "text",
    ["", "azureml:", "my env", "a/b", "azureml:a:", "azureml:a@", "/no/id", "azureml://nowhere/x", "azureml:a b:1"],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(BadReferenceError):
        parse(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadReferenceError):
        assert parse(text).text == text


NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}", fullmatch=True)


@given(NAME, NAME)
def test_short_names_survive(name: str, version: str) -> None:
    assert parse(f"azureml:{name}:{version}") == Reference(
        f"azureml:{name}:{version}", "workspace", name=name, version=version
    )
    assert parse(f"azureml:{name}@{version}").label == version


def names() -> KnownNames[str]:
    known: KnownNames[str] = KnownNames()
    for version in ("2", "10", "9"):
        assert known.add("environments", "Env", version, f"env {version}") is None
    known.add("models", "m", None, "a model whose version is a hash")
    known.add("computes", "cpu", None, "compute")
    return known


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("azureml:env:2", "env 2"),
        ("azureml:env@latest", "env 10"),
        ("azureml:env", "env 10"),
        ("azureml:env:3", None),
        ("azureml:env@production", None),
        ("azureml:m:7", None),
        ("azureml:m:0123456789ab", "a model whose version is a hash"),
        ("azureml:cpu", None),
        ("azureml://registries/r/environments/env/versions/2", None),
    ],
)
def test_names_are_found_by_reference(text: str, thing: str | None) -> None:
    assert names().find(("environments", "models"), parse(text)) == thing


def test_a_name_taken_twice_is_reported() -> None:
    known = names()
    assert known.add("environments", "ENV", "2", "another") == "env 2"
    assert known.families("CPU") == ["computes"]
    assert known.names(("computes", "models")) == ["cpu", "m"]


@pytest.mark.parametrize(
    ("text", "family", "known"),
    [
        ("azureml:workspaceblobstore", "datastores", True),
        ("azureml://datastores/workspaceblobstore/paths/x", "datastores", True),
        ("azureml:AzureML-sklearn-0.24@latest", "environments", True),
        ("azureml:serverless", "computes", True),
        ("azureml:workspaceblobstore", "computes", False),
    ],
)
def test_what_azure_brings_along_is_known(text: str, family: str, known: bool) -> None:
    assert is_system(parse(text), (family,)) is known
