"""Online and batch endpoints and their deployments: az ml's YAML in, ARM's request bodies out."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from azureml_infra.entities.assets import Data, Environment
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import body, entities_in, marked_paths, references, uploads
from azureml_infra.entities.endpoint import (
    BatchEndpoint,
    KubernetesOnlineDeployment,
    KubernetesOnlineEndpoint,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    ModelBatchDeployment,
    PipelineBatchDeployment,
)
from azureml_infra.entities.paths import holds_file
from kit.entity_bodies import API, IDENTITY, PlainResolver, conforms, load, refusals, request_body

REFERRING = """
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: my-endpoint
model: azureml:my-model:1
environment: azureml:my-env@latest
instance_type: Standard_DS3_v2
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with what the files below name; paths are relative to it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text("def init(): ...\n", "utf-8")
    (tmp_path / "model.pkl").write_text("model", "utf-8")
    (tmp_path / "conda.yml").write_text("dependencies: [python=3.10]\n", "utf-8")
    (tmp_path / "pipeline.yml").write_text(
        "type: pipeline\njobs: {one: {command: echo, environment: azureml:e:1}}\n", "utf-8"
    )
    return tmp_path


def _request_body(model: type[Entity], text: str) -> dict[str, Any]:
    """Return the body of an endpoint or deployment, which the component gives the workspace's location."""
    entity = load(model, text)
    made = request_body(entity)
    below = {
        "online_endpoints": "onlineEndpoints",
        "online_deployments": "onlineEndpoints/deployments",
        "batch_endpoints": "batchEndpoints",
        "batch_deployments": "batchEndpoints/deployments",
    }[entity.family]
    full = f"Microsoft.MachineLearningServices/workspaces/{below}"
    conforms(full, API, {"location": "westeurope", **made})
    return made


def test_managed_endpoint() -> None:
    made = _request_body(
        ManagedOnlineEndpoint,
        f"""
        $schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json
        name: my-endpoint
        auth_mode: aad_token
        description: scores
        tags: {{team: ml}}
        public_network_access: disabled
        traffic: {{blue: 100, green: 0}}
        mirror_traffic: {{green: 20}}
        identity:
          type: user_assigned
          user_assigned_identities: [{{resource_id: {IDENTITY}}}]
        """,
    )
    assert made == {
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
        "tags": {"team": "ml"},
        "properties": {"authMode": "AADToken", "description": "scores", "publicNetworkAccess": "Disabled"},
    }


def test_traffic_is_never_part_of_an_endpoints_request() -> None:
    """az ml puts it there; here it has a resource of its own, as deployments must exist before they get traffic."""
    endpoint = load(ManagedOnlineEndpoint, "{name: my-endpoint, traffic: {blue: 100}}")
    assert "traffic" not in request_body(endpoint)["properties"]
    assert endpoint.traffic == {"blue": 100}


def test_an_endpoint_has_an_identity_of_its_own_by_default() -> None:
    assert _request_body(ManagedOnlineEndpoint, "name: my-endpoint") == {
        "identity": {"type": "SystemAssigned"},
        "properties": {"authMode": "Key"},
    }


def test_kubernetes_endpoint() -> None:
    made = _request_body(KubernetesOnlineEndpoint, "{name: my-endpoint, compute: 'azureml:k8s', auth_mode: aml_token}")
    assert made["properties"] == {"authMode": "AMLToken", "compute": "computes:azureml:k8s"}
    assert "properties.compute" in marked_paths(KubernetesOnlineEndpoint, "immutable")


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("traffic: {blue: 90, green: 20}", "the traffic adds up to 110 (90 + 20)"),
        ("traffic: {blue: 90}", "the traffic is 90"),
        ("traffic: {blue: -1}", "Input should be greater than or equal to 0"),
        ("mirror_traffic: {blue: 10, green: 10}", "more than one deployment gets a copy of the traffic"),
        ("mirror_traffic: {blue: 60}", "Input should be less than or equal to 50"),
        ("auth_mode: password", "Input should be 'key', 'aml_token' or 'aad_token'"),
    ],
)
def test_endpoints_that_are_refused(field: str, what: str) -> None:
    assert [refusal[1] for refusal in refusals(ManagedOnlineEndpoint, f"name: my-endpoint\n{field}")] == [what]


