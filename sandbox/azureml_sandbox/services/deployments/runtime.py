"""The template functions that ask the cloud, or that depend on the moment.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource and -deployment
"""

import time
import uuid
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any

from azureml_arm import ids
from azureml_arm.template import hashing
from azureml_arm.template.evaluate import Arguments, Special, TemplateError, TemplateScope
from azureml_arm.template.functions import string
from azureml_arm.types import by_type
from azureml_arm.unknown import UNKNOWN, has_unknown
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.deployments.order import Order

_HELP = "Please see https://aka.ms/arm-functions for usage details."
_SUFFIXES = {
    "acrLoginServer": ".azurecr.io",
    "keyvaultDns": ".vault.azure.net",
    "sqlServerHostname": ".database.windows.net",
    "storage": "core.windows.net",
}
ENVIRONMENT = {
    "name": "AzureCloud",
    "portal": "https://portal.azure.com",
    "resourceManager": "https://management.azure.com/",
    "graph": "https://graph.windows.net/",
    "authentication": {
        "loginEndpoint": "https://login.microsoftonline.com/",
        "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
        "tenant": "common",
        "identityProvider": "AAD",
    },
    "suffixes": _SUFFIXES,
}
"""Azure's public cloud, whose host names the model's resources have."""
_TIMES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
"""The parts of .NET's date formats that `utcNow` takes here."""


class Stage(Enum):
    """What is known of resources."""

    NAMES = "names"
    """Nothing: names, conditions and counts must not depend on them."""
    BODIES = "bodies"
    """Nothing yet, but what is asked for is noted."""
    RUNNING = "running"
    """What is there."""


