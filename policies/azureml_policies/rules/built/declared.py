"""Rules that are one declaration: a switch or a choice, how long a compute may be idle, a sum over the stack."""

from azureml_arm.actions import COMPUTE, ONLINE_DEPLOYMENT, WORKSPACE
from azureml_policies.fixes import CommandFix, Line, NoWord
from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.idle import IdleTime, idle_rule
from azureml_policies.rules.checks.switches import Switch, switches
from azureml_policies.rules.checks.totals import stack_limit
from azureml_policies.rules.checks.words import kind_of

_AKS = "Microsoft.ContainerService/managedClusters"
_DATABRICKS = "Microsoft.Databricks/workspaces"
_REGISTRY = "Microsoft.ContainerRegistry/registries"
_VAULT = "Microsoft.KeyVault/vaults"
_INSIGHTS, _LOGS = "Microsoft.Insights/components", "Microsoft.OperationalInsights/workspaces"
_FROM_PUBLIC_NETWORKS = ("properties.publicNetworkAccessForIngestion", "properties.publicNetworkAccessForQuery")
_ACCOUNT = "Microsoft.Storage/storageAccounts"

STACK_MAX_VCPUS = stack_limit("stack-max-vcpus", "vCPUs", lambda size: size.vcpus)

STACK_MAX_GPUS = stack_limit("stack-max-gpus", "GPUs", lambda size: size.gpus)

COMPUTE_IDLE_SCALE_DOWN = idle_rule(
    "compute-idle-scale-down",
    IdleTime(
        "amlcompute",
        "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown",
        "seconds",
        allowed=900,
        usual=120,  # what az ml sends where nothing is set
    ),
    why="idle nodes are paid for",
    title="Idle nodes of a cluster are removed within the time that the config allows.",
    severity=Severity.LOW,
    remedy="leave `idle_time_before_scale_down` out (120 seconds), or set a smaller number of seconds",
    fix=(
        Line(
            "computes", "idle_time_before_scale_down", 120, "max_seconds", most=True, default=120, types=("amlcompute",)
        ),
    ),
    description="Most seconds that a node may be idle before it is removed.",
)

COMPUTE_IDLE_SHUTDOWN = idle_rule(
    "compute-idle-shutdown",
    IdleTime(
        "computeinstance",
        "properties.properties.idleTimeBeforeShutdown",
        "minutes",
        allowed=4320,
        usual=30,
        least=15,  # Azure's bounds: Microsoft's types, 2025-12-01
        most=4320,
    ),
    why="an idle instance is paid for until it is stopped",
    title="An instance that nobody uses stops within the time that the config allows.",
    severity=Severity.MEDIUM,
    remedy="set `idle_time_before_shutdown_minutes`, or leave it out (60); an instance that is there already takes it "
    "only by `az ml compute update` or the studio",
    fix=(
        Line(
            "computes",
            "idle_time_before_shutdown_minutes",
            60,
            "max_minutes",
            most=True,
            least=15,
            default=60,
            types=("computeinstance",),
        ),
    ),
    description="Most minutes that an instance may be idle before it stops; Azure takes 15 to 4320.",
)

DATABRICKS_NO_PUBLIC_IP = switches(
    "databricks-no-public-ip",
    # Azure's default since API version 2024-05-01:
    # https://learn.microsoft.com/azure/databricks/security/network/classic/secure-cluster-connectivity
    Switch(_DATABRICKS, "properties.parameters.enableNoPublicIp.value", must_be=True, default=True),
    why="a public address is a way in to its machines",
    title="Machines of a Databricks workspace have no public addresses.",
    severity=Severity.HIGH,
    remedy="leave `public_ip` out of `create`, or set it to false",
    fix=(Line("computes", "create.public_ip", value=False, types=("databricks",), default=False),),
    family="compute",
)

DATABRICKS_NO_PUBLIC_ACCESS = switches(
    "databricks-no-public-access",
    Switch(_DATABRICKS, "properties.publicNetworkAccess", must_be=("Disabled",), default="Enabled"),
    why="whoever has a token can use it from anywhere",
    title="Databricks workspaces are reached by private endpoints only.",
    severity=Severity.MEDIUM,
    remedy="set `public_network_access: disabled` in `create`, with `vnet`, and make the private endpoints",
    fix=(Line("computes", "create.public_network_access", value="disabled", types=("databricks",)),),
    level=Level.DISABLED,
    family="compute",
)

COMPUTE_LOCAL_AUTH_OFF = switches(
    "compute-local-auth-off",
    Switch(COMPUTE, "properties.disableLocalAuth", must_be=True, default=False),
    why="accounts on nodes stay when people lose their rights",
    title="Nodes of clusters and instances have no local accounts.",
    severity=Severity.HIGH,
    remedy="leave `ssh_settings` and `ssh_public_access_enabled` out: local accounts are off then",
    fix=(
        Line("computes", "ssh_settings", types=("amlcompute", "computeinstance")),
        Line("computes", "ssh_public_access_enabled", value=False, default=False),
    ),
    level=Level.ADVISORY,
    when=lambda write: kind_of(write) in ("amlcompute", "computeinstance"),
    family="compute",
)

