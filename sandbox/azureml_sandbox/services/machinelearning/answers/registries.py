"""Assets in a registry as Azure ML shows them: as those in a workspace, but for what only workspaces have.

By the interface of its own that registries had before ARM's (2021-10-01-dataplanepreview), which azure-ai-ml speaks,
as it is recorded (azure-sdk-assets, python/sdk/ml/azure-ai-ml/tests/recordings: environment/e2etests,
test_registry_environment_create_conda_and_get, 2023-03; dataset/e2etests, test_create_data_asset_in_registry, 2023-02;
model/e2etests, test_create_get_download_model_registry, 2024-05). No answer by ARM's interface is published.
"""

from collections.abc import Callable

from azureml_arm import ids
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.services.machinelearning.answers.filling import drop, nulls

_LABELS = "azureml.labels"
_LATER = ("autoRebuild", "provisioningState", "stage")
"""What that interface doesn't show."""


def in_a_registry(renderer: Callable[[Body, str], None]) -> Callable[[Body, str], None]:
    """Return what renders an asset in a registry: what renders it in a workspace, and then this."""

    def render(answer: Body, version: str) -> None:
        renderer(answer, version)
        (answer["properties"].get("properties") or {}).pop(_LABELS, None)
        if version.endswith("-dataplanepreview"):
            _older(answer)

    return render


def _older(answer: Body) -> None:
    """Show types by their last word; models are named by themselves, and not by their versions."""
    target, properties = ids.parse(answer["id"]), answer["properties"]
    family = target.type.split("/")[2]
    answer["type"] = family
    drop(properties, *_LATER)
    if family == "models":
        answer["name"] = target.names[1]
        nulls(properties, "originAssetId", "intellectualProperty")
