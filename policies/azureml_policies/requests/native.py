"""azure-native's resources, in each of the spellings that their types have had.

``azure-native:MODULE:Name``; with an API version, ``azure-native:MODULE/v20250901:Name``; in a local SDK of one version
(``pulumi package add azure-native MODULE v20250901``), ``azure-native_MODULE_v20250901:MODULE:Name``
(https://www.pulumi.com/registry/packages/azure-native/version-guide/); in the provider's first year,
``azure-nextgen:MODULE/latest:Name``.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from azureml_arm.catalogue import ArmType
from azureml_arm.template.paths import clean, segments
from azureml_arm.types import TYPES
from azureml_policies.requests import native_types
from azureml_policies.requests.request import ArmRequest, PlannedView, Token, opaque
from azureml_policies.requests.tables import EXTRA
from azureml_policies.requests.unknown import UNKNOWN, has_unknown, is_unknown
from azureml_policies.requests.values import BREAKING, text

PACKAGES = re.compile(r"azure-native(_\w+)?|azure-nextgen")
_KNOWN = {entry.token.lower().removeprefix("azure-native:"): entry for entry in (*EXTRA, *TYPES)}
_SCOPES = frozenset({"scope", "resourceScope", "resourceUri", "resourceId", "scopeId", "connectedClusterResourceUri"})
"""Arguments that hold a whole id."""
_PARTS = frozenset({"parentResourcePath", "parentResourceType", "resourceType"})
"""Arguments that hold more than one segment of a path."""
_SCOPE = re.compile(rf"/(\{{({'|'.join(_SCOPES)})\}})")


def is_native(token: Token) -> bool:
    """Return whether a token is one of azure-native's."""
    return PACKAGES.fullmatch(token.package) is not None


def find_type(token: Token) -> ArmType | None:
    """Return the declaration of an azure-native type, whichever way its token is spelled."""
    name = f"{token.area}:{token.name}"
    if name in _KNOWN:
        return _KNOWN[name]
    found = native_types.find(name)
    return found and _KNOWN.get(_short(found), found)


def _short(entry: ArmType) -> str:
    """Return a type's token in lower case, without the package."""
    return entry.token.lower().removeprefix("azure-native:")


def requests(asked: PlannedView) -> Iterable[ArmRequest] | None:
    """Return the request that an azure-native resource makes; none for a type that isn't in the tables."""
    if not is_native(asked.token):
        return None
    found = find_type(asked.token)
    return () if found is None else (_request(asked, found),)


def _request(asked: PlannedView, found: ArmType) -> ArmRequest:
    names = {name: _name(name, asked.inputs.get(name)) for name in found.path_names}
    broken = next((name for name in names if name not in _SCOPES | _PARTS and BREAKING.search(names[name])), None)
    if broken:
        return opaque(f"a {broken} that holds more than a name, {names[broken]!r}", asked.scope)
    path = _SCOPE.sub(r"\1", found.path)
    resource = path.format(subscriptionId=asked.subscription, **names)
    type_name = found.type.format(**names)
    if has_unknown(type_name):
        return opaque("a resource whose type isn't known yet", asked.scope)
    return ArmRequest(type_name, resource, _body(found, asked.inputs))


def _name(argument: str, value: Any) -> str:
    if argument in _SCOPES:
        return clean(value)
    given = text(value)
    return given if is_unknown(given) else "/".join(segments(given)) or UNKNOWN


def _body(found: ArmType, inputs: Mapping[str, Any]) -> dict[str, Any]:
    body = found.body(inputs)
    return body if found.flat else {found.renamed.get(key, key): value for key, value in body.items()}