COMPUTE_INSTANCE_PERSONAL = switches(
    "compute-instance-personal",
    Switch(COMPUTE, "properties.properties.applicationSharingPolicy", must_be=("Personal",), default="Shared"),
    why="what its user runs there is open to everyone in the workspace",
    title="Applications on an instance are open to its user alone.",
    severity=Severity.LOW,
    remedy="set applicationSharingPolicy to Personal; az ml has no word for it, and says Shared",
    fix=(NoWord("applicationSharingPolicy: Personal"),),
    level=Level.DISABLED,
    when=lambda write: kind_of(write) == "computeinstance",
    family="compute",
)

AKS_PRIVATE = switches(
    "aks-private",
    Switch(_AKS, "properties.apiServerAccessProfile.enablePrivateCluster", must_be=True, default=False),
    why="whoever has a token reaches its API server from the internet",
    title="The API servers of AKS clusters answer in a network alone.",
    severity=Severity.MEDIUM,
    remedy="set `private: true` where the cluster is made: another cluster (in ARM: enablePrivateCluster: true)",
    fix=(Line("computes", "create.private", value=True, types=("kubernetes",), unless="resource_id"),),
    level=Level.ADVISORY,
    family="compute",
)

ENDPOINT_NO_PUBLIC_ACCESS = switches(
    "endpoint-no-public-access",
    Switch(f"{WORKSPACE}/onlineEndpoints", "properties.publicNetworkAccess", must_be=("Disabled",), default="Enabled"),
    why="anybody on the internet can call it",
    title="Online endpoints answer inside the workspace's private network only.",
    severity=Severity.HIGH,
    remedy="set `public_network_access: disabled`; callers then need the workspace's private endpoint",
    fix=(Line("online_endpoints", "public_network_access", "disabled"),),
    level=Level.DISABLED,
    family="endpoints",
)

DEPLOYMENT_NO_EGRESS = switches(
    "deployment-no-egress",
    Switch(ONLINE_DEPLOYMENT, "properties.egressPublicNetworkAccess", must_be=("Disabled",), default="Enabled"),
    why="what a model is asked can be sent anywhere",
    title="Managed online deployments don't reach the internet.",
    severity=Severity.MEDIUM,
    remedy="set `egress_public_network_access: disabled` (a change makes a new deployment); in a workspace with a "
    "managed network that network decides instead, and this rule is to stay off",
    fix=(Line("online_deployments", "egress_public_network_access", "disabled"),),
    level=Level.DISABLED,
    when=lambda write: write.text_at("properties.endpointComputeType", "Managed") == "managed",
    family="endpoints",
)

ACR_ADMIN_OFF = switches(
    "acr-admin-off",
    Switch(_REGISTRY, "properties.adminUserEnabled", must_be=False, default=False),
    why="its password pushes images as nobody in particular",
    title="Container registries have no admin account.",
    severity=Severity.HIGH,
    remedy="leave `adminUserEnabled` out, and give the workspace's identity AcrPush",
    remediable=True,
    family="container registry",
)

ACR_NO_ANONYMOUS_PULL = switches(
    "acr-no-anonymous-pull",
    Switch(_REGISTRY, "properties.anonymousPullEnabled", must_be=False, default=False),
    why="anybody on the internet could pull the images",
    title="Container registries give no images to anonymous callers.",
    severity=Severity.HIGH,
    remedy="leave `anonymousPullEnabled` out",
    remediable=True,
    family="container registry",
)

# Off by default: Azure ML itself still writes with the connection string.
APP_INSIGHTS_LOCAL_AUTH_OFF = switches(
    "app-insights-local-auth-off",
    Switch(_INSIGHTS, "properties.DisableLocalAuth", must_be=True, default=False),
    why="whoever has the connection string can write telemetry",
    title="Application Insights takes telemetry from identities only.",
    severity=Severity.LOW,
    remedy="set `disableLocalAuth: true` where nothing writes with the connection string",
    fix=(NoWord("disableLocalAuth: true"),),
    level=Level.DISABLED,
    family="monitoring",
)

KEY_VAULT_PURGE_PROTECTION = switches(
    "key-vault-purge-protection",
    Switch(_VAULT, "properties.enablePurgeProtection", must_be=True, default=False),
    Switch(
        _VAULT, "properties.enableSoftDelete", must_be=True, default=True, why="what is deleted would be gone at once"
    ),
    why="whoever may purge it can delete its keys for good",
    title="Key Vaults, and what is in them, can't be purged before their time.",
    severity=Severity.HIGH,
    remedy="leave the setting `disposable` out, or set `enablePurgeProtection: true`, which nobody can take back",
    fix=(CommandFix("pulumi config rm azureml-infra:disposable"),),
    level=Level.ADVISORY,
    family="key vault",
)

