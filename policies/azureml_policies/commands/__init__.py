"""The commands of `azureml-policies`."""
