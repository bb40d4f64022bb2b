"""Programs of groups and identities for the sandbox's engine, and what their runs did."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi_azure_native.managedidentity import UserAssignedIdentity
from pulumi_azure_native.resources import ResourceGroup

from azureml_sandbox import Op, Operation, Result, RunFailedError, Sandbox

Options = pulumi.ResourceOptions
Program = Callable[[], object]
GROUPS, IDENTITIES = "Microsoft.Resources/resourceGroups", "Microsoft.ManagedIdentity/userAssignedIdentities"


def group(name: str = "rg", *, opts: Options | None = None, **more: Any) -> ResourceGroup:
    """Declare a resource group."""
    return ResourceGroup(name, **{"resource_group_name": name, "location": "westeurope"} | more, opts=opts)


def identity(name: str, rg: ResourceGroup, *, opts: Options | None = None, **more: Any) -> UserAssignedIdentity:
    """Declare an identity in a group."""
    given = {"resource_group_name": rg.name, "resource_name_": name, "location": "westeurope"} | more
    return UserAssignedIdentity(name, **given, opts=opts)


def changes(result: Result) -> dict[str, str]:
    """Return what happened to each resource, without those that nothing happened to."""
    return {item.name: str(item.op) for item in result.operations if item.op != Op.SAME}


def one(result: Result, name: str) -> Operation:
    """Return what happened to a resource."""
    return next(item for item in result.operations if item.name == name)


def names(sandbox: Sandbox, type_: str) -> list[str]:
    """Return the names of the cloud's resources of a type."""
    return sorted(item["name"] for item in sandbox.azure.resources(type_))


def in_state(sandbox: Sandbox) -> list[str]:
    """Return the names of the resources in the state."""
    return sorted(item.name for item in sandbox.state.resources() if not item.urn.endswith("::project-sandbox"))


def failure_of(run: Callable[[], Result]) -> RunFailedError:
    """Run what fails, and return the error."""
    with pytest.raises(RunFailedError) as failure:
        run()
    return failure.value


def group_id(sandbox: Sandbox) -> str:
    """Return the id of the group `rg`."""
    return f"/subscriptions/{sandbox.azure.subscription}/resourceGroups/rg"