@pytest.mark.parametrize("name", ["ab", "1abc", "a--b", "ends-", "x" * 33])
def test_endpoint_names_that_are_refused(name: str) -> None:
    assert refusals(ManagedOnlineEndpoint, f"name: {name}")[0][1] == f'"{name}" is not a valid name'


def test_an_endpoint_may_stop_all_traffic() -> None:
    assert load(ManagedOnlineEndpoint, "{name: my-endpoint, traffic: {blue: 0}}").traffic == {"blue": 0}


def test_deployment_by_reference() -> None:
    assert _request_body(ManagedOnlineDeployment, REFERRING) == {
        "sku": {"name": "Default", "capacity": 1},
        "properties": {
            "endpointComputeType": "Managed",
            "model": "models:azureml:my-model:1",
            "environmentId": "environments:azureml:my-env@latest",
            "instanceType": "Standard_DS3_v2",
        },
    }
    found = {
        leaf.value: leaf.spec.refers.families
        for leaf in references(load(ManagedOnlineDeployment, REFERRING))
        if leaf.spec.refers
    }
    assert found == {
        "my-endpoint": ("online_endpoints",),
        "azureml:my-model:1": ("models",),
        "azureml:my-env@latest": ("environments",),
    }


def test_deployment_with_everything_written_in_place() -> None:
    deployment = """
        name: blue
        endpoint_name: my-endpoint
        model: {path: model.pkl}
        code_configuration: {code: src, scoring_script: score.py}
        environment:
          conda_file: conda.yml
          image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest
        environment_variables: {LEVEL: 3}
        instance_type: STANDARD_DS3_V2
        instance_count: 2
        app_insights_enabled: true
        egress_public_network_access: disabled
        scale_settings: {type: default}
        request_settings: {request_timeout_ms: 3000, max_concurrent_requests_per_instance: 2, max_queue_wait_ms: 500}
        liveness_probe: {initial_delay: 10, period: 10, timeout: 2, success_threshold: 1, failure_threshold: 30}
        readiness_probe: {initial_delay: 90}
        """
    assert _request_body(ManagedOnlineDeployment, deployment) == {
        "sku": {"name": "Default", "capacity": 2},
        "properties": {
            "endpointComputeType": "Managed",
            "model": "anonymous:model",
            "environmentId": "anonymous:environment",
            "codeConfiguration": {"codeId": "code:src", "scoringScript": "score.py"},
            "environmentVariables": {"LEVEL": "3"},
            "instanceType": "Standard_DS3_v2",
            "appInsightsEnabled": True,
            "egressPublicNetworkAccess": "Disabled",
            "scaleSettings": {"scaleType": "Default"},
            "requestSettings": {
                "requestTimeout": "PT3S",
                "maxConcurrentRequestsPerInstance": 2,
                "maxQueueWait": "PT0.5S",
            },
            "livenessProbe": {
                "initialDelay": "PT10S",
                "period": "PT10S",
                "timeout": "PT2S",
                "successThreshold": 1,
                "failureThreshold": 30,
            },
            "readinessProbe": {"initialDelay": "PT1M30S"},
        },
    }
    entity = load(ManagedOnlineDeployment, deployment)
    assert [(leaf.location, str(leaf.value)) for leaf in uploads(entity)] == [
        (("code_configuration", "code"), "src"),
        (("model", "path"), "model.pkl"),
    ]
    assert any(getattr(inner, "builds_image", False) for inner in entities_in(entity))


