"""The past by Azure itself: what is there now, asked of Azure Resource Manager."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from azureml_arm import ids
from azureml_arm.compare import differences
from azureml_arm.names import ANONYMOUS_COMPONENT
from azureml_arm.types import by_type
from azureml_policies.azure import AzureUnavailableError
from azureml_policies.baseline.model import BaselineUnavailableError, Op, PlannedChange
from azureml_policies.baseline.past import change_of
from azureml_policies.requests import own
from azureml_policies.requests.azapi import is_azapi, merges
from azureml_policies.requests.native import is_native
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.request import Token
from azureml_policies.requests.unknown import UnknownError, has_unknown
from azureml_policies.requests.write import Write

_ML = "microsoft.machinelearningservices/workspaces"
LISTED = frozenset(f"{_ML}/{kind}" for kind in ("computes", "datastores", "onlineendpoints", "batchendpoints")) | {
    f"{_ML}/onlineendpoints/deployments",
    f"{_ML}/batchendpoints/deployments",
}
"""Types of which a parent has few, and whose lists say as much as each of them does (a test holds recordings against
this): they are asked for together."""
_NAMELESS = f"/components/{ANONYMOUS_COMPONENT}/versions/"
_PROVIDERS_API = "2021-04-01"
_SCOPE_APIS = {ids.RESOURCE_GROUP.lower(): "2024-03-01", ids.SUBSCRIPTION.lower(): "2022-12-01"}


class Reader(Protocol):
    """Reads of Azure Resource Manager (`azure.ArmReader`); AzureUnavailableError where there is no answer."""

    def get(self, path: str, api_version: str) -> dict[str, Any] | None:
        """Return what is at a path, or None where nothing is."""
        ...

    def list(self, path: str, api_version: str) -> Iterable[dict[str, Any]]:
        """Return the items of a collection."""
        ...


class Live:
    """What is there in Azure. Each resource is asked for at most once, those of one workspace together."""

    source = "Azure"
    sees_removals = False

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._found: dict[str, dict[str, Any] | None] = {}
        self._lists: dict[str, Mapping[str, dict[str, Any]]] = {}
        self._versions: dict[str, Mapping[str, str]] = {}

    def change(self, write: Write) -> PlannedChange:
        """Return what a write would do to what is there. Nobody can tell for an opaque one, an action, or a body
        without ARM's words: it counts as new, but for the publishing of what a registry has already.
        """
        copy = own.copy_of(write)
        if write.opaque or write.raw or (write.action and copy is None):
            return PlannedChange(Op.CREATE)
        asked = copy or write
        resource_id = _readable(asked)
        try:
            return self._change(asked, resource_id)
        except AzureUnavailableError as error:
            remedy = "or name an exported state as `baseline` in the pack's config"
            raise BaselineUnavailableError(f"what is there isn't known: {error}; {remedy}") from error

    def removals(self, _planned: Collection[Planned]) -> list[Write]:
        """Return nothing: Azure doesn't say what belongs to a stack."""
        return []

    def _change(self, write: Write, resource_id: str) -> PlannedChange:
        if _NAMELESS in ids.canonical(resource_id):
            return self._change_of_nameless(write, resource_id)
        if write.type.lower() in LISTED:
            listed = self._siblings(resource_id, write.type).get(ids.canonical(resource_id))
            if listed is None:
                return PlannedChange(Op.CREATE)
            if _is_whole(write) and not differences(write.body, listed, complete=False, type_name=write.type):
                return PlannedChange(Op.SAME)
        there = self._get(resource_id, write.type)
        if there is None:
            return PlannedChange(Op.CREATE)
        if own.is_copy(write):
            return PlannedChange(Op.SAME)  # publishing leaves a version alone that a registry has
        token = Token.parse(write.planned.type)
        differing = differences(write.body, there, complete=False, type_name=write.type)
        found = change_of([one for one in differing if one.new is not None or not merges(token)])
        return found if _is_whole(write) else replace(found, op=Op.UPDATE)

    def _change_of_nameless(self, write: Write, resource_id: str) -> PlannedChange:
        """Return whether a component of this content is there: Azure chooses its version, one for each content."""
        there = self._siblings(resource_id, write.type).values()
        known = any(not differences(write.body, one, complete=False, type_name=write.type) for one in there)
        return PlannedChange(Op.SAME if known else Op.CREATE)

    def _siblings(self, resource_id: str, type_name: str) -> Mapping[str, dict[str, Any]]:
        collection = resource_id.rpartition("/")[0]
        key = ids.canonical(collection)
        if key not in self._lists:
            items = self._reader.list(collection, self._version(resource_id, type_name))
            self._lists[key] = {ids.canonical(str(item.get("id"))): item for item in items}
        return self._lists[key]

    def _get(self, resource_id: str, type_name: str) -> dict[str, Any] | None:
        key = ids.canonical(resource_id)
        if key not in self._found:
            self._found[key] = self._reader.get(resource_id, self._version(resource_id, type_name))
        return self._found[key]

    def _version(self, resource_id: str, type_name: str) -> str:
        """Return the API version to read a type with: the catalogue's, else the newest that Azure says it has."""
        known = by_type(type_name)
        if known is not None:
            return known.api_version
        name = type_name.lower()
        return _SCOPE_APIS.get(name) or self._asked_version(resource_id, name)

    def _asked_version(self, resource_id: str, type_name: str) -> str:
        subscription = ids.parse(resource_id).subscription
        namespace, _, kind = type_name.partition("/")
        path = f"{f'/subscriptions/{subscription}' if subscription else ''}/providers/{namespace}"
        if path not in self._versions:
            self._versions[path] = _newest(self._reader.get(path, _PROVIDERS_API) or {})
        try:
            return self._versions[path][kind]
        except KeyError:
            raise AzureUnavailableError(f"Azure has no resource type {type_name}: check its spelling") from None


def _is_whole(write: Write) -> bool:
    """Return whether a body has all that a resource says, as azure-native's and azapi's have; of a bridged provider's
    only what rules look at is mapped, so that nothing shows that the rest is as it was.
    """
    token = Token.parse(write.planned.type)
    return is_native(token) or is_azapi(token)


def _readable(write: Write) -> str:
    """Return the id to ask for; an id that would lead elsewhere is none."""
    if not write.id or has_unknown(write.id):
        raise UnknownError(f"the id of {write.planned.name}")
    try:
        found = ids.parse(write.id)
    except ValueError as error:
        raise BaselineUnavailableError(f"{write.planned.name}: {error}") from None
    segments = ids.canonical(found.text).split("/")
    if not {".", ".."}.isdisjoint(segments) or any(sign in ids.canonical(found.text) for sign in "?#\\"):
        raise BaselineUnavailableError(f"{write.planned.name}: {write.id!r} is not an ARM id: no name has these signs")
    return found.text


def _newest(provider: Mapping[str, Any]) -> dict[str, str]:
    """Return the newest API version of each type of a resource provider, in lower case; a preview only without another.

    https://learn.microsoft.com/rest/api/resources/providers/get
    """
    found = {}
    for entry in provider.get("resourceTypes") or ():
        versions = sorted(entry.get("apiVersions") or ())
        stable = [version for version in versions if not version.lower().endswith("preview")]
        if versions:
            found[str(entry.get("resourceType")).lower()] = (stable or versions)[-1]
    return found
