"""Batch deployments of a pipeline job that stands in them."""

from pathlib import Path

import pytest

from azureml_infra import Platform
from azureml_infra.yaml.problems import DescriptionError
from kit.descriptions import load_text
from kit.platforms import ML, changes, stack_of

TEXT = """\
batch_endpoints: [{name: nightly}]
batch_deployments:
  - name: all-steps
    endpoint_name: nightly
    type: pipeline
    job_definition:
      type: pipeline
      settings: {default_compute: 'azureml:serverless', force_rerun: true}
      inputs:
        rate: 0.5
        table: {type: uri_file, path: 'https://a/b.csv'}
      outputs: {model: {type: mlflow_model}}
      jobs:
        train:
          command: run ${{inputs.rate}} ${{inputs.table}} ${{outputs.model}}
          environment: {image: a/b}
          inputs: {rate: '${{parent.inputs.rate}}', table: '${{parent.inputs.table}}'}
          outputs: {model: '${{parent.outputs.model}}'}
"""


def test_a_job_in_place_becomes_the_component_that_is_deployed(tmp_path: Path) -> None:
    found = load_text(tmp_path, TEXT)
    sandbox = stack_of(lambda: Platform(found))
    (deployment,) = sandbox.azure.resources(f"{ML}/batchEndpoints/deployments")
    configuration = deployment["properties"]["deploymentConfiguration"]
    assert configuration["settings"] == {"default_compute": "azureml:serverless", "force_rerun": "true"}
    components = {one["id"]: one for one in sandbox.azure.resources(f"{ML}/components/versions")}
    spec = components[configuration["componentId"]["assetId"]]["properties"]["componentSpec"]
    assert spec["type"] == "pipeline"
    assert spec["inputs"] == {"rate": {"type": "number", "default": "0.5"}, "table": {"type": "uri_file"}}
    assert spec["outputs"] == {"model": {"type": "mlflow_model"}}
    assert list(spec["jobs"]) == ["train"]
    assert changes(sandbox.up(lambda: Platform(found))) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (("parent.inputs.rate", "parent.inputs.rat"), 'platform.yml:19:27: there is no input "rat" of the pipeline'),
        (("command: run", "comand: run"), 'platform.yml:17:11: unknown field "comand"'),
    ],
)
def test_mistakes_in_it_are_told_at_their_place(tmp_path: Path, wrong: tuple[str, str], message: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        load_text(tmp_path, TEXT.replace(*wrong))
    assert any(message in line for line in caught.value.lines()), caught.value.lines()


def test_a_name_alone_is_the_job_of_that_name(tmp_path: Path) -> None:
    text = TEXT.partition("    job_definition:")[0] + "    job_definition: {name: trained}\n"
    (_, deployment) = load_text(tmp_path, text).entities
    assert deployment.entity.job_definition == "azureml:trained"
