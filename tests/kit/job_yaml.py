"""Jobs and components as az ml documents them."""

COMMAND = """
$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json
code: src
command: >-
  python main.py
  --diabetes-csv ${{inputs.diabetes}}
inputs:
  diabetes:
    path: azureml:diabetes-data:1
    mode: ro_mount
environment: azureml:basic-env-scikit@latest
compute: azureml:aml-instance
experiment_name: diabetes-data-example
description: Train a classification model on diabetes data using a registered dataset as input.
"""
PIPELINE = """
$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline
display_name: diabetes-pipeline-example
experiment_name: diabetes-pipeline-example
inputs:
  raw: {type: uri_folder, path: ./data}
  rate: 0.1
outputs:
  model: {type: mlflow_model, mode: rw_mount}
settings:
  default_datastore: azureml:workspaceblobstore
  continue_on_step_failure: false
jobs:
  transform-job:
    type: command
    code: src
    command: python transform.py --in ${{inputs.raw}} --out ${{outputs.transformed_data}}
    environment: azureml:AzureML-sklearn-0.24-ubuntu18.04-py37-cpu@latest
    compute: azureml:cpu-cluster
    inputs:
      raw: ${{parent.inputs.raw}}
    outputs:
      transformed_data: {mode: rw_mount}
  train-job:
    type: command
    code: src
    command: python train.py ${{inputs.data}} ${{inputs.rate}} ${{inputs.rounds}} ${{outputs.model}}
    environment: azureml:AzureML-sklearn-0.24-ubuntu18.04-py37-cpu@latest
    compute: azureml:cpu-cluster
    environment_variables: {LEVEL: 1}
    display_name: Train
    description: trains
    tags: {step: two}
    resources: {instance_count: 2}
    distribution: {type: mpi, process_count_per_instance: 2}
    limits: {timeout: 60}
    identity: {type: user_identity}
    services: {my_ssh: {type: ssh}}
    inputs:
      data:
        type: uri_folder
        mode: download
        path: ${{parent.jobs.transform-job.outputs.transformed_data}}
      rate: ${{parent.inputs.rate}}
      rounds: 4
      table: {type: uri_file, path: data/a.csv}
    outputs:
      model: ${{parent.outputs.model}}
"""
COMPONENT = """
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
name: train
display_name: Train
version: 9
type: command
inputs:
  data: {type: uri_folder}
  rate: {type: number, default: 0.01, min: 0, max: 1, optional: true}
outputs:
  model: {type: mlflow_model}
code: src
environment: azureml:basic-env:1
resources: {instance_count: 2}
command: python train.py ${{inputs.data}} $[[--rate ${{inputs.rate}}]] ${{outputs.model}}
"""
