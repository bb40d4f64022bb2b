"""Who makes a resource: azure-native's resources on the model of ARM, and whom to ask for which type."""

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from azureml_arm.catalogue import API_VERSION, ArmType
from azureml_arm.ids import parse, resource_group_id
from azureml_arm.regions import canonical_region
from azureml_arm.types import by_token
from azureml_sandbox.azure import Azure
from azureml_sandbox.http.actions import required_action
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.pulumi.engine import diff, paths, responses
from azureml_sandbox.pulumi.engine.drift import import_inputs
from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.engine.state import Resource
from azureml_sandbox.pulumi.engine.urns import Urn
from azureml_sandbox.pulumi.engine.values import UNKNOWN, Properties, has_unknown, inner, plain, without_none
from azureml_sandbox.server import rights
from azureml_sandbox.services import answers

CREATE_BEFORE_DELETE = "__createBeforeDelete"
"""azure-native's mark on inputs whose name it made up: the replacement gets another one, so both can exist."""

STABLE = ("name", "location")
"""The outputs of an existing resource that azure-native knows when it previews an update."""
_NOT_FOUND = 404


class Provider(Protocol):
    """The operations of one resource type. Properties are in Pulumi's form; errors are exceptions."""

    def check(self, urn: str, old: Properties | None, new: Properties, taken: str = "") -> Properties:
        """Return the inputs as they will be used: names and defaults filled in, and not the name `taken`."""

    def diff(self, old: Resource, new: Properties) -> diff.Comparison:
        """Return what would change, and whether in place."""

    def expected_id(self, inputs: Properties) -> str:
        """Return the id that `create` will give, or "" where only creating can say."""

    def inputs_of(self, resource_id: str, outputs: Properties) -> Properties:
        """Return the inputs of what no program made, which an import compares with the program's."""

    def exists(self, resource_id: str) -> bool:
        """Return whether something is there under an id that `expected_id` gave."""

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Make it: its id and outputs."""

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        """Return its outputs as they are now, or None where it doesn't exist."""

    def update(self, old: Resource, new: Properties) -> Properties:
        """Change it in place: its outputs."""

    def delete(self, old: Resource) -> None:
        """Delete it; not an error where it is gone."""

    def preview(self, old: Properties | None, new: Properties) -> Properties:
        """Return the outputs as far as they are known before creating (`old` is None) or updating."""


