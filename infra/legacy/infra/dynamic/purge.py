"""The place of `PurgeProvider` in 0.1.0, by which the states of its stacks name it."""

from azureml_infra.dynamic.purge import PurgeProvider

__all__ = ["PurgeProvider"]
