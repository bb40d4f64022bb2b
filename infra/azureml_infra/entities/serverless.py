"""Models that are rented by the token: serverless endpoints, and the marketplace subscriptions that some models need.

Fields are those of ``az ml serverless-endpoint create --file`` and ``az ml marketplace-subscription create --file``
(https://learn.microsoft.com/azure/machine-learning/how-to-deploy-models-serverless).
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from azureml_infra.entities.base import LOCAL, Arm, Entity, InputStr, refusal
from azureml_infra.entities.fields import Region
from azureml_infra.entities.tags import Tags
from azureml_infra.entities.words import ANY_CASE, Check, Switch, TextMap, arm_words, name_rule
from azureml_infra.yaml.problems import quote

_MODEL = re.compile(r"azureml://registries/[^\s/]+/models/[^\s/]+")
_auth_mode = arm_words(aad="AAD", key_and_aad="KeyAndAAD")


def _model(given: Any) -> Any:
    """Refuse all but a model of a registry, without its version, as the service does."""
    if _MODEL.fullmatch(given):
        return given
    found = _MODEL.match(given)
    near = quote(found[0]) if found else ""
    what = f"{quote(given)} isn't a model of a registry, without a version"
    raise refusal(what, "azureml://registries/REGISTRY/models/MODEL", suggestion=near)


RegistryModel = Annotated[InputStr, Check(_model)]
"""The address of a registry's model, which the service takes in its latest version."""


class MarketplaceSubscriptionArgs(Entity):
    """The consent to the price and terms of a model that isn't Microsoft's own, which its serverless endpoints need."""

    family: ClassVar[str] = "marketplace_subscriptions"
    kind: ClassVar[str] = "marketplace subscription"

    name: Annotated[str, name_rule("online_endpoint"), LOCAL]
    """Name."""
    model_id: Annotated[RegistryModel, Arm("properties.modelId", immutable=True)]
    """The model: `azureml://registries/REGISTRY/models/MODEL`, without a version."""


class ServerlessEndpointArgs(Entity):
    """An address that answers requests to a model of a registry, paid by the token."""

    family: ClassVar[str] = "serverless_endpoints"
    kind: ClassVar[str] = "serverless endpoint"
    arm_constants: ClassVar[Mapping[str, Any]] = {"sku.name": "Consumption"}
    without_effect: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("description", "properties"), "Azure has no place for it"
    )

    name: Annotated[str, name_rule("online_endpoint"), LOCAL]
    """Name; part of the address, so it must be the only one in its region."""
    model_id: Annotated[RegistryModel, Arm("properties.modelSettings.modelId", immutable=True)]
    """The model: `azureml://registries/REGISTRY/models/MODEL`, without a version. A described marketplace subscription
    to it comes first."""
    auth_mode: Annotated[Literal["key", "aad", "key_and_aad"], ANY_CASE, Arm("properties.authMode", _auth_mode)] = "key"
    """How callers prove who they are: a key, a Microsoft Entra token, or either."""
    content_safety: Annotated[Switch | None, Arm("properties.contentSafety.contentSafetyStatus")] = None
    """Whether harmful content is filtered, which it is if left out (az ml doesn't have it)."""
    location: Annotated[Region | None, Arm("location", immutable=True)] = None
    """Region; the workspace's by default."""
    tags: Annotated[Tags | None, Arm("tags")] = None
    """Labels."""
    description: Annotated[str | None, LOCAL] = None
    """Taken without effect: Azure has no place for it."""
    properties: Annotated[TextMap | None, LOCAL] = None
    """Taken without effect: Azure has no place for them."""
