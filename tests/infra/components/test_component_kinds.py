"""Parallel and Spark components: the specification that azure-ai-ml 1.35 sends, up and in a pipeline's steps."""

from pathlib import Path
from typing import Any

import pytest

from azureml_infra import DescriptionError, load
from azureml_sandbox import Sandbox
from kit.paths import write_files
from kit.platforms import changes, platform_of, stack_of

COMPONENTS = "Microsoft.MachineLearningServices/workspaces/components/versions"
PARALLEL = """\
name: para
version: 1
type: parallel
display_name: P
inputs: {data: {type: uri_folder}, lr: {type: number, default: 0.1}}
outputs: {out: {type: uri_folder}}
resources: {instance_count: 2}
input_data: ${{inputs.data}}
mini_batch_size: 10kb
mini_batch_error_threshold: 5
error_threshold: 3
logging_level: DEBUG
max_concurrency_per_instance: 2
retry_settings: {timeout: 60, max_retries: 2}
task:
  type: run_function
  code: src
  entry_script: run.py
  environment: azureml:sk:1
  program_arguments: --lr ${{inputs.lr}}
  append_row_to: ${{outputs.out}}
"""
SPARK = """\
name: sp
version: 1
type: spark
inputs: {data: {type: uri_file, mode: direct}}
outputs: {out: {type: uri_folder, mode: direct}}
code: src
entry: {file: run.py}
py_files: [utils.zip]
environment: azureml:sk:1
conf:
  spark.driver.cores: 1
  spark.driver.memory: 2g
  spark.executor.cores: 2
  spark.executor.memory: 2g
  spark.executor.instances: 1
args: --x ${{inputs.data}}
"""
PLATFORM = """\
name: lab
location: westeurope
environments: [{name: sk, version: 1, image: a/b}]
components: [para.yml, sp.yml]
jobs:
  - type: pipeline
    compute: serverless
    inputs: {d: {type: uri_folder, path: wasbs://a@b.blob.core.windows.net/c}}
    jobs:
      named: {type: parallel, component: 'azureml:para:1', inputs: {data: '${{parent.inputs.d}}'}}
      file: {type: parallel, component: para.yml, inputs: {data: '${{parent.inputs.d}}'}}
      spark: {type: spark, component: 'azureml:sp:1', inputs: {data: '${{parent.inputs.d}}'}}
"""


FILES = {"src/run.py": "print(1)\n", "para.yml": PARALLEL, "sp.yml": SPARK, "platform.yml": PLATFORM}
"""A description with a component of each kind."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path, FILES)


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that no test changes."""
    return write_files(tmp_path_factory.mktemp("kinds"), FILES)


@pytest.fixture(scope="module")
def sandbox(description: Path) -> Sandbox:
    return up(description)


def up(folder: Path) -> Sandbox:
    return stack_of(platform_of(folder))


def spec_of(sandbox: Sandbox, name: str) -> dict[str, Any]:
    """Return the specification of a component, its ids by their last names."""
    found = [one for one in sandbox.azure.resources(COMPONENTS) if f"/components/{name}/" in one["id"]]
    return dict(found[0]["properties"]["componentSpec"])


def test_a_parallel_component_is_what_azure_ai_ml_sends(sandbox: Sandbox) -> None:
    spec = spec_of(sandbox, "para")
    task = spec.pop("task")
    assert task.pop("code").startswith("azureml:/subscriptions/")
    assert task.pop("environment").endswith("/environments/sk/versions/1")
    assert task == {
        "type": "run_function",
        "entry_script": "run.py",
        "program_arguments": "--lr ${{inputs.lr}}",
        "append_row_to": "${{outputs.out}}",
    }
    assert spec == {
        "name": "para",
        "version": "1",
        "display_name": "P",
        "is_deterministic": True,
        "inputs": {"data": {"type": "uri_folder"}, "lr": {"type": "number", "default": "0.1"}},
        "outputs": {"out": {"type": "uri_folder"}},
        "type": "parallel",
        "resources": {"instance_count": 2},
        "logging_level": "DEBUG",
        "mini_batch_size": "10240",
        "input_data": "${{inputs.data}}",
        "retry_settings": {"timeout": 60, "max_retries": 2},
        "max_concurrency_per_instance": 2,
        "error_threshold": 3,
        "mini_batch_error_threshold": 5,
        "_source": "YAML.COMPONENT",
    }


