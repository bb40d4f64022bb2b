"""Serverless endpoints and marketplace subscriptions: az ml's YAML in, ARM's request bodies out."""

import pytest

from azureml_infra.entities.serverless import MarketplaceSubscriptionArgs, ServerlessEndpointArgs
from kit.entity_bodies import load, refusals, request_body

MODEL = "azureml://registries/azureml/models/Phi-4"


def test_an_endpoint_is_sent_as_azure_ai_ml_sends_it_with_its_authentication() -> None:
    """azure-ai-ml 1.35 sends sku and modelSettings, and no authMode, which Microsoft's types require."""
    given = load(ServerlessEndpointArgs, f"{{name: phi, model_id: '{MODEL}', location: eastus2, tags: {{team: a}}}}")
    assert request_body(given, "serverlessEndpoints") == {
        "sku": {"name": "Consumption"},
        "location": "eastus2",
        "tags": {"team": "a"},
        "properties": {"modelSettings": {"modelId": MODEL}, "authMode": "Key"},
    }


@pytest.mark.parametrize(("word", "mode"), [("aad", "AAD"), ("Key", "Key"), ("key_and_aad", "KeyAndAAD")])
def test_callers_prove_who_they_are(word: str, mode: str) -> None:
    given = load(ServerlessEndpointArgs, f"{{name: phi, model_id: '{MODEL}', location: eastus2, auth_mode: {word}}}")
    assert request_body(given, "serverlessEndpoints")["properties"]["authMode"] == mode


def test_a_subscription_names_its_model() -> None:
    given = load(MarketplaceSubscriptionArgs, f"{{name: phi, model_id: '{MODEL}'}}")
    assert request_body(given, "marketplaceSubscriptions") == {"properties": {"modelId": MODEL}}


@pytest.mark.parametrize(
    ("model", "found"),
    [
        (f"{MODEL}/versions/7", f'"{MODEL}/versions/7"'),
        ("azureml:phi:1", '"azureml:phi:1"'),
        ("azureml://registries/azureml/components/x", '"azureml://registries/azureml/components/x"'),
    ],
)
def test_only_a_model_of_a_registry_is_rented(model: str, found: str) -> None:
    assert refusals(ServerlessEndpointArgs, f"{{name: phi, model_id: '{model}'}}") == [
        (
            "model_id",
            f"{found} isn't a model of a registry, without a version",
            "azureml://registries/REGISTRY/models/MODEL",
        )
    ]