@dataclass(frozen=True)
class ArmProvider:
    """azure-native's behaviour for one resource type, on the model of ARM."""

    arm: ArmType
    azure: Azure
    subscription: str
    location: str
    api_version: str
    caller: str | None
    authorise: Callable[[str, str], None]
    """Raises ArmError where ARM would refuse a request (a method and a path) of the caller."""

    def check(self, urn: str, old: Properties | None, new: Properties, taken: str = "") -> Properties:
        """Fill in the name and the location as azure-native does."""
        checked = dict(new)
        self._fill_name(checked, urn, old, taken)
        if self._is_top_level and "location" not in checked:
            location = (old or {}).get("location") or self.location or self._group_location(checked)
            checked |= {"location": location} if location else {}
        checked.setdefault(API_VERSION, self.api_version)
        return checked

    def diff(self, old: Resource, new: Properties) -> diff.Comparison:
        """Compare the inputs: a change of the path's names, or of what the catalogue says, makes a new resource.

        The inputs of an import have no version of the API: its outputs' is taken (provider.go, `Diff`).
        """
        before = {API_VERSION: old.outputs[API_VERSION]} if API_VERSION in old.outputs else {}
        changes = tuple(
            change
            for change in diff.compare(_public(before | old.inputs), _public(new))
            if not _same_to_azure(change, old.inputs, new)
        )
        changes = diff.mark_replacing(changes, (*self.arm.path_names, *self.arm.replaces))
        changes = tuple(_in_place(change, old.outputs) for change in changes)
        replaces = any(change.replaces for change in changes)
        return diff.Comparison(changes, replaces, delete_before_replace=not new.get(CREATE_BEFORE_DELETE))

    def inputs_of(self, resource_id: str, outputs: Properties) -> Properties:
        """Return what of it a program can say (provider.go, `Read`)."""
        return import_inputs(self.arm, resource_id, outputs)

    def expected_id(self, inputs: Properties) -> str:
        """Return the id, which follows from the names."""
        names = {name: inner(inputs.get(name)) for name in self.arm.path_names}
        missing = [name for name, value in names.items() if value is None]
        if missing:
            raise EngineError(f"missing required property {missing[0]!r}")
        return "" if has_unknown(names) else self.arm.id(names, self.subscription)

    def exists(self, resource_id: str) -> bool:
        """Return whether ARM has it, and somebody has made it."""
        return not self.arm.always and self.azure.exists(resource_id)

    def has_failed(self, resource_id: str) -> bool:
        """Return whether a resource is there whose creation failed."""
        found = self.azure.find(resource_id)
        return found is not None and self.azure.kind(parse(resource_id)).failure(found) is not None

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Create the resource by a PUT; the id is Azure's own spelling of it."""
        resource = self._put(self.expected_id(inputs), inputs)
        return str(resource["id"]), self._outputs(resource)

    def read(self, resource_id: str, known: Properties) -> Properties | None:  # noqa: ARG002 - others need it
        """Return the resource as a GET has it, or None."""
        self.authorise("GET", resource_id)
        try:
            return self._outputs(self.azure.get(resource_id))
        except ArmError as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    def update(self, old: Resource, new: Properties) -> Properties:
        """Update the resource by a PUT of the whole body."""
        return self._outputs(self._put(old.id, new))

    def delete(self, old: Resource) -> None:
        """Delete the resource, without any other query than the version; what is gone is deleted."""
        self.authorise("DELETE", old.id)
        try:
            self.azure.delete(old.id)
        except ArmError as error:
            if error.status != _NOT_FOUND:
                raise

    def preview(self, old: Properties | None, new: Properties) -> Properties:
        """Return the inputs, and an existing resource's name and location: no more is known (provider.go, `Update`)."""
        kept = {name: old[name] for name in STABLE if name in old} if old is not None else {}
        return responses.preview(self.arm.token, _public(new)) | kept | {API_VERSION: self.api_version}

    def _put(self, resource_id: str, inputs: Properties) -> dict[str, Any]:
        body = self.arm.body(plain(inputs))
        self.authorise("PUT", resource_id)
        return dict(self.azure.put(resource_id, body, api_version=self.api_version, caller=self.caller))

    def _outputs(self, resource: dict[str, Any]) -> Properties:
        live = answers.render(resource, self.api_version)
        outputs: Properties = without_none(self.arm.outputs(live))
        outputs.pop("id", None)
        return outputs | {API_VERSION: self.api_version}

    @property
    def _is_top_level(self) -> bool:
        """Return whether it is a resource group or directly in one: those have a location."""
        return "{resourceGroupName}" in self.arm.path and len(self.arm.path_names) <= 2  # noqa: PLR2004

    def _fill_name(self, checked: Properties, urn: str, old: Properties | None, taken: str) -> None:
        argument = self.arm.name_argument
        if argument in checked:
            return
        checked[argument] = (old or {}).get(argument) or self._made_up(urn, taken)
        checked[CREATE_BEFORE_DELETE] = True

    def _made_up(self, urn: str, taken: str) -> str:
        """Return a random-looking name, the same in every run of the program; a child keeps its name in the program."""
        if self.arm.name_argument in ("roleAssignmentName", "roleDefinitionId"):
            return str(uuid.uuid5(uuid.NAMESPACE_URL, urn + taken))
        name = Urn.parse(urn).name
        if not self._is_top_level and not taken:
            return name
        return name + hashlib.sha256((urn + taken).encode()).hexdigest()[:8]

    def _group_location(self, inputs: Properties) -> str:
        group = inner(inputs.get("resourceGroupName"))
        if group == UNKNOWN:
            return UNKNOWN
        found = self.azure.find(resource_group_id(self.subscription, str(group))) if group is not None else None
        return str((found or {}).get("location", ""))


