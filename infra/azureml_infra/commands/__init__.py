"""The commands of `azureml-infra`."""