def test_kubernetes_deployment() -> None:
    made = _request_body(
        KubernetesOnlineDeployment,
        """
        name: blue
        type: kubernetes
        endpoint_name: my-endpoint
        model: azureml:my-model:1
        instance_type: defaultinstancetype
        resources:
          requests: {cpu: 0.1, memory: 0.2Gi}
          limits: {cpu: "0.2", memory: 0.5Gi, nvidia.com/gpu: 1}
        scale_settings:
          type: target_utilization
          min_instances: 1
          max_instances: 3
          target_utilization_percentage: 60
          polling_interval: 3
        """,
    )
    assert made == {
        "sku": {"name": "Default"},
        "properties": {
            "endpointComputeType": "Kubernetes",
            "model": "models:azureml:my-model:1",
            "instanceType": "defaultinstancetype",
            "containerResourceRequirements": {
                "containerResourceRequests": {"cpu": "0.1", "memory": "0.2Gi"},
                "containerResourceLimits": {"cpu": "0.2", "memory": "0.5Gi", "gpu": "1"},
            },
            "scaleSettings": {
                "scaleType": "TargetUtilization",
                "minInstances": 1,
                "maxInstances": 3,
                "targetUtilizationPercentage": 60,
                "pollingInterval": "PT3S",
            },
        },
    }


class _Registering(PlainResolver):
    """Remembers the assets that have to be registered."""

    def __init__(self) -> None:
        self.asked: list[Entity] = []

    def anonymous(self, entity: Entity) -> Any:
        self.asked.append(entity)
        return "id"


def test_a_data_collector_writes_to_assets_that_monitoring_finds() -> None:
    deployment = load(
        ManagedOnlineDeployment,
        REFERRING
        + """
data_collector:
  collections:
    model_inputs: {enabled: 'True'}
    model_outputs:
      enabled: true
      data: {name: outputs, version: 2, path: azureml://datastores/workspaceblobstore/paths/out}
    request: {enabled: 'False'}
  rolling_rate: Hour
  sampling_rate: 1
  request_logging: {capture_headers: [x-id]}
""",
    )
    resolver = _Registering()
    made = body(deployment, resolver)["properties"]["dataCollector"]
    assert made == {
        "collections": {
            "model_inputs": {"dataCollectionMode": "Enabled", "dataId": "id", "samplingRate": 1},
            "model_outputs": {"dataCollectionMode": "Enabled", "dataId": "id", "samplingRate": 1},
            "request": {"dataCollectionMode": "Disabled", "samplingRate": 1},
        },
        "rollingRate": "Hour",
        "requestLogging": {"captureHeaders": ["x-id"]},
    }
    assert {(asset.name, asset.version, asset.path) for asset in resolver.asked if isinstance(asset, Data)} == {
        ("outputs", "2", "azureml://datastores/workspaceblobstore/paths/out"),
        (
            "my-endpoint-blue-model_inputs",
            "1",
            "azureml://datastores/workspaceblobstore/paths/modelDataCollector/my-endpoint/blue/model_inputs",
        ),
    }


def test_collected_data_may_be_an_asset_that_is_there() -> None:
    collector = "data_collector: {collections: {request: {enabled: true, data: {data_id: 'azureml:requests:3'}}}}"
    deployment = load(ManagedOnlineDeployment, f"{REFERRING}\n{collector}\n")
    assert deployment.data_collector is not None
    assert deployment.data_collector.collections["request"].data == "azureml:requests:3"
    with pytest.raises(ValidationError, match="data_id"):
        load(ManagedOnlineDeployment, f"{REFERRING}\n{collector.replace('data_id', 'name: x, data_id')}\n")


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("instance_count: 0", "Input should be greater than or equal to 1"),
        ("request_settings: {request_timeout_ms: 200000}", "Input should be less than or equal to 180000"),
        (
            "scale_settings: {type: target_utilization, min_instances: 4, max_instances: 3}",
            "`min_instances` is 4, above `max_instances` 3",
        ),
        ("code_configuration: {code: src, scoring_script: sc.py}", '"src" has no "sc.py"'),
        ("code_configuration: {code: gone, scoring_script: score.py}", '"gone" doesn\'t exist'),
    ],
)
def test_deployments_that_are_refused(field: str, what: str) -> None:
    assert [refusal[1] for refusal in refusals(ManagedOnlineDeployment, REFERRING + field)] == [what]


def test_an_unknown_vm_size_is_refused_with_the_nearest() -> None:
    (refusal,) = refusals(ManagedOnlineDeployment, REFERRING.replace("DS3_v2", "DS3_v9"))
    assert "is not a VM size" in refusal[1]


