"""Models and environments that deployments have in place, under a name: az ml registers them under it."""

from pathlib import Path

import pytest

from azureml_infra import Platform
from azureml_infra.yaml.problems import DescriptionError
from azureml_sandbox import Sandbox
from kit.descriptions import load_text
from kit.platforms import ML, changes, stack

ENDPOINT = "online_endpoints: [{name: scorer}]\n"
DEPLOYMENT = """\
name: %s
endpoint_name: scorer
instance_type: Standard_DS3_v2
model: {name: churn, version: 4, path: ./model.pkl}
environment: {name: churn-env, version: 2, image: %s}
code_configuration: {code: ./src, scoring_script: score.py}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "d" / "src").mkdir(parents=True)
    (tmp_path / "d" / "src" / "score.py").write_text("def init(): ...\ndef run(data): ...\n")
    (tmp_path / "d" / "model.pkl").write_text("m\n")
    return tmp_path


def up(sandbox: Sandbox, folder: Path, text: str, **files: str) -> list[str]:
    """Bring a description up; returns what changed."""
    found = load_text(folder, text, **files)
    return changes(sandbox.up(lambda: Platform(found)))


def listing(*names: str) -> str:
    return f"online_deployments: [{', '.join(names)}]\n"


def test_they_are_registered_under_their_names_and_once(folder: Path) -> None:
    text = ENDPOINT + listing("d/a.yml", "d/b.yml")
    files = {"d__a": DEPLOYMENT % ("blue", "a/b"), "d__b": DEPLOYMENT % ("green", "a/b")}
    sandbox = stack()
    up(sandbox, folder, text, **files)
    (model,) = sandbox.azure.resources(f"{ML}/models/versions")
    (environment,) = sandbox.azure.resources(f"{ML}/environments/versions")
    assert model["id"].endswith("/models/churn/versions/4")
    assert environment["id"].endswith("/environments/churn-env/versions/2")
    assert (model["properties"]["isAnonymous"], environment["properties"]["isAnonymous"]) == (False, False)
    for one in sandbox.azure.resources(f"{ML}/onlineEndpoints/deployments"):
        assert one["properties"]["model"] == model["id"]
        assert one["properties"]["environmentId"] == environment["id"]
    assert up(sandbox, folder, text, **files) == []


def test_without_a_version_it_follows_from_the_content(folder: Path) -> None:
    text, unversioned = ENDPOINT + listing("d/a.yml"), DEPLOYMENT.replace(", version: 2", "") % ("blue", "%s")
    sandbox = stack()
    up(sandbox, folder, text, d__a=unversioned % "a/b")
    assert up(sandbox, folder, text, d__a=unversioned % "a/b") == []
    up(sandbox, folder, text, d__a=unversioned % "a/c")
    ids = [one["id"].split("/environments/")[1] for one in sandbox.azure.resources(f"{ML}/environments/versions")]
    assert len(set(ids)) == 2
    assert {one.partition("/")[0] for one in ids} == {"churn-env"}


def test_another_content_under_the_same_version_is_refused_at_its_place(folder: Path) -> None:
    text = ENDPOINT + listing("d/a.yml")
    sandbox = stack()
    up(sandbox, folder, text, d__a=DEPLOYMENT % ("blue", "a/b"))
    with pytest.raises(Exception, match=r"d/a\.yml:5:\d+: .*version 2"):
        up(sandbox, folder, text, d__a=DEPLOYMENT % ("blue", "a/c"))


def test_the_environment_of_a_file_has_its_name(folder: Path) -> None:
    text = DEPLOYMENT.replace("{name: churn-env, version: 2, image: %s}", "file:env.yml") % "blue"
    sandbox = stack()
    up(sandbox, folder, ENDPOINT + listing("d/a.yml"), d__a=text, d__env="name: churn-env\nversion: 7\nimage: a/b\n")
    (environment,) = sandbox.azure.resources(f"{ML}/environments/versions")
    assert environment["id"].endswith("/environments/churn-env/versions/7")


@pytest.mark.parametrize(
    ("text", "files", "message"),
    [
        pytest.param(
            ENDPOINT + listing("d/a.yml", "d/b.yml"),
            {"d__a": DEPLOYMENT % ("blue", "a/b"), "d__b": DEPLOYMENT % ("green", "a/c")},
            'd/b.yml:5:41: the environment "churn-env" in version 2 is another one in d/a.yml:1; expected another '
            "version, or none",
        ),
        pytest.param(
            ENDPOINT + "environments: [{name: churn-env, version: 2, image: a/b}]\n" + listing("d/a.yml"),
            {"d__a": DEPLOYMENT % ("blue", "a/b")},
            'd/a.yml:5:21: the environment "churn-env" in version 2 is described in platform.yml:4, too; expected '
            "environment: azureml:churn-env:2",
        ),
        (
            ENDPOINT + listing("d/a.yml"),
            {"d__a": DEPLOYMENT.replace("churn-env", "churn env") % ("blue", "a/b")},
            'd/a.yml:5:21: "churn env" is not a valid name',
        ),
        (
            ENDPOINT + listing("d/a.yml"),
            {"d__a": DEPLOYMENT.replace("image", "imag") % ("blue", "a/b")},
            'd/a.yml:5:44: unknown field "imag" in "environment"; did you mean "image"?',
        ),
    ],
    ids=["two", "described", "name", "field"],
)
def test_what_is_wrong_with_them(folder: Path, text: str, files: dict[str, str], message: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        load_text(folder, text, **files)
    assert any(line.startswith(message) for line in caught.value.lines()), caught.value.lines()


def test_environments_of_jobs_have_no_name_that_two_could_share(folder: Path) -> None:
    job = "  - {{command: echo, compute: azureml:serverless, environment: {{name: e, version: 1, image: {}}}}}\n"
    assert len(load_text(folder, "jobs:\n" + job.format("a/b") + job.format("a/c")).entities) == 2
