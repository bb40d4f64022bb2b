"""The place of `RoutingProvider` in 0.1.0, by which the states of its stacks name it."""

from azureml_infra.dynamic.routing import RoutingProvider

__all__ = ["RoutingProvider"]
