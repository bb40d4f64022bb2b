"""Capability hosts: what agents of a hub or a project work with, in the words of azure-ai-ml's `CapabilityHost`."""

from typing import Annotated, ClassVar, Literal

from azureml_infra.entities.base import LOCAL, Arm, Entity
from azureml_infra.entities.words import PASCAL, name_rule


class CapabilityHostArgs(Entity):
    """What a hub's or a project's agents work with: its connections to models, files, threads and search."""

    family: ClassVar[str] = "capability_hosts"
    kind: ClassVar[str] = "capability host"

    name: Annotated[str, name_rule("workspace"), LOCAL]
    """Name."""
    description: Annotated[str | None, Arm("properties.description", immutable=True)] = None
    """What it is for."""
    capability_host_kind: Annotated[Literal["agents"], PASCAL, Arm("properties.capabilityHostKind", immutable=True)] = (
        "agents"
    )
    """What it is a host of."""
    ai_services_connections: Annotated[list[str] | None, Arm("properties.aiServicesConnections", immutable=True)] = None
    """Names of connections to models, which a project needs."""
    storage_connections: Annotated[list[str] | None, Arm("properties.storageConnections", immutable=True)] = None
    """Names of connections to where files are kept; a project's own `workspaceblobstore` if left out."""
    vector_store_connections: Annotated[list[str] | None, Arm("properties.vectorStoreConnections", immutable=True)] = (
        None
    )
    """Names of connections to search services."""
    thread_storage_connections: Annotated[
        list[str] | None, Arm("properties.threadStorageConnections", immutable=True)
    ] = None
    """Names of connections to where threads are kept."""
