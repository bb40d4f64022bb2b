"""azure-native's functions, answered from the model of ARM.

Most follow from their names: ``getX`` is a GET of resource type X, ``listXKeys`` is a POST of its action ``listKeys``,
``getXToken`` one of its action ``token``. Those that don't are in a table.
"""

import re
from collections.abc import Callable
from typing import Any

import grpc

from azureml_arm.catalogue import ArmType, strip_version
from azureml_arm.functions import BY_TOKEN
from azureml_arm.types import TYPES, by_token
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.identities import CALLER, CLIENT
from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.engine.providers import Providers
from azureml_sandbox.pulumi.engine.values import Properties, plain, without_none
from azureml_sandbox.services import answers

_ACTIONS = {
    "azure-native:operationalinsights:getSharedKeys": ("azure-native:operationalinsights:Workspace", "sharedKeys")
}
_TOKEN = re.compile(r"^(?P<module>azure-native:[\w.]+):(?P<verb>get|list)(?P<rest>[A-Z]\w*)$")


class InvokeError(grpc.RpcError):  # type: ignore[misc]
    """A function that failed: the SDK raises it in the program, which may catch it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self._message = message

    def code(self) -> grpc.StatusCode:
        """Return gRPC's status for any error of a provider."""
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        """Return the message."""
        return self._message


def invoke(providers: Providers, token: str, arguments: Properties, reference: str = "") -> Properties:
    """Answer one function call; InvokeError carries ARM's error or says what isn't modelled."""
    arguments = plain(arguments)
    try:
        return without_none(_answer(providers, strip_version(token), arguments, reference))  # type: ignore[no-any-return]
    except ArmError as error:
        raise InvokeError(
            f"invocation of {token} returned an error: Status={error.status} "
            f'Code="{error.code}" Message="{error.message}"'
        ) from error
    except EngineError as error:
        raise InvokeError(str(error)) from error


def _answer(providers: Providers, token: str, arguments: Properties, reference: str) -> Properties:
    if token in _FUNCTIONS:
        return _FUNCTIONS[token](providers, reference)
    if token in BY_TOKEN:
        found = BY_TOKEN[token].id(
            providers.setting("subscriptionId", reference) or providers.azure.subscription, arguments
        )
        providers.authorise("GET", found)
        return dict(providers.azure.get(found))
    arm, action = _target(token)
    provider = providers.arm(arm.token, reference)
    resource_id = provider.expected_id(arguments)
    if action:
        body = {key: value for key, value in arguments.items() if key not in arm.path_names}
        providers.authorise("POST", f"{resource_id}/{action}")
        return _object(providers.azure.action(resource_id, action, body or None, providers.caller))
    providers.authorise("GET", resource_id)
    resource = providers.azure.get(resource_id)
    return arm.outputs(answers.render(dict(resource), provider.api_version)) | {"id": resource["id"]}


def _object(answer: Any) -> Properties:
    return answer if isinstance(answer, dict) else {"value": answer}


def _target(token: str) -> tuple[ArmType, str]:
    """Return the resource type and action behind a function ("" for a GET)."""
    special = _ACTIONS.get(token)
    if special is not None:
        arm = by_token(special[0])
        if arm is not None:
            return arm, special[1]
    match = _TOKEN.match(token)
    found = match and _longest(match["module"], match["rest"])
    if not match or not found:
        raise EngineError(
            f"the sandbox has no answer to {token}; a function of a modelled type is answered by its name, others are "
            "added in azureml_sandbox/pulumi/engine/invokes.py"
        )
    rest = match["rest"].removeprefix(found.token.rsplit(":", 1)[1])
    if match["verb"] == "get":
        return found, rest[:1].lower() + rest[1:]
    return found, f"list{rest}"


def _longest(module: str, rest: str) -> ArmType | None:
    """Return the type of the module whose name is the longest beginning of what follows the verb."""
    names = [
        arm for arm in TYPES if arm.token.startswith(f"{module}:") and rest.startswith(arm.token.rsplit(":", 1)[1])
    ]
    return max(names, key=lambda arm: len(arm.token), default=None)


def _client_config(providers: Providers, reference: str) -> Properties:
    return {
        "clientId": providers.setting("clientId", reference) or providers.caller or CLIENT,
        "objectId": providers.caller or CALLER,
        "subscriptionId": providers.setting("subscriptionId", reference) or providers.azure.subscription,
        "tenantId": providers.setting("tenantId", reference) or providers.azure.tenant,
    }


_FUNCTIONS: dict[str, Callable[[Providers, str], Properties]] = {
    "azure-native:authorization:getClientConfig": _client_config,
    "azure-native:authorization:getClientToken": lambda _providers, _reference: {"token": "sandbox"},
}