def test_a_spark_component_is_what_azure_ai_ml_sends(sandbox: Sandbox) -> None:
    spec = spec_of(sandbox, "sp")
    assert spec.pop("code").startswith("azureml:/subscriptions/")
    assert spec.pop("environment").endswith("/environments/sk/versions/1")
    assert spec == {
        "entry": {"file": "run.py"},
        "py_files": ["utils.zip"],
        "conf": {
            "spark.driver.cores": 1,
            "spark.driver.memory": "2g",
            "spark.executor.cores": 2,
            "spark.executor.memory": "2g",
            "spark.executor.instances": 1,
        },
        "args": "--x ${{inputs.data}}",
        "name": "sp",
        "version": "1",
        "is_deterministic": True,
        "inputs": {"data": {"type": "uri_file", "mode": "direct"}},
        "outputs": {"out": {"type": "uri_folder", "mode": "direct"}},
        "type": "spark",
        "_source": "YAML.COMPONENT",
    }


def test_each_is_a_kind_of_its_own(description: Path) -> None:
    found = [type(one.entity).__name__ for one in load(description).entities if one.entity.family == "components"]
    assert found == ["ParallelComponent", "SparkComponent"]


def test_steps_run_them_and_nothing_is_done_twice(description: Path, sandbox: Sandbox) -> None:
    assert changes(sandbox.up(platform_of(description))) == []
    jobs = sandbox.azure.resources("Microsoft.MachineLearningServices/workspaces/jobs")
    (steps,) = [one["properties"]["jobs"] for one in jobs if one["properties"].get("jobs")]
    assert {name: step["type"] for name, step in steps.items()} == {
        "named": "parallel",
        "file": "parallel",
        "spark": "spark",
    }
    assert "/components/azureml_anonymous/" in steps["file"]["componentId"]


IN_PLACE = """\
name: lab
location: westeurope
environments: [{name: sk, version: 1, image: a/b}]
components: [para.yml, sp.yml]
jobs:
  - type: pipeline
    compute: serverless
    inputs: {d: {type: uri_folder, path: wasbs://a@b.blob.core.windows.net/c}}
    jobs:
      parts:
        type: parallel
        inputs: {data: '${{parent.inputs.d}}'}
        outputs: {out: {type: uri_file}}
        input_data: ${{inputs.data}}
        mini_batch_size: 10kb
        task:
          type: run_function
          code: src
          entry_script: run.py
          environment: azureml:sk:1
          append_row_to: ${{outputs.out}}
      spark:
        type: spark
        inputs: {data: {type: uri_folder, mode: direct, path: '${{parent.inputs.d}}'}}
        code: src
        entry: {file: run.py}
        args: --in ${{inputs.data}}
        resources: {instance_type: standard_e4s_v3, runtime_version: '3.4'}
        conf:
          spark.driver.cores: 1
          spark.driver.memory: 2g
          spark.executor.cores: 2
          spark.executor.memory: 2g
          spark.executor.instances: 1
"""


def steps_of(sandbox: Sandbox) -> dict[str, Any]:
    """Return the steps of the only job that has some."""
    jobs = sandbox.azure.resources("Microsoft.MachineLearningServices/workspaces/jobs")
    (steps,) = [one["properties"]["jobs"] for one in jobs if one["properties"].get("jobs")]
    return dict(steps)


def test_steps_written_in_place_run_components_that_are_made_of_them(folder: Path) -> None:
    (folder / "platform.yml").write_text(IN_PLACE)
    sandbox = up(folder)
    assert changes(sandbox.up(platform_of(folder))) == []
    steps = steps_of(sandbox)
    assert all("/components/azureml_anonymous/" in step["componentId"] for step in steps.values())
    assert steps["parts"]["mini_batch_size"] == 10240
    assert steps["parts"]["task"]["environment"].endswith("/environments/sk/versions/1")
    assert steps["spark"]["resources"] == {"instance_type": "standard_e4s_v3", "runtime_version": "3.4"}
    assert steps["spark"]["identity"] == {"identity_type": "UserIdentity"}


