"""Assets in registries: made there with their files, copied there from the workspace, used by another workspace."""

import copy
from pathlib import Path
from typing import Any

import pulumi
import pytest

from azureml_infra import Asset, Environment, Registry, RegistryArgs, Share, ShareArgs, load
from azureml_sandbox import Azure, RunFailedError, Sandbox
from kit.platforms import SUBSCRIPTION, THEIRS, beside, changes, copy_of, existing_workspace, platform_of, stack

REGISTRIES = "Microsoft.MachineLearningServices/registries"
SHARED = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ml-dev/providers/{REGISTRIES}/shared"
ASSETS = """
registries: [{name: shared}]
environments:
  - {name: sk, version: 1, image: a/b, registry: shared}
data: [{name: rows, version: 1, path: rows.csv, type: uri_file, registry: shared}]
models: [{name: heart, version: 1, path: model, type: mlflow_model}]
components:
  - {name: train, version: 1, command: python t.py, code: src, environment: 'azureml:sk:1', registry: shared}
  - {name: score, version: 2, command: echo a, environment: {image: a/c}, registry: shared}
  - {name: local, command: echo b, environment: 'azureml://registries/shared/environments/sk/versions/1'}
share:
  - {model: 'azureml:heart:1', registry: shared, share_with_name: cor, share_with_version: 7}
  - {component: 'azureml:local', registry: shared}
"""


class Described:
    """A description in a folder with files, and its stack, which is up: in a workspace that is there, or beside it."""

    def __init__(self, folder: Path, text: str, name: str = "lab", azure: Azure | None = None) -> None:
        self.folder, self.name = folder / name, name
        for path, content in (("src/t.py", "print(1)\n"), ("model/MLmodel", "flavors: {}\n"), ("rows.csv", "a\n1\n")):
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        self.below = "" if azure else THEIRS
        self.write(text)
        self.sandbox: Sandbox = stack(azure=azure) if azure else beside()
        self.made = self.sandbox.up(self.program)

    def write(self, text: str) -> None:
        (self.folder / "platform.yml").write_text(f"name: {self.name}\nlocation: westeurope\n{text}{self.below}")

    def program(self) -> None:
        platform_of(self.folder)()

    def get(self, below: str) -> dict[str, Any]:
        return dict(self.sandbox.azure.get(f"{SHARED}/{below}")["properties"])


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Described:
    return Described(tmp_path_factory.mktemp("sharing"), ASSETS)


@pytest.fixture
def lab(original: Described) -> Described:
    """Return what is up, in a cloud of its own."""
    lab = copy.copy(original)
    lab.write(ASSETS)
    lab.sandbox = copy_of(original.sandbox)
    return lab


def test_what_is_made_in_a_registry_has_its_files_and_references_there(lab: Described) -> None:
    assert load(lab.folder).warnings == ()
    train, score = (lab.get(f"components/{one}")["componentSpec"] for one in ("train/versions/1", "score/versions/2"))
    assert train["environment"] == "azureml://registries/shared/environments/sk/versions/1"
    code = train["code"].removeprefix("azureml://registries/shared/")
    assert code.startswith("codes/")
    assert score["environment"].startswith("azureml://registries/shared/environments/CliV2AnonymousEnvironment/")
    account, container = lab.get(code)["codeUri"].split("/")[2:4]
    storage = lab.sandbox.azure.get(SHARED)["properties"]["regionDetails"][0]["storageAccountDetails"][0]
    assert account.startswith(storage["systemCreatedStorageAccount"]["storageAccountName"])
    assert container
    assert lab.get("data/rows/versions/1")["dataUri"].endswith("/rows.csv")


def test_a_share_copies_a_version_under_the_name_that_it_says(lab: Described) -> None:
    assert lab.get("models/cor/versions/7")["modelType"] == "mlflow_model"
    (version,) = [one for one in lab.made.outputs["share"].values() if "/components/local/" in one]
    assert lab.get(version.removeprefix("azureml://registries/shared/"))["componentSpec"]["command"] == "echo b"


