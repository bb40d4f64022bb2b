"""The catalogue's machinery: a Pulumi token <-> an ARM type, its path and its body.

azure-native's arguments are ARM's body with four changes, which its SDK doesn't declare: the names in the path become
arguments, most types have `properties` flattened into the top level, a few properties are renamed, and user-assigned
identities are a list of ids where ARM has a mapping from ids to nothing. `ArmType` says which, so that infra
(body -> arguments), the sandbox and the policies (arguments -> body) read one declaration.
"""

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from azureml_arm.tables import read_table

ENVELOPE = frozenset({"location", "tags", "sku", "kind", "identity", "plan", "zones", "extendedLocation", "managedBy"})
"""What stands beside `properties` in a request body."""

RESPONSE_ENVELOPE = ENVELOPE | {"id", "name", "type", "systemData", "etag"}
"""What stands beside `properties` in a response."""


API_VERSION = "azureApiVersion"
"""The input that azure-native 3 fills in for every resource, so that a new default version of the API shows as a change
(pulumi-azure-native, provider/pkg/provider/provider.go, `applyDefaults`; it is no part of the request's body)."""


@dataclass(frozen=True)
class ArmType:
    """One resource type.

    `path` is the resource's id with azure-native's argument names in braces; `flat` says that azure-native lifts
    `properties` into the top level; `inside` names envelope words that this type has under `properties` instead;
    `renamed` maps azure-native's argument to ARM's property; `beside` names arguments that stand beside `properties`
    though no envelope word; `lifted` are nested objects whose `properties` are lifted as a flat type's are. Nested
    names are paths of arguments (``subnets.delegations``), lists being no step of their own. `typed` are nested objects
    whose `typeProperties` are lifted, with what stands beside these in ARM. `replaces` are arguments
    for whose change azure-native makes a new resource, as it does for the names in the path: those of its own table
    (pulumi-azure-native, provider/pkg/gen/replacement.go, `forceNewMap`), and those of the resource itself that
    Microsoft's specification lets only creation set (provider/pkg/gen/properties.go, `forceNew`); `query` are arguments
    that are sent in the query or not at all. `always`: it is there as long as its parent is, and azure-native writes
    over what it finds.
    """

    token: str
    type: str
    api_version: str
    path: str
    flat: bool = False
    inside: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()
    query: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    lifted: frozenset[str] = frozenset()
    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    always: bool = False

    @cached_property
    def path_names(self) -> tuple[str, ...]:
        """Return the arguments that the path is made of, without the subscription."""
        return tuple(name for name in re.findall(r"\{(\w+)\}", self.path) if name != "subscriptionId")

    @property
    def name_argument(self) -> str:
        """Return the argument that holds the resource's own name."""
        return self.path_names[-1]

    def id(self, inputs: Mapping[str, Any], subscription: str) -> str:
        """Return the resource's id; KeyError names a missing argument."""
        values = {name: str(inputs[name]).strip("/") for name in self.path_names}
        return self.path.format(subscriptionId=subscription, **values)

    def names(self, resource_id: str) -> dict[str, str]:
        """Return the path's arguments as a resource's id has them: the reverse of `id`; empty for another type's id."""
        pattern = re.sub(r"\{(\w+)\}", lambda name: f"(?P<{name[1]}>{_SEGMENTS.get(name[1], '[^/]+')})", self.path)
        match = re.fullmatch(pattern, resource_id, re.IGNORECASE)
        return {name: match[name] for name in self.path_names} if match else {}

    def body(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the request body that azure-native's arguments stand for."""
        aside = {*self.path_names, *self.query, API_VERSION}
        given = {key: value for key, value in inputs.items() if key not in aside and not key.startswith("__")}
        given = _with_identities(given, lambda given: {one: {} for one in given})
        if self._has_nested:
            given = {key: self._nested_body(value, key) for key, value in given.items()}
        if not self.flat:
            return given
        top = {key: value for key, value in given.items() if self._on_top(key)}
        properties = {self.renamed.get(key, key): value for key, value in given.items() if key not in top}
        return {**top, "properties": properties} if properties else top

    def arguments(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return azure-native's arguments for a request body: the reverse of `body`, without the path's names."""
        return _with_identities(self._lift(body, ENVELOPE), list)

    def outputs(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """Return azure-native's outputs for a resource as ARM returns it."""
        return {**self._lift(resource, RESPONSE_ENVELOPE), API_VERSION: self.api_version}

    def _on_top(self, key: str) -> bool:
        return key in self.beside or (key in ENVELOPE and key not in self.inside)

    def _lift(self, resource: Mapping[str, Any], envelope: frozenset[str]) -> dict[str, Any]:
        lifted = self._lift_properties(resource, envelope) if self.flat else dict(resource)
        if self._has_nested:
            return {key: self._nested_arguments(value, key) for key, value in lifted.items()}
        return lifted

    def _lift_properties(self, resource: Mapping[str, Any], envelope: frozenset[str]) -> dict[str, Any]:
        back = {arm: argument for argument, arm in self.renamed.items() if "." not in argument}
        lifted = {key: value for key, value in resource.items() if key in envelope | self.beside}
        properties = resource.get("properties") or {}
        return lifted | {back.get(key, key): value for key, value in properties.items()}

    @cached_property
    def _has_nested(self) -> bool:
        return bool(self.lifted or self.typed) or any("." in argument for argument in self.renamed)

    def _nested_body(self, value: Any, at: str) -> Any:
        if isinstance(value, str):
            return value
        if isinstance(value, list | tuple):
            return [self._nested_body(item, at) for item in value]
        if not isinstance(value, Mapping):
            return value
        named = {
            self.renamed.get(f"{at}.{key}", key): self._nested_body(item, f"{at}.{key}") for key, item in value.items()
        }
        if at not in self.lifted and at not in self.typed:
            return named
        beside: Container[str] = self.typed.get(at, RESPONSE_ENVELOPE)
        inner = _TYPED if at in self.typed else "properties"
        top = {key: item for key, item in named.items() if key in beside}
        properties = {key: item for key, item in named.items() if key not in top}
        return {**top, inner: properties} if properties else top

    def _nested_arguments(self, value: Any, at: str) -> Any:
        if isinstance(value, list | tuple):
            return [self._nested_arguments(item, at) for item in value]
        if not isinstance(value, Mapping):
            return value
        inner = _TYPED if at in self.typed else "properties" if at in self.lifted else ""
        if inner:
            value = {**value, **(value.get(inner) or {})}
            value.pop(inner, None)
        named = {self._back.get(f"{at}.{key}", key): item for key, item in value.items()}
        return {key: self._nested_arguments(item, f"{at}.{key}") for key, item in named.items()}

    @cached_property
    def _back(self) -> dict[str, str]:
        """Map ARM's nested names to azure-native's; the steps above a name are arguments."""
        nested = ((argument.rpartition("."), arm) for argument, arm in self.renamed.items() if "." in argument)
        return {f"{above}.{arm}": name for (above, _, name), arm in nested}


def _with_identities(body: dict[str, Any], convert: Callable[[Any], Any]) -> dict[str, Any]:
    identity = body.get("identity")
    if not isinstance(identity, Mapping) or not isinstance(identity.get(_IDENTITIES), Mapping | list | tuple):
        return body
    return {**body, "identity": {**identity, _IDENTITIES: convert(identity[_IDENTITIES])}}


_IDENTITIES = "userAssignedIdentities"
_TYPED = "typeProperties"
_SEGMENTS = {"scope": ".+"}
"""Path arguments that stand for more than one segment, as regular expressions."""
_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_VERSION = re.compile(r"^(azure-native:[\w.]+)/v\d{8}\w*:")


def strip_version(token: str) -> str:
    """Return the token of the SDK's default module: ``azure-native:web/v20240401:Site`` ->
    ``azure-native:web:Site``."""
    return _VERSION.sub(r"\1:", token)


def read_types(
    table: Path,
    renamed: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    lifted: Mapping[str, Iterable[str]] = MappingProxyType({}),
    typed: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType({}),
) -> tuple[ArmType, ...]:
    """Return the types of a table, one a row; what is `renamed`, `lifted` and `typed` in some is given by their tokens.

    A path that begins with a namespace is in a resource group. Lists in a cell stand between blanks.
    """
    return tuple(
        read_type(row, renamed.get(token, {}), lifted.get(token, ()), typed.get(token, {}))
        for row in read_table(table)
        for token in [row["token"]]
    )


def read_type(
    row: Mapping[str, str],
    renamed: Mapping[str, str] = MappingProxyType({}),
    lifted: Iterable[str] = (),
    typed: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> ArmType:
    """Return the type of one row; a table may leave out any column but the token and the path."""
    path = row["path"] if row["path"].startswith("/") else f"{_GROUP}/providers/{row['path']}"
    return ArmType(
        f"azure-native:{row['token']}",
        _type_name(path),
        row.get("api_version", ""),
        path,
        flat=bool(row.get("flat")),
        inside=frozenset(row.get("inside", "").split()),
        renamed=renamed,
        replaces=tuple(row.get("replaces", "").split()),
        query=frozenset(row.get("query", "").split()),
        beside=frozenset(row.get("beside", "").split()),
        lifted=frozenset(lifted),
        typed=typed,
        always=bool(row.get("always")),
    )


def _type_name(path: str) -> str:
    """Return the type that a path is of: its last provider's words, without the names between them."""
    if path == _GROUP:
        return "Microsoft.Resources/resourceGroups"
    namespace, *words = path.rpartition("/providers/")[2].split("/")
    return "/".join([namespace, *words[::2]])