def test_a_step_says_what_is_otherwise_than_in_its_component(folder: Path) -> None:
    own = "para.yml, mini_batch_size: 3, resources: {instance_count: 4}, error_threshold: 7, "
    conf = "'azureml:sp:1', conf: {spark.executor.instances: 5}, "
    text = PLATFORM.replace("para.yml, inputs", f"{own}inputs").replace("'azureml:sp:1', inputs", f"{conf}inputs")
    (folder / "platform.yml").write_text(text)
    steps = steps_of(up(folder))
    assert steps["file"]["resources"] == {"instance_count": 4}
    assert (steps["file"]["mini_batch_size"], steps["file"]["error_threshold"]) == (3, 7)
    assert steps["file"]["retry_settings"] == {"timeout": 60, "max_retries": 2}
    assert steps["spark"]["conf"] == {"spark.executor.instances": 5}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("        entry: {file: run.py}\n", "", '"entry" is missing in "spark"'),
        ("--in ${{inputs.data}}", "--in ${{inputs.dat}}", 'there is no input "dat"'),
        ("append_row_to: ${{outputs.out}}", "append_row_to: ${{outputs.ou}}", 'there is no output "ou"'),
        ("input_data: ${{inputs.data}}", "input_data: ${{inputs.dat}}", 'there is no input "dat"'),
        ("          spark.driver.cores: 1\n", "", 'there is no "spark.driver.cores"'),
        ("mini_batch_size: 10kb", "mini_batch: 10kb", 'unknown field "mini_batch"'),
    ],
    ids=["no entry", "input", "output", "input data", "conf", "field"],
)
def test_mistakes_in_steps_written_in_place_are_found(folder: Path, old: str, new: str, said: str) -> None:
    (folder / "platform.yml").write_text(IN_PLACE.replace(old, new))
    with pytest.raises(DescriptionError, match=said):
        load(folder)


def test_what_a_spark_step_cannot_override_has_no_effect(folder: Path) -> None:
    (folder / "platform.yml").write_text(PLATFORM.replace("'azureml:sp:1', ", "'azureml:sp:1', args: --x, "))
    (warning,) = load(folder).warnings
    assert "`args` has no effect" in str(warning)


COPY = """\
name: lab
location: westeurope
components:
  - name: merge
    version: 1
    type: data_transfer
    task: copy_data
    data_copy_mode: fail_if_conflict
    inputs: {one: {type: uri_folder}, other: {type: uri_folder}}
    outputs: {all: {type: uri_folder}}
jobs:
  - type: pipeline
    compute: serverless
    inputs: {d: {type: uri_folder, path: wasbs://a@b.blob.core.windows.net/c}}
    jobs:
      merge:
        type: data_transfer
        task: copy_data
        component: azureml:merge:1
        inputs: {one: '${{parent.inputs.d}}', other: '${{parent.inputs.d}}'}
      single:
        type: data_transfer
        task: copy_data
        inputs: {one: '${{parent.inputs.d}}'}
        outputs: {all: {type: uri_folder}}
"""


def test_data_is_copied_by_a_component_and_by_a_step_in_place(tmp_path: Path) -> None:
    (tmp_path / "platform.yml").write_text(COPY)
    sandbox = up(tmp_path)
    assert changes(sandbox.up(platform_of(tmp_path))) == []
    spec = spec_of(sandbox, "merge")
    assert (spec["task"], spec["data_copy_mode"]) == ("copy_data", "fail_if_conflict")
    steps = steps_of(sandbox)
    assert {step["task"] for step in steps.values()} == {"copy_data"}
    assert steps["merge"]["componentId"].endswith("/components/merge/versions/1")
    assert "/components/azureml_anonymous/" in steps["single"]["componentId"]


def test_an_entry_that_is_not_in_the_code_is_refused(folder: Path) -> None:
    (folder / "sp.yml").write_text(SPARK.replace("file: run.py", "file: rum.py"))
    with pytest.raises(DescriptionError, match="there is no file "):
        load(folder)