def test_an_inline_environment_says_what_is_wrong_with_it_alone() -> None:
    text = REFERRING.replace("environment: azureml:my-env@latest", "environment: {imag: x, image: y}")
    assert refusals(ManagedOnlineDeployment, text) == [
        ("environment.InlineEnvironment.imag", "Extra inputs are not permitted", "")
    ]


def test_models_take_python_objects() -> None:
    deployment = ManagedOnlineDeployment(
        name="blue",
        endpoint_name="my-endpoint",
        environment=Environment(name="e", image="x"),
        instance_type="Standard_DS3_v2",
    )
    assert request_body(deployment)["properties"]["environmentId"] == "anonymous:environment"


def test_batch_endpoint() -> None:
    made = _request_body(
        BatchEndpoint,
        """
        $schema: https://azuremlschemas.azureedge.net/latest/batchEndpoint.schema.json
        name: my-batch-endpoint
        description: Hello world endpoint
        auth_mode: aad_token
        tags: {team: ml}
        defaults: {deployment_name: blue}
        """,
    )
    assert made == {
        "tags": {"team": "ml"},
        "properties": {"authMode": "AADToken", "description": "Hello world endpoint"},
    }


SETTINGS = """
  mini_batch_size: 10
  max_concurrency_per_instance: 2
  output_action: append_row
  output_file_name: predictions.csv
  retry_settings: {max_retries: 3, timeout: 30}
  error_threshold: -1
  logging_level: info
"""
BATCH = """
name: mnist-torch-dpl
endpoint_name: my-batch-endpoint
type: model
model: {path: model.pkl}
code_configuration: {code: src, scoring_script: score.py}
environment: {image: ubuntu, conda_file: conda.yml}
environment_variables: {A: b}
compute: azureml:batch-cluster
resources: {instance_count: 2}
"""


@pytest.mark.parametrize("settings", ["settings:" + SETTINGS, SETTINGS.replace("\n  ", "\n")])
def test_model_batch_deployment_in_both_forms(settings: str) -> None:
    assert _request_body(ModelBatchDeployment, BATCH + settings) == {
        "properties": {
            "model": {"referenceType": "Id", "assetId": "anonymous:model"},
            "codeConfiguration": {"codeId": "code:src", "scoringScript": "score.py"},
            "environmentId": "anonymous:environment",
            "environmentVariables": {"A": "b"},
            "compute": "computes:azureml:batch-cluster",
            "resources": {"instanceCount": 2},
            "miniBatchSize": 10,
            "maxConcurrencyPerInstance": 2,
            "outputAction": "AppendRow",
            "outputFileName": "predictions.csv",
            "retrySettings": {"maxRetries": 3, "timeout": "PT30S"},
            "errorThreshold": -1,
            "loggingLevel": "Info",
        }
    }


@pytest.mark.parametrize(
    ("component", "asset"),
    [
        ("component: azureml:hello_batch@latest", "components:azureml:hello_batch@latest"),
        ("component: pipeline.yml", "anonymous:pipeline component"),
        ("job_definition: azureml:my-job", "anonymous:pipeline component"),
    ],
)
def test_pipeline_batch_deployment(component: str, asset: str) -> None:
    made = _request_body(
        PipelineBatchDeployment,
        f"""
        $schema: https://azuremlschemas.azureedge.net/latest/pipelineComponentBatchDeployment.schema.json
        name: hello-batch-dpl
        endpoint_name: hello-pipeline-batch
        type: pipeline
        {component}
        settings: {{default_compute: batch-cluster, continue_on_step_failure: false}}
        """,
    )
    assert made["properties"] == {
        "deploymentConfiguration": {
            "deploymentConfigurationType": "PipelineComponent",
            "componentId": {"referenceType": "Id", "assetId": asset},
            "settings": {"default_compute": "batch-cluster", "continue_on_step_failure": "false"},
        }
    }


def test_a_pipeline_deployment_needs_one_pipeline() -> None:
    assert [what for _, what, _ in refusals(PipelineBatchDeployment, "{name: blue, endpoint_name: my-ep}")] == [
        "there is not exactly one pipeline"
    ]


def test_a_name_that_no_file_can_have_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert holds_file(tmp_path, "é" * 300) is False
    (tmp_path / "score.py").touch()
    assert holds_file(tmp_path, "score.py") is True
