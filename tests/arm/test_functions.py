"""The functions that read what no program here makes exist in azure-native, with these arguments."""

import importlib
import inspect

from azureml_arm.functions import FUNCTIONS, Function
from kit.rows import each

SUBSCRIPTION = "5a4d0b0c-0000-4000-8000-000000000001"


@each("function", FUNCTIONS, ids=lambda one: one.token)
def test_it_is_azure_natives(function: Function) -> None:
    module, _, name = function.token.partition(":")
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    text = inspect.getsource(importlib.import_module(f"pulumi_azure_native.{module}.{snake}"))
    assert f"'azure-native:{function.token}'" in text
    assert all(f"__args__['{name}']" in text for name in ("resourceGroupName", *function.names))


@each("function", FUNCTIONS, ids=lambda one: one.token)
def test_its_arguments_are_the_ids_names(function: Function) -> None:
    arguments = {"resourceGroupName": "rg", **{name: f"n{at}" for at, name in enumerate(function.names)}}
    resource_id = function.id(SUBSCRIPTION, arguments)
    assert f"/providers/{function.type.split('/')[0]}/" in resource_id
    assert function.arguments(resource_id) == arguments