def test_nothing_of_it_is_done_twice_and_what_is_shared_stays(lab: Described) -> None:
    assert changes(lab.sandbox.up(lab.program)) == []
    lab.sandbox.refresh()
    assert changes(lab.sandbox.up(lab.program)) == []
    lab.write(ASSETS.partition("share:")[0])
    assert sorted(changes(lab.sandbox.up(lab.program))) == ["delete shared-cor-7", "delete shared-local"]
    assert lab.get("models/cor/versions/7")
    lab.write(ASSETS)
    assert "create shared-cor-7" in changes(lab.sandbox.up(lab.program))  # the registry has it already


def test_what_left_a_registry_is_shared_again_after_a_refresh(lab: Described) -> None:
    lab.sandbox.azure.delete(f"{SHARED}/models/cor/versions/7")
    lab.sandbox.refresh()
    assert changes(lab.sandbox.up(lab.program)) == ["create shared-cor-7"]
    assert lab.get("models/cor/versions/7")


def test_another_content_of_a_registrys_version_is_refused_in_the_preview(lab: Described) -> None:
    lab.write(ASSETS.replace("image: a/b", "image: a/z"))
    with pytest.raises(RunFailedError, match="version 1 of the environment sk has another image in Azure"):
        lab.sandbox.preview(lab.program)


def test_a_program_shares_by_the_same_words() -> None:
    sandbox = beside()

    def program() -> None:
        made = existing_workspace()
        Registry("shared", RegistryArgs(name="shared"), workspace=made)
        sk = Environment(name="sk", version="1", image="a/b")
        Asset("sk", sk, workspace=made)
        share = Share("sk", ShareArgs(environment="azureml:sk:1", registry="shared"), workspace=made)
        pulumi.export("sk", share.id)

    assert sandbox.up(program).outputs["sk"] == "azureml://registries/shared/environments/sk/versions/1"


USER = """
jobs:
  - type: pipeline
    compute: serverless
    jobs:
      train: {type: command, component: 'azureml://registries/shared/components/train/versions/1'}
"""


def test_another_workspace_uses_what_is_shared_and_nothing_that_is_not(lab: Described, tmp_path: Path) -> None:
    user = Described(tmp_path, USER, "user", lab.sandbox.azure)
    (job,) = lab.sandbox.azure.resources("Microsoft.MachineLearningServices/workspaces/jobs")[:1]
    step = job["properties"]["jobs"]["train"]
    assert step["componentId"] == "azureml://registries/shared/components/train/versions/1"
    assert step["_source"] == "REMOTE.REGISTRY"
    for wrong, said in (("train/versions/9", "train"), ("other/versions/1", "Not found component other")):
        user.write(USER.replace("train/versions/1", wrong))
        with pytest.raises(RunFailedError, match=said):
            user.sandbox.up(user.program)
    user.write(USER.replace("registries/shared", "registries/nowhere"))
    with pytest.raises(RunFailedError, match="There is no registry named 'nowhere'"):
        user.sandbox.up(user.program)


ELSEWHERE = f"""
environments: [{{name: sk, version: 2, image: a/d, registry: {SHARED}}}]
components: [{{name: own, version: 1, command: echo a, environment: 'azureml:AzureML-x:1'}}]
share: [{{component: 'azureml:own:1', registry: shared}}]
"""


def test_a_registry_of_elsewhere_is_named_by_its_id_and_to_share_by_its_name(lab: Described, tmp_path: Path) -> None:
    user = Described(tmp_path, ELSEWHERE, "user", lab.sandbox.azure)
    assert lab.get("environments/sk/versions/2")["image"] == "a/d"
    assert lab.get("components/own/versions/1")
    assert changes(user.sandbox.up(user.program)) == []
