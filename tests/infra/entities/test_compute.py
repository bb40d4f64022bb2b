"""Computes: az ml's YAML in, ARM's request bodies out."""

from typing import Any

import pytest

from azureml_infra.entities.attached import (
    DatabricksCompute,
    KubernetesCompute,
    KubernetesExtension,
    SynapseSparkCompute,
    VirtualMachineCompute,
)
from azureml_infra.entities.base import Model
from azureml_infra.entities.body import marked_paths
from azureml_infra.entities.compute import AmlCompute, ComputeInstance
from kit.entity_bodies import CORPUS, GROUP, IDENTITY, SUBNET, conforms, load, refusals, request_body

PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake me@host"
DOCUMENTED = """
$schema: https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json
name: aml-cluster
type: amlcompute
size: STANDARD_DS3_v2
min_instances: 0
max_instances: 5
"""


def _properties(entity: Model) -> dict[str, Any]:
    made: dict[str, Any] = request_body(entity, "computes")["properties"]["properties"]
    return made


def test_documented_cluster() -> None:
    assert request_body(load(AmlCompute, DOCUMENTED), "computes") == {
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "computeType": "AmlCompute",
            "disableLocalAuth": True,
            "properties": {
                "osType": "Linux",
                "vmSize": "STANDARD_DS3_V2",
                "vmPriority": "Dedicated",
                "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 5, "nodeIdleTimeBeforeScaleDown": "PT2M"},
                "enableNodePublicIp": True,
                "remoteLoginPortPublicAccess": "Disabled",
            },
        },
    }


