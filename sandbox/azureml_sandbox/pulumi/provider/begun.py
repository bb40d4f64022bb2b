"""Write-ahead log of creates: a run that resumes after a crash adopts what an earlier one had already created."""

from collections.abc import Collection

from azureml_sandbox.azure import Azure
from azureml_sandbox.model.tables import ENGINE_BEGUN


class Begun:
    """Resource ids with the URN that each was begun for, kept with the cloud.

    The engine writes its state after the provider has answered. Whatever it asks about an id later (to compare, read,
    change or delete it), it has in its state by then.
    """

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def begin(self, urn: str, resource_id: str) -> None:
        """Note that this id is about to be made."""
        with self._azure.changing():
            self._azure.store.set(ENGINE_BEGUN, resource_id.lower(), urn)

    def by(self, urn: str, resource_id: str) -> bool:
        """Return whether an earlier run began this id for the same resource, and was ended before its state had it."""
        with self._azure.reading():
            return self._azure.store.get(ENGINE_BEGUN, resource_id.lower()) == urn

    def end(self, urn: str, resource_id: str) -> None:
        """Note that the engine has it in its state, or that its creation failed."""
        if self.by(urn, resource_id):
            with self._azure.changing():
                self._azure.store.remove(ENGINE_BEGUN, resource_id.lower())

    def settle(self, project: str, stack: str, kept: Collection[str]) -> list[str]:
        """Note that a run of a stack has ended and saved its state, which keeps these ids, in lower case; return the
        others that were begun, what is below something first. No program has made them any more.
        """
        prefix = f"urn:pulumi:{stack}::{project}::"
        with self._azure.changing():
            begun = [str(one) for one, urn in self._azure.store.scan(ENGINE_BEGUN) if str(urn).startswith(prefix)]
            for resource_id in begun:
                self._azure.store.remove(ENGINE_BEGUN, resource_id)
        left = (resource_id for resource_id in begun if resource_id not in kept)
        return sorted(left, key=lambda resource_id: resource_id.count("/"), reverse=True)
