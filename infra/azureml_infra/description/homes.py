"""What only some kinds of workspaces have: features in a feature store, agents in a hub or a project."""

from __future__ import annotations

from collections.abc import Iterator

from azureml_infra.description.located import Checked
from azureml_infra.entities.platform import PlatformDescription
from azureml_infra.entities.workspace_kinds import FeatureStoreArgs, HubArgs, ProjectArgs
from azureml_infra.yaml.problems import Problem, article, one_of

_HOMES = {
    "feature_store_entities": (FeatureStoreArgs,),
    "feature_sets": (FeatureStoreArgs,),
    "capability_hosts": (HubArgs, ProjectArgs),
}


def homes(platform: PlatformDescription, checked: Checked) -> Iterator[Problem]:
    """Yield what the platform's workspace can't have, and features that are materialized into no store of it."""
    workspace = platform.workspace
    for located in checked.entities:
        entity = located.entity
        wanted = _HOMES.get(entity.family)
        if wanted is None:
            continue
        if not isinstance(workspace, wanted):
            what = f"{article(entity.kind)} needs a workspace of another kind"
            kinds = one_of(f"kind: {kind.kind.replace(' ', '_')}" for kind in wanted)
            yield located.problem((), what, f"{kinds} below `workspace:`")
        elif isinstance(workspace, ProjectArgs) and entity.ai_services_connections is None:
            yield located.problem((), "a project's capability host has no models", "ai_services_connections")
        elif isinstance(workspace, FeatureStoreArgs) and entity.family == "feature_sets":
            settings = entity.materialization_settings
            for store in ("offline", "online") if settings is not None else ():
                if getattr(settings, f"{store}_enabled") and getattr(workspace, f"{store}_store") is None:
                    what = f"the feature store has no {store} store to materialize into"
                    at = ("materialization_settings", f"{store}_enabled")
                    yield located.problem(at, what, f"`{store}_store:` below `workspace:`")