def test_cluster_with_everything() -> None:
    cluster = load(
        AmlCompute,
        f"""
        name: gpu
        type: AmlCompute
        description: trains
        location: westeurope
        tags: {{team: vision, cost_center: 42}}
        size: standard_nc4as_t4_v3
        tier: LowPriority
        min_instances: 1
        max_instances: 3
        idle_time_before_scale_down: 3600
        identity: {{type: user_assigned, user_assigned_identities: [resource_id: {IDENTITY}]}}
        network_settings: {{subnet: {SUBNET}}}
        enable_node_public_ip: false
        ssh_public_access_enabled: true
        ssh_settings: {{admin_username: me, ssh_key_value: {PUBLIC_KEY}, admin_password: "${{{{secrets.pw}}}}"}}
        """,
    )
    made = request_body(cluster, "computes")
    assert made["location"] == "westeurope"
    assert made["tags"] == {"team": "vision", "cost_center": "42"}
    assert made["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}
    assert made["properties"]["disableLocalAuth"] is False
    inner = made["properties"]["properties"]
    assert inner["vmPriority"] == "LowPriority"
    assert inner["scaleSettings"]["nodeIdleTimeBeforeScaleDown"] == "PT1H"
    assert inner["subnet"] == {"id": SUBNET}
    assert inner["remoteLoginPortPublicAccess"] == "Enabled"
    assert inner["userAccountCredentials"] == {
        "adminUserName": "me",
        "adminUserSshPublicKey": PUBLIC_KEY,
        "adminUserPassword": "value of pw",
    }


def test_subnet_by_name() -> None:
    cluster = load(AmlCompute, "{name: abc, network_settings: {vnet_name: net, subnet: nodes}}")
    assert _properties(cluster)["subnet"] == {"id": "subnets:net/nodes"}


@pytest.mark.parametrize(
    ("text", "where", "what", "expected"),
    [
        ("{name: 1st}", "name", '"1st" is not a valid name', "3 to 32 letters, digits and dashes, with a letter first"),
        ("{name: abc, size: Standard_DS3_v9}", "size", "is not a VM size that Azure ML offers", "compute list-sizes"),
        ("{name: abc, min_instances: 3, max_instances: 2}", "max_instances", "min_instances is 3", "at least 3"),
        ("{name: abc, min_instances: 5}", "max_instances", "min_instances is 5", "at least 5"),
        ("{name: abc, min_instances: -1}", "min_instances", "greater than or equal to 0", ""),
        ("{name: abc, network_settings: {subnet: nodes}}", "network_settings.subnet", "without a network", "ARM id"),
        ("{name: abc, ssh_settings: {admin_username: me}}", "ssh_settings", "nobody could log in", "ssh_key_value"),
        (
            "{name: abc, ssh_settings: {admin_username: me, admin_password: hunter2}}",
            "ssh_settings.admin_password",
            "written in clear",
            "${{secrets.NAME}}",
        ),
        (
            "{name: abc, ssh_settings: {admin_username: me, ssh_key_value: '-----BEGIN OPENSSH PRIVATE KEY-----'}}",
            "ssh_settings.ssh_key_value",
            "private key",
            ".pub",
        ),
        (
            "{name: abc, identity: {type: user_assigned, user_assigned_identities: [identity_id]}}",
            "identity.user_assigned_identities.0.resource_id",
            "is not an ARM id",
            "userAssignedIdentities",
        ),
    ],
)
def test_bad_clusters(text: str, where: str, what: str, expected: str) -> None:
    [(at, said, wanted)] = refusals(AmlCompute, text)
    assert at == where
    assert what in said
    assert expected in wanted


def test_what_makes_a_new_cluster() -> None:
    """Scaling, identity and tags are changed in place (terraform-provider-azurerm#29859)."""
    assert marked_paths(AmlCompute, "immutable") == [
        "location",
        "properties.properties.vmSize",
        "properties.properties.vmPriority",
        "properties.properties.subnet.id",
        "properties.properties.enableNodePublicIp",
        "properties.properties.remoteLoginPortPublicAccess",
        "properties.properties.userAccountCredentials",
    ]


def test_instance_defaults_save_money_and_close_ssh() -> None:
    made = request_body(load(ComputeInstance, "{name: anna-ci, type: computeinstance}"), "computes")
    assert made["properties"]["disableLocalAuth"] is True
    inner = made["properties"]["properties"]
    assert inner["idleTimeBeforeShutdown"] == "PT60M"
    assert inner["sshSettings"] == {"sshPublicAccess": "Disabled"}
    assert inner["vmSize"] == "STANDARD_DS3_V2"


def test_instance_with_everything() -> None:
    inner = _properties(
        load(
            ComputeInstance,
            f"""
            name: anna-ci
            type: computeinstance
            size: Standard_E4s_v3
            idle_time_before_shutdown_minutes: 30
            enable_sso: false
            enable_node_public_ip: false
            network_settings: {{subnet: {SUBNET}}}
            ssh_public_access_enabled: true
            create_on_behalf_of:
              user_tenant_id: 11111111-1111-1111-1111-111111111111
              user_object_id: 22222222-2222-2222-2222-222222222222
            setup_scripts:
              creation_script: {{path: Users/anna/setup.sh, command: --fast, timeout_minutes: 10}}
            schedules:
              compute_start_stop:
                - {{action: stop, trigger: {{type: cron, expression: 0 18 * * 1-5, time_zone: UTC}}}}
                - action: start
                  state: disabled
                  trigger:
                    type: recurrence
                    frequency: week
                    interval: 1
                    schedule: {{hours: 8, minutes: [0], week_days: [monday, Friday]}}
            custom_applications:
              - name: rstudio
                image: {{reference: "ghcr.io/example/rstudio:1"}}
                endpoints: [{{target: 8787, published: 8787}}]
                environment_variables: {{DISABLE_AUTH: true}}
                bind_mounts: [{{source: /home, target: /home}}]
            """,
        )
    )
    assert (
        inner["personalComputeInstanceSettings"]["assignedUser"]["objectId"] == "22222222-2222-2222-2222-222222222222"
    )
    assert inner["sshSettings"] == {"sshPublicAccess": "Enabled"}
    assert inner["idleTimeBeforeShutdown"] == "PT30M"
    assert inner["setupScripts"]["scripts"]["creationScript"] == {
        "scriptSource": "workspaceStorage",
        "scriptData": "Users/anna/setup.sh",
        "scriptArguments": "--fast",
        "timeout": "10m",
    }
    stop, start = inner["schedules"]["computeStartStop"]
    assert stop == {
        "action": "Stop",
        "status": "Enabled",
        "triggerType": "Cron",
        "cron": {"expression": "0 18 * * 1-5", "timeZone": "UTC"},
    }
    assert start["status"] == "Disabled"
    assert start["recurrence"] == {
        "frequency": "Week",
        "interval": 1,
        "timeZone": "UTC",
        "schedule": {"hours": [8], "minutes": [0], "weekDays": ["Monday", "Friday"]},
    }
    [service] = inner["customServices"]
    assert service["environmentVariables"] == {"DISABLE_AUTH": {"type": "local", "value": "true"}}
    assert service["endpoints"] == [{"name": "connect", "protocol": "http", "target": 8787, "published": 8787}]


@pytest.mark.parametrize(
    ("idle", "sent_as"),
    [
        ("idle_time_before_shutdown_minutes: 0", None),
        ("idle_time_before_shutdown: PT1H30M", "PT1H30M"),
        ("idle_time_before_shutdown_minutes: 4320", "PT4320M"),
    ],
)
def test_idle_shutdown(idle: str, sent_as: str | None) -> None:
    instance = load(ComputeInstance, f"{{name: anna-ci, {idle}}}")
    assert _properties(instance).get("idleTimeBeforeShutdown") == sent_as


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("{name: ci-1}", "name", "is not a valid name"),
        (
            "{name: abc, idle_time_before_shutdown_minutes: 5}",
            "idle_time_before_shutdown_minutes",
            "Azure can't do that",
        ),
        ("{name: abc, ssh_public_access_enabled: true}", "", "needs a key"),
        ("{name: abc, enable_root_access: false}", "enable_root_access", "only preview versions"),
        (
            "{name: abc, schedules: {compute_start_stop: [{action: stop, trigger: {type: cron, expression: noon}}]}}",
            "schedules.compute_start_stop.0.trigger.cron.expression",
            "is not a cron expression",
        ),
    ],
)
def test_bad_instances(text: str, where: str, what: str) -> None:
    [(at, said, _)] = refusals(ComputeInstance, text)
    assert (at, what in said) == (where, True)


