"""What azure-ai-ml puts into the folder of a component's code is what we put there."""

import zipfile
from pathlib import Path

import pytest

pytest.importorskip("azure.ai.ml", reason="no azure-ai-ml")

from azure.ai.ml import load_component
from azure.ai.ml._utils._asset_utils import get_upload_files_from_folder

from azureml_infra.entities.merging import IGNORE_FILES
from kit.included import UPLOADED, ZIPPED, write


@pytest.mark.parametrize("component", list(UPLOADED), ids=["code", "alone"])
def test_the_folder_of_azure_ai_ml_has_these_files(tmp_path: Path, component: str) -> None:
    given = load_component(write(tmp_path, component))
    with given._build_code() as code:
        files = {name: path for path, name in get_upload_files_from_folder(code.path, ignore_file=code._ignore_file)}
        with zipfile.ZipFile(files["pack.zip"]) as archive:
            zipped = archive.namelist()
    assert sorted(name for name in files if Path(name).name not in IGNORE_FILES) == UPLOADED[component]
    assert zipped == ZIPPED[component]
