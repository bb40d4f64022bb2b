"""The commands of `azureml-sandbox`."""