class DeploymentRuntime:
    """The functions of one deployment. `stage` says how far it is."""

    def __init__(self, azure: Cloud, order: Order) -> None:
        self._azure = azure
        self._order = order
        self.stage = Stage.NAMES
        self.named: dict[str, list[str]] = {}
        """Names that the template gives to its resources, in lower case -> their ids."""
        self.needed: set[str] = set()
        """The resources that were asked for in the stage BODIES, by id in lower case."""
        self._table: dict[str, Callable[[TemplateScope, list[Any]], Any]] = {
            "reference": self._reference,
            "references": self._references,
            "deployment": self._deployment,
            "deployer": lambda _scope, _given: {"objectId": order.caller, "tenantId": azure.tenant},
            "environment": lambda _scope, _given: ENVIRONMENT,
            "tenant": lambda _scope, _given: {"tenantId": azure.tenant, "displayName": "Sandbox"},
            "subscription": self._subscription,
            "resourcegroup": self._group,
            "managementgroup": self._management_group,
            "uniquestring": lambda _scope, given: hashing.unique_string(*map(string, given)),
            "guid": lambda _scope, given: hashing.guid(*map(string, given)),
            "newguid": self._new_guid,
            "utcnow": self._utc_now,
            "pickzones": lambda _scope, _given: [],
        }

    def find(self, name: str) -> Special | None:
        """Return a function by its name in lower case."""
        function = self._table.get(name)
        if function is None and name.startswith("list"):
            function = partial(self._list, name)
        return None if function is None else partial(_call, function)

    def _target(self, scope: TemplateScope, given: list[Any]) -> str:
        name = given[0] if given and isinstance(given[0], str) else ""
        if self.stage is Stage.NAMES:
            raise TemplateError(f"The template function 'reference' is not expected at this location. {_HELP}")
        if ids.is_id(name):
            return name
        found = self.named.get(name.lower(), [])
        if len(found) != 1:
            index = scope.loops.get(name.lower(), scope.loops.get("", -1)) if found else -1
            if not isinstance(index, int) or not 0 <= index < len(found):
                raise TemplateError(f"The resource '{name}' is not defined in the template. {_HELP}")
            return found[index]
        return found[0]

    def _reference(self, scope: TemplateScope, given: list[Any]) -> Any:
        target = self._target(scope, given)
        if self.stage is Stage.BODIES:
            self.needed.add(target.lower())
            return UNKNOWN
        resource = self._read(target)
        if string(given[-1]).lower() != "full" or len(given) == 1:
            return resource.get("properties", {})
        return self._full(resource, given)

    def _references(self, _scope: TemplateScope, given: list[Any]) -> Any:
        """Return the resources of a loop, by its symbolic name."""
        found = self.named.get(string(given[0]).lower(), []) if given else []
        if self.stage is Stage.BODIES:
            self.needed.update(one.lower() for one in found)
            return UNKNOWN
        full = string(given[-1]).lower() == "full"
        read = [self._read(one) for one in found]
        return [self._full(one, given) if full else one.get("properties", {}) for one in read]

    def _read(self, target: str) -> dict[str, Any]:
        kind = self._azure.kind(ids.parse(target)).type
        self._azure.authorise(self._order.caller, f"{kind}/read", target)
        return self._azure.get(target)

    def _full(self, resource: dict[str, Any], given: list[Any]) -> dict[str, Any]:
        target = ids.parse(resource["id"])
        declared = by_type(target.type)
        return {
            "apiVersion": given[1] if len(given) > 2 else declared.api_version if declared else "",  # noqa: PLR2004
            **{key: value for key, value in resource.items() if key not in ("id", "name", "type")},
            "resourceId": target.text,
            "subscriptionId": target.subscription,
            "resourceGroupName": target.resource_group or "",
        }

    def _list(self, name: str, scope: TemplateScope, given: list[Any]) -> Any:
        target = self._target(scope, given)
        if self.stage is Stage.BODIES:
            self.needed.add(target.lower())
            return UNKNOWN
        kind = self._azure.kind(ids.parse(target)).type
        self._azure.authorise(self._order.caller, f"{kind}/{name}/action", target)
        return self._azure.action(target, name, given[2] if len(given) > 2 else None)  # noqa: PLR2004

    def _deployment(self, _scope: TemplateScope, _given: list[Any]) -> Any:
        order = self._order
        properties = {"template": order.written, "parameters": order.given, "mode": order.mode}
        properties |= {"templateHash": hashing.template_hash(order.written), "provisioningState": "Running"}
        return {"name": order.id.name, "properties": properties}

    def _subscription(self, scope: TemplateScope, _given: list[Any]) -> Any:
        found = self._azure.get(f"/subscriptions/{scope.place.subscription}")
        return {key: found[key] for key in ("id", "subscriptionId", "tenantId", "displayName")}

    def _group(self, scope: TemplateScope, _given: list[Any]) -> Any:
        if not scope.place.group:
            text = "The template function 'resourceGroup' is not expected in a deployment to a subscription."
            raise TemplateError(f"{text} {_HELP}")
        return self._azure.get(ids.resource_group_id(scope.place.subscription, scope.place.group))

    def _management_group(self, _scope: TemplateScope, _given: list[Any]) -> Any:
        raise TemplateError(f"The template function 'managementGroup' is not expected at this scope. {_HELP}")

    def _new_guid(self, scope: TemplateScope, _given: list[Any]) -> str:
        _check_default(scope, "newGuid")
        return str(uuid.uuid4())

    def _utc_now(self, scope: TemplateScope, given: list[Any]) -> str:
        _check_default(scope, "utcNow")
        pattern = string(given[0]) if given else "yyyyMMddTHHmmssZ"
        if pattern in ("d", "D", "f", "F", "g", "G", "o", "O", "r", "R", "s", "t", "T", "u", "U", "y", "Y"):
            raise TemplateError(f"The sandbox's utcNow takes no standard format such as '{pattern}': write its parts.")
        for written, ours in _TIMES.items():
            pattern = pattern.replace(written, ours)
        return time.strftime(pattern, time.gmtime(self._azure.clock()))


def _call(function: Callable[[TemplateScope, list[Any]], Any], scope: TemplateScope, arguments: Arguments) -> Any:
    given = [scope.evaluate_node(argument) for argument in arguments]
    return UNKNOWN if has_unknown(given) else function(scope, given)


def _check_default(scope: TemplateScope, name: str) -> None:
    if not any(one.startswith("parameter ") for one in scope.running):
        text = f"The template function '{name}' is not expected at this location: only in a parameter's defaultValue."
        raise TemplateError(f"{text} {_HELP}")
