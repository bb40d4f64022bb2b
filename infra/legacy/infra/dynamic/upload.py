"""The place of `UploadProvider` in 0.1.0, by which the states of its stacks name it."""

from azureml_infra.dynamic.upload import UploadProvider

__all__ = ["UploadProvider"]