KEY_VAULT_RBAC = switches(
    "key-vault-rbac",
    Switch(_VAULT, "properties.enableRbacAuthorization", must_be=True, default=False),
    why="whoever may write the vault can give themselves its secrets by an access policy",
    title="Key Vaults go by role assignments, not by access policies.",
    severity=Severity.HIGH,
    remedy="set `enableRbacAuthorization: true`",
    level=Level.ADVISORY,
    family="key vault",
)

LOG_ANALYTICS_LOCAL_AUTH_OFF = switches(
    "log-analytics-local-auth-off",
    Switch(_LOGS, "properties.features.disableLocalAuth", must_be=True, default=False),
    why="whoever has the workspace's key can write logs",
    title="Log Analytics takes logs from identities only.",
    severity=Severity.MEDIUM,
    remedy="set `features: {disableLocalAuth: true}`",
    level=Level.ADVISORY,
    family="monitoring",
)

MONITOR_NO_PUBLIC_ACCESS = switches(
    "monitor-no-public-access",
    *(
        Switch(name, path, must_be=("Disabled",), default="Enabled")
        for name in (_INSIGHTS, _LOGS)
        for path in _FROM_PUBLIC_NETWORKS
    ),
    why="logs would be open to all networks",
    title="Application Insights and Log Analytics aren't reached from public networks.",
    severity=Severity.LOW,
    remedy="set `publicNetworkAccessForIngestion` and `…ForQuery` to Disabled, with a private link scope",
    fix=(NoWord("publicNetworkAccessForIngestion and publicNetworkAccessForQuery: Disabled"),),
    level=Level.DISABLED,
    family="monitoring",
)

STORAGE_CROSS_TENANT_OFF = switches(
    "storage-cross-tenant-off",
    Switch(_ACCOUNT, "properties.allowCrossTenantReplication", must_be=False, default=False),
    why="a replication rule could copy the data out of the tenant",
    title="Storage accounts replicate nothing into other tenants.",
    severity=Severity.MEDIUM,
    remedy="leave `allowCrossTenantReplication` out",
    level=Level.ADVISORY,
    family="storage",
)

STORAGE_HTTPS_ONLY = switches(
    "storage-https-only",
    Switch(_ACCOUNT, "properties.supportsHttpsTrafficOnly", must_be=True, default=True),
    why="plain http can be read on its way",
    title="Storage accounts take no plain http.",
    severity=Severity.HIGH,
    remedy="leave `enableHttpsTrafficOnly` out",
    remediable=True,
    family="storage",
)

STORAGE_LOCAL_USERS_OFF = switches(
    "storage-local-users-off",
    Switch(_ACCOUNT, "properties.isLocalUserEnabled", must_be=False, default=False),
    why="they have passwords that Azure doesn't know of",
    title="Storage accounts have no local users.",
    severity=Severity.LOW,
    remedy="leave `isLocalUserEnabled` out",
    level=Level.ADVISORY,
    family="storage",
)

STORAGE_NO_ANONYMOUS = switches(
    "storage-no-anonymous",
    Switch(_ACCOUNT, "properties.allowBlobPublicAccess", must_be=False, default=False),
    Switch(f"{_ACCOUNT}/blobServices/containers", "properties.publicAccess", must_be=("None",), default="None"),
    why="anybody on the internet could read the data",
    title="Blobs can't be read anonymously.",
    severity=Severity.HIGH,
    remedy="leave `allowBlobPublicAccess` out of the account and `publicAccess` out of the container",
    remediable=True,
    family="storage",
)

STORAGE_SHARED_KEYS_OFF = switches(
    "storage-shared-keys-off",
    Switch(_ACCOUNT, "properties.allowSharedKeyAccess", must_be=False, default=True),
    why="its keys open everything in it, to nobody in particular",
    title="Storage accounts take no shared keys.",
    severity=Severity.HIGH,
    remedy="set `system_datastores_auth_mode: identity`, or `allowSharedKeyAccess: false` in an account of one's own",
    fix=(Line("workspace", "system_datastores_auth_mode", "identity", default="identity"),),
    level=Level.ADVISORY,
    family="storage",
)

STORAGE_TLS = switches(
    "storage-tls",
    Switch(_ACCOUNT, "properties.minimumTlsVersion", must_be=("TLS1_2", "TLS1_3"), default="TLS1_0"),
    why="older TLS can be broken",
    title="Storage accounts take no TLS below 1.2.",
    severity=Severity.HIGH,
    remedy="set `minimumTlsVersion: TLS1_2`",
    remediable=True,
    family="storage",
)

WORKSPACE_HBI = switches(
    "workspace-hbi",
    Switch(WORKSPACE, "properties.hbiWorkspace", must_be=True, default=False),
    why="without it Microsoft's diagnostics may hold what is in the data",
    title="Workspaces are marked as of high business impact.",
    severity=Severity.LOW,
    remedy="set `hbi_workspace: true`; on a workspace that is there already it makes another one",
    fix=(Line("workspace", "hbi_workspace", value=True),),
    level=Level.DISABLED,
    when=lambda write: write.text_at("kind") != "project",
    family="workspace",
)
