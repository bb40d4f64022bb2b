"""Rules on endpoints and what is deployed: who calls them, and which models they serve."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from azureml_arm.actions import BATCH_DEPLOYMENT, COMPUTE, ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT, WORKSPACE
from azureml_policies.config import flag, texts
from azureml_policies.fixes import Kept, Line
from azureml_policies.requests.unknown import require_all_known
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import among, kind_of, must_be_one_of, setting
from azureml_policies.run import Run
from azureml_policies.text import is_like, join_words, show_value


def _check_endpoint_local_auth_off(write: Write, settings: Settings) -> Found:
    if write.is_a(SERVERLESS_ENDPOINT):
        wanted: tuple[str, ...] = ("AAD",)
    else:
        takes_no_entra = bool(write.read("properties.compute"))  # on Kubernetes
        wanted = ("AADToken", "AMLToken") if settings["allow_aml_token"] or takes_no_entra else ("AADToken",)
    why = "a key lets anybody call who has it, and says nothing of who it is"
    yield from must_be_one_of(write, "properties.authMode", wanted, "Key", why)
    if write.read("properties.keys"):
        yield f"{write.name}: keys must not be set: {why}"


ENDPOINT_LOCAL_AUTH_OFF = Rule(
    id="endpoint-local-auth-off",
    title="Callers of endpoints prove who they are by Microsoft Entra, not by a key.",
    severity=Severity.HIGH,
    remedy="set `auth_mode: aad_token`, on Kubernetes `aml_token` (a change makes a new endpoint)",
    fix=(Line("online_endpoints", "auth_mode", "aad_token", unless="compute"),),
    level=Level.ADVISORY,
    types=(f"{WORKSPACE}/onlineEndpoints", f"{WORKSPACE}/batchEndpoints", SERVERLESS_ENDPOINT),
    check=_check_endpoint_local_auth_off,
    settings={"allow_aml_token": flag("Whether Azure ML's own tokens will do, too (`auth_mode: aml_token`).")},
    family="endpoints",
)
"""Those on Kubernetes take Azure ML's tokens at most
(https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint).
"""


_MODEL_PLACES = {
    ONLINE_DEPLOYMENT: ("properties.model",),
    BATCH_DEPLOYMENT: ("properties.model",),
    SERVERLESS_ENDPOINT: ("properties.modelSettings.modelId",),
    f"{WORKSPACE}/marketplaceSubscriptions": ("properties.modelId",),
    f"{WORKSPACE}/models/versions": ("properties.modelUri",),
}
"""ARM type -> where it names a model."""


def _check_approved_models(write: Write, settings: Settings) -> Found:
    approved = [*(f"{name}/*" for name in settings["registries"]), *settings["models"]]
    for model in _models_of(write) if approved else ():
        found = _in_registry(model)
        if found and not is_like(found, approved):
            expected = join_words(approved, "and")
            yield f"{write.name}: model is {show_value('', found)} of a registry, approved are {expected}"


def _models_of(write: Write) -> Iterator[str]:
    places = next(places for name, places in _MODEL_PLACES.items() if write.is_a(name))
    for path in places:
        yield from _model_ids(require_all_known(write.read(path), path))


def _model_ids(value: Any) -> Iterator[str]:
    """Yield a model's id, or those in an envelope around it: which word holds it depends on the kind of reference."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _model_ids(item)


def _in_registry(model: str) -> str:
    """Return ``REGISTRY/MODEL`` of a model in a registry, by its URI or its ARM id; empty for the workspace's own."""
    parts = [part for part in unquote(model).replace("\\", "/").split("/") if part]
    lowered = [part.lower() for part in parts]
    if "registries" not in lowered:
        return ""
    after = lowered.index("registries") + 1
    own = lowered.index("models", after) + 1 if "models" in lowered[after:] else len(parts)
    return "/".join([*parts[after : after + 1], *parts[own : own + 1]])


APPROVED_MODELS = Rule(
    id="approved-models",
    title="Models that come from registries are those that the config approves.",
    severity=Severity.MEDIUM,
    remedy="serve an approved model, or one that is registered in the workspace",
    fix=(Line("online_deployments", "model", "azureml:NAME:1", chosen=True),),
    types=tuple(_MODEL_PLACES),
    check=_check_approved_models,
    settings={
        "registries": texts(
            "Registries whose models are all approved, with `*` for any text. With neither registries "
            "nor models, any model is."
        ),
        "models": texts("Models that are approved beside: `REGISTRY/MODEL`, with `*` for any text."),
    },
    family="endpoints",
)


_GROUP = "Microsoft.ContainerInstance/containerGroups"
_SERVICE = f"{WORKSPACE}/services"
"""Deployments of the first API version."""


def _check_no_test_deployments(write: Write, run: Run, settings: Settings) -> Found:
    found = _test_deployment(write) if among(run, settings["stacks"]) else ""
    if found:
        yield f"{write.name}: {found}, and {run.stack} is a stack for production: nothing there is scaled or replaced"


def _test_deployment(write: Write) -> str:
    if write.is_a(_GROUP):
        return "a container group of Azure Container Instances is for tests"
    if write.is_a(_SERVICE):
        named = {write.text_at("properties.computeType"), write.text_at("computeType")}
        return "a web service on Azure Container Instances is for tests" if "aci" in named else ""
    test = kind_of(write) == "aks" and write.text_at("properties.properties.clusterPurpose") == "devtest"
    return "the cluster's clusterPurpose is DevTest" if test else ""


NO_TEST_DEPLOYMENTS = Rule(
    id="no-test-deployments",
    title="Stacks for production serve no model on Azure Container Instances or on clusters for tests.",
    severity=Severity.MEDIUM,
    remedy="serve it by a managed online deployment (`online_deployments`), or make it in a stack for tests",
    fix=(Kept("no container group, no web service on one, and no clusterPurpose: DevTest"),),
    types=(_GROUP, _SERVICE, COMPUTE),
    check_run=_check_no_test_deployments,
    settings={"stacks": setting(["prod*", "production*"], "for production")},
    family="endpoints",
)
