"""What a program asks for: one registration with all its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from azureml_sandbox.pulumi.engine.state import Resource
from azureml_sandbox.pulumi.engine.values import Properties, from_struct, from_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi.runtime.proto import alias_pb2, resource_pb2


@dataclass(frozen=True)
class Goal:
    """A resource as the program registered it. Property names are Pulumi's (camelCase), secrets are wrapped."""

    urn: str
    type: str
    name: str
    custom: bool
    inputs: Properties
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    provider: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replace_with: tuple[str, ...] = ()
    replacement_trigger: Any = None
    delete_before_replace: bool | None = None
    """None where the program doesn't say: the provider decides."""
    retain_on_delete: bool = False
    deleted_with: str = ""
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: Sequence[alias_pb2.Alias] = ()
    import_id: str = ""
    version: str = ""
    custom_timeouts: Mapping[str, str] = field(default_factory=dict)
    hide_diffs: tuple[str, ...] = ()
    source: str = ""
    """``file:line`` of the registration in the program, where the SDK knows it."""

    def resource(self, **more: Any) -> Resource:
        """Return the resource that it asks for, with what else is known of it."""
        return Resource(urn=self.urn, type=self.type, custom=self.custom, parent=self.parent, **more)


def from_request(request: resource_pb2.RegisterResourceRequest, urn: str) -> Goal:
    """Read a RegisterResource request. Dependencies come from a Python set: they are sorted, for a stable state."""
    return Goal(
        urn=urn,
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=from_struct(request.object),
        parent=request.parent,
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies={
            key: tuple(sorted(item.urns)) for key, item in sorted(request.propertyDependencies.items()) if item.urns
        },
        provider=request.provider,
        providers=dict(request.providers),
        protect=request.protect,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        replace_with=tuple(request.replace_with),
        replacement_trigger=_trigger(request),
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        retain_on_delete=request.retainOnDelete,
        deleted_with=request.deletedWith,
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=tuple(request.aliases),
        import_id=request.importId,
        version=request.version,
        custom_timeouts=_timeouts(request),
        hide_diffs=tuple(request.hideDiffs),
        source=_source(request),
    )


def _trigger(request: resource_pb2.RegisterResourceRequest) -> Any:
    return from_value(request.replacement_trigger) if request.HasField("replacement_trigger") else None


def _timeouts(request: resource_pb2.RegisterResourceRequest) -> dict[str, str]:
    if not request.HasField("customTimeouts"):
        return {}
    timeouts = request.customTimeouts
    given = {"create": timeouts.create, "update": timeouts.update, "delete": timeouts.delete}
    return {operation: text for operation, text in given.items() if text}


def _source(request: resource_pb2.RegisterResourceRequest) -> str:
    position = request.sourcePosition
    return f"{position.uri.removeprefix('file://')}:{position.line}" if position.uri else ""
