"""Where a feature store materializes: said by its settings and connections, which are the stores' in az ml's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from azureml_infra.entities.reverse import at

_STORES = ("offline", "online")


def add_stores(words: dict[str, Any], workspace: Mapping[str, Any], connections: Iterable[Mapping[str, Any]]) -> None:
    """Add a feature store's stores, and the identity that writes to them in place of those that the store works as."""
    by_name = {str(one["name"]).lower(): one for one in connections}
    for store in _STORES:
        named = str(at(workspace, f"properties.featureStoreSettings.{store}StoreConnectionName") or "").lower()
        connection = by_name.get(named)
        if connection is None:
            continue
        words[f"{store}_store"] = {"target": at(connection, "properties.target")}
        if identity := at(connection, "properties.credentials.resourceId"):
            words["materialization_identity"] = {"resource_id": identity}
            words.pop("identity", None)