def test_what_azure_ignores_on_an_instance() -> None:
    """bicep#17617: a PUT drops schedules and idle shutdown of an instance that exists."""
    ignored = marked_paths(ComputeInstance, "ignored_on_update")
    assert {"properties.properties.schedules", "properties.properties.idleTimeBeforeShutdown"} <= set(ignored)


AKS = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"


def test_kubernetes() -> None:
    compute = load(
        KubernetesCompute,
        f"{{name: k8s, type: kubernetes, resource_id: {AKS}, namespace: ml, identity: {{type: system_assigned}},"
        " properties: {defaultInstanceType: small}}",
    )
    assert request_body(compute, "computes") == {
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "computeType": "Kubernetes",
            "resourceId": AKS,
            "properties": {"namespace": "ml", "defaultInstanceType": "small"},
        },
    }
    assert compute.extension is True


def test_kubernetes_extension() -> None:
    made = request_body(KubernetesExtension(enable_training=False, settings={"nginxIngress.enabled": "false"}))
    settings = made["properties"]["configurationSettings"]
    assert settings["enableTraining"] == "False"
    assert settings["inferenceRouterServiceType"] == "loadBalancer"
    assert settings["nginxIngress.enabled"] == "false"
    conforms("Microsoft.KubernetesConfiguration/extensions", "2023-05-01", made)


POOL = f"{GROUP}/providers/Microsoft.Synapse/workspaces/syn/bigDataPools/pool"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm"
BRICKS = f"{GROUP}/providers/Microsoft.Databricks/workspaces/bricks"


def test_attached_by_id() -> None:
    spark = load(SynapseSparkCompute, f"{{name: spark, resource_id: {POOL}, identity: {{type: system_assigned}}}}")
    assert request_body(spark, "computes")["properties"] == {"computeType": "SynapseSpark", "resourceId": POOL}
    machine = load(
        VirtualMachineCompute,
        f"{{name: box, resource_id: {MACHINE},"
        " ssh_settings: {admin_username: me, admin_password: '${{secrets.pw}}'}}",
    )
    assert _properties(machine) == {
        "sshPort": 22,
        "administratorAccount": {"username": "me", "password": "value of pw"},
    }
    bricks = load(DatabricksCompute, f"{{name: dbx, resource_id: {BRICKS}, access_token: '${{{{secrets.pat}}}}'}}")
    assert _properties(bricks) == {"databricksAccessToken": "value of pat"}


def test_attached_to_something_else() -> None:
    [(where, what, expected)] = refusals(SynapseSparkCompute, f"{{name: abc, resource_id: {AKS}}}")
    assert (where, "something else" in what, "bigDataPools" in expected) == ("resource_id", True, True)


def test_private_key_files_are_refused() -> None:
    [(where, _, expected)] = refusals(
        VirtualMachineCompute,
        f"{{name: abc, resource_id: {MACHINE}, ssh_settings: {{admin_username: me, ssh_private_key_file: ./id_rsa}}}}",
    )
    assert where == "ssh_settings.ssh_private_key_file"
    assert "${{secrets.NAME}}" in expected


def _corpus_files(pattern: str) -> list[str]:
    return sorted(path.name for path in (CORPUS / "compute").glob(pattern))


_REFUSED = {
    "cluster-ssh-password.yml": "written in clear",
    "cluster-user-identity.yml": "is not an ARM id",
}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files isn't at hand")
@pytest.mark.parametrize("name", _corpus_files("cluster-*.yml"))
def test_real_clusters(name: str) -> None:
    text = (CORPUS / "compute" / name).read_text(encoding="utf-8")
    if name in _REFUSED:
        [(_, what, _)] = refusals(AmlCompute, text)
        assert _REFUSED[name] in what
    else:
        assert _properties(load(AmlCompute, text))["scaleSettings"]["minNodeCount"] == 0


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files isn't at hand")
@pytest.mark.parametrize("name", _corpus_files("instance-*.yml"))
def test_real_instances(name: str) -> None:
    text = (CORPUS / "compute" / name).read_text(encoding="utf-8")
    assert _properties(load(ComputeInstance, text))["idleTimeBeforeShutdown"] == "PT60M"


def test_what_az_ml_prints_of_an_instance_is_read() -> None:
    printed = (
        "network_settings: {private_ip_address: 10.0.0.4}, ssh_settings: {admin_username: azureuser, ssh_port: '50000'}"
    )
    idle = "idle_time_before_shutdown: PT1H, idle_time_before_shutdown_minutes: 60"
    made = load(ComputeInstance, f"{{name: ci-a, type: computeinstance, state: Running, {printed}, {idle}}}")
    assert (made.network_settings, made.ssh_settings, made.idle_time_before_shutdown_minutes) == (None, None, 60)
    with pytest.raises(ValueError, match="says another time"):
        load(ComputeInstance, f"{{name: ci-a, type: computeinstance, {idle.replace('60', '90')}}}")
