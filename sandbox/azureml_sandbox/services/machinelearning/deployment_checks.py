"""What Azure ML refuses of a deployment: one that has nothing to score with (`azureml_arm.limits.SELF_SERVING`).

Code needs an environment, also for an MLflow model: https://github.com/Azure/azure-sdk-for-python/issues/30741 has
Azure's words.
"""

from typing import Any

from azureml_arm.limits import SELF_SERVING
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import Cloud, Write


def check(write: Write, model: Any) -> None:
    """Refuse a deployment of a model without the code or the environment that the model needs."""
    kind = str(_property(write.azure, model, "modelType") or "").lower()
    if not write.created or not kind:
        return
    serves, script = kind in SELF_SERVING, dig(write.body, "properties.codeConfiguration.scoringScript")
    environment = write.properties.get("environmentId")
    if not environment and (script or not serves):
        raise bad_request("'Environment Id' must not be empty.", "BadArgument")
    container = _load(write.azure, environment)
    if not script and not serves and container is not None and not container["properties"].get("inferenceConfig"):
        raise bad_request(
            "'Code Configuration' must not be empty: only MLflow and Triton models, and environments with an "
            "inferenceConfig, are deployed without it.",
            "BadArgument",
        )


def check_place(write: Write) -> None:
    """Refuse a deployment on Kubernetes of an endpoint that has no `compute`, and a managed one of an endpoint that has
    (https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online#managed-online-endpoints-vs-kubernetes-online-endpoints).
    """
    kind = str(write.properties.get("endpointComputeType", "Managed"))
    endpoint = write.parent
    if (kind != "Managed") != bool(endpoint["properties"].get("compute")):
        its = "Managed" if kind != "Managed" else "Kubernetes"
        raise bad_request(f"Deployment '{write.id.name}' is {kind}, and endpoint '{endpoint['name']}' is {its}.")


def _property(azure: Cloud, target: Any, name: str) -> Any:
    """Return a property of an asset that is here; None where there is none, or nobody knows."""
    found = _load(azure, target)
    return None if found is None else found["properties"].get(name)


def _load(azure: Cloud, target: Any) -> Body | None:
    return azure.load(target) if isinstance(target, str) else None