def _same_to_azure(change: diff.ChangedPlace, old: Properties, new: Properties) -> bool:
    """Return whether a change is one of spelling: regions have several, and group names no letter case."""
    if change.path not in _SPELLINGS or change.old is None or change.new is None:
        return False
    before, after = (inner(side.get(change.path)) for side in (old, new))
    spelled = _SPELLINGS[change.path]
    return isinstance(before, str) and isinstance(after, str) and spelled(before) == spelled(after)


_SPELLINGS: dict[str, Callable[[str], str]] = {
    "location": canonical_region,
    "resourceGroupName": str.lower,
}


def _in_place(change: diff.ChangedPlace, outputs: Properties) -> diff.ChangedPlace:
    """Return a change that replaces nothing where the program only begins to say what Azure has anyway."""
    said = change.replaces and change.old is None and change.new is not None
    return (
        replace(change, replaces=False)
        if said and paths.get(outputs, paths.parse(change.path)) == change.new
        else change
    )


def _public(inputs: Properties) -> Properties:
    return {key: value for key, value in inputs.items() if not key.startswith("__")}


class Providers:
    """Finds the provider of a resource type; `config` is the stack's configuration of the default provider.

    `caller` is the object id of whom they act as, with their rights; None for the sandbox's own application, which may
    do everything.
    """

    def __init__(self, azure: Azure, config: Mapping[str, str], project: str, caller: str | None = None) -> None:
        self.azure = azure
        self.caller = caller
        if caller is not None:
            azure.authorise = rights.authoriser(azure)
        self._config = config
        self._project = project
        self._explicit: dict[str, Properties] = {}
        self._dynamic: dict[str, Any] = {}

    def add(self, urn: str, inputs: Properties) -> None:
        """Remember an explicit provider's settings."""
        self._explicit[urn] = inputs

    def find(self, token: str, reference: str = "") -> Provider:
        """Return the provider for a type; EngineError says what to add for one that isn't modelled."""
        if token.startswith("pulumi-python:dynamic"):
            from azureml_sandbox.pulumi.engine.dynamic import DynamicProvider

            return DynamicProvider(self.azure, self._config, self._project, self._dynamic)
        return self.arm(token, reference)

    def arm(self, token: str, reference: str = "") -> ArmProvider:
        """Return azure-native's provider for a type token."""
        arm = by_token(token)
        if arm is None:
            raise EngineError(_not_modelled(token))
        return ArmProvider(
            arm,
            self.azure,
            self.setting("subscriptionId", reference) or self.azure.subscription,
            self.setting("location", reference),
            _api_version(token) or arm.api_version,
            self.caller,
            self.authorise,
        )

    def authorise(self, method: str, path: str) -> None:
        """Raise ArmError where ARM would refuse a request of whom they act as."""
        needed = required_action(method, path)
        if self.caller is not None and needed is not None:
            self.azure.authorise(self.caller, needed.action, needed.scope)

    def setting(self, name: str, reference: str = "") -> str:
        """Return a setting of the explicit provider that the reference (``urn::id``) names, or of the default one."""
        explicit = self._explicit.get(reference.rpartition("::")[0])
        value = explicit.get(name) if explicit is not None else self._config.get(f"azure-native:{name}")
        return str(plain(value) or "")


def _api_version(token: str) -> str:
    """Return the API version of a versioned token's module: v20240401preview -> 2024-04-01-preview."""
    match = re.search(r"/v(\d{4})(\d\d)(\d\d)(\w*):", token)
    if match is None:
        return ""
    year, month, day, suffix = match.groups()
    return f"{year}-{month}-{day}" + (f"-{suffix}" if suffix else "")


def _not_modelled(token: str) -> str:
    package = token.split(":", 1)[0]
    if package == "azure-native":
        return (
            f"the sandbox has no model of {token}; to add one, declare it in azureml_arm/types.py (TYPES) and its "
            "behaviour in a file of azureml_sandbox/services"
        )
    return (
        f"{token} needs the provider {package!r}; without a pulumi CLI the sandbox runs azure-native and Python "
        "dynamic resources only"
    )
