"""Azure ML computes: made by Azure ML (clusters, instances) or attached (Kubernetes, Spark pools, machines)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_arm import ids, sizes
from azureml_arm.ids import ResourceId
from azureml_arm.names import RULES, NameRule
from azureml_sandbox.model.bodies import Body, dig, merge, plant, pluck
from azureml_sandbox.model.errors import ArmError, SilentError, bad_request
from azureml_sandbox.model.events import Event
from azureml_sandbox.model.operations import LongRunning
from azureml_sandbox.model.resource import Action, Cloud, ResourceType, Unique, Write, action
from azureml_sandbox.services.machinelearning import compute_checks, compute_keys, instances, lifecycle, nodes, quotas
from azureml_sandbox.services.machinelearning.system import SETTINGS, WORKSPACES
from azureml_sandbox.services.machinelearning.waiting import COMPUTE_ACTION, PATCH_WITH_STATUS, PUT_COMPUTE

ATTACHED = compute_checks.ATTACHED
IGNORED = ("schedules", "idleTimeBeforeShutdown")
"""What an update of a compute instance silently leaves as it was (Azure/bicep#17617)."""
KEPT = ("state", "lastOperation", "createdBy")
"""What an update of a compute instance doesn't touch."""
CLUSTER, INSTANCE = "AmlCompute", "ComputeInstance"
_SLOW = ("start", "stop", "restart", "reimage", "resize")


def _change(what: str) -> Action:
    """Return the action that does something to an instance."""

    def change(_kind: ResourceType, azure: Cloud, resource: Body, _body: Any) -> None:
        instances.change(azure, _instance(resource), what)

    return action(what)(change)


class Compute(ResourceType):
    """A compute. A compute instance's name is unique in its region."""

    type = f"{WORKSPACES}/computes"
    system_data = True
    created_status = updated_status = 201
    immutable = ("properties.computeType", "properties.resourceId")
    references = ("properties.resourceId", f"{SETTINGS}.subnet.id")
    secrets = compute_keys.SECRETS
    spans = (f"{SETTINGS}.scaleSettings.nodeIdleTimeBeforeScaleDown", f"{SETTINGS}.idleTimeBeforeShutdown")
    shapes: ClassVar = {
        f"{SETTINGS}.{name}": dict for name in ("connectivityEndpoints", "scaleSettings", "sshSettings")
    }
    discriminators: ClassVar = {"properties.computeType": compute_checks.KINDS}
    spellings: ClassVar = {
        f"{SETTINGS}.vmPriority": ("Dedicated", "LowPriority"),
        f"{SETTINGS}.osType": ("Linux", "Windows"),
        f"{SETTINGS}.remoteLoginPortPublicAccess": ("Enabled", "Disabled", "NotSpecified"),
        f"{SETTINGS}.applicationSharingPolicy": ("Personal", "Shared"),
        f"{SETTINGS}.sshSettings.sshPublicAccess": ("Enabled", "Disabled"),
    }
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": PUT_COMPUTE,
        "PATCH": PATCH_WITH_STATUS,
        **dict.fromkeys(("DELETE", *_SLOW), COMPUTE_ACTION),
    }
    taken = Unique(
        "region",
        "BadRequest",
        "Compute name '{name}' is not available. Reason: AlreadyExists. It must be unique across all compute "
        "instances of the Azure region.",
    )

    def not_found(self, target: ResourceId) -> ArmError:
        """Return the error with a status alone."""
        refusal = super().not_found(target)
        return SilentError(refusal.status, refusal.code, refusal.message)

    def naming(self, write: Write) -> NameRule:
        """Return the rule of names, which instances have their own of."""
        return RULES["compute_instance" if compute_checks.kind(write) == INSTANCE else "compute_cluster"]

    def uniqueness(self, write: Write) -> tuple[str, Unique] | None:
        """Return the claim of an instance; clusters have none."""
        if compute_checks.kind(write) != INSTANCE:
            return None
        return f"computeInstances/{write.location}/{write.id.name}".lower(), self.taken

    def check(self, write: Write) -> None:
        """Refuse changes of what is fixed, too many nodes, and an attached resource that can't be used."""
        _take_up(write.body)
        compute_checks.check(write)

    def defaults(self, write: Write) -> Body:
        """Return what a compute has when nothing is said."""
        return {"computeLocation": write.location, "disableLocalAuth": False, **_default_settings(write)}

    def computed_properties(self, write: Write) -> Body:
        """Return what Azure ML reports about the compute."""
        moment = write.azure.events.moment()
        return {
            "createdOn": write.old_properties.get("createdOn") or moment,
            "isAttachedCompute": compute_checks.kind(write) in ATTACHED,
            "modifiedOn": moment,
            **_computed_settings(write),
        }

    def finish(self, write: Write, resource: Body) -> Body:
        """Add the compute's region, and keep of an instance what an update can't change."""
        resource["location"] = write.location
        if compute_checks.kind(write) != INSTANCE:
            return resource
        if write.old is not None:
            for name in (*IGNORED, *KEPT):
                _restore(resource, write.old, f"{SETTINGS}.{name}")
        elif dig(resource, instances.SCHEDULES):
            kept = instances.with_ids(resource["id"], dig(resource, instances.SCHEDULES))
            plant(resource, instances.SCHEDULES, kept)
        return resource

    def after(self, write: Write, resource: Body) -> None:
        """Start what a write starts: nodes come and go, an instance starts, and both count."""
        azure, kind = write.azure, compute_checks.kind(write)
        if kind == CLUSTER:
            nodes.scale(azure, resource)
        elif kind == INSTANCE and write.created:
            instances.begin(azure, resource, "Create")
            instances.watch(azure, resource)
        quotas.record(azure, resource)

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Remove its nodes, quota and schedules."""
        quotas.forget(azure, resource)
        nodes.forget(azure, resource["id"])
        azure.events.cancel(resource["id"])

    def happen(self, azure: Cloud, resource: Body, event: Event) -> None:
        """Let idle nodes go, and an instance come to a state."""
        if event.what != nodes.SCALE_DOWN:
            instances.happen(azure, resource, event)
            return
        nodes.scale(azure, resource)
        lifecycle.wake(azure)

    @action("listKeys")
    def list_keys(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the secrets of the compute, by its type."""
        return compute_keys.keys(resource, azure.secrets(resource["id"]))

    @action("listNodes")
    def list_nodes(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the nodes that there are now."""
        if resource["properties"]["computeType"] != CLUSTER:
            raise bad_request(f"'{resource['name']}' is no cluster: only those of type {CLUSTER} have nodes.")
        return {"computeType": CLUSTER, "nodes": nodes.render_nodes(resource, nodes.nodes(azure, resource["id"]))}

    start, restart, reimage, stop = (_change(what) for what in ("Start", "Restart", "Reimage", "Stop"))

    @action("resize")
    def resize(self, azure: Cloud, resource: Body, body: Any) -> None:
        """Give a stopped instance another machine."""
        size = sizes.find(str(body.get("targetVMSize") or ""))
        if size is None or "computeinstance" not in size.computes:
            raise bad_request(f"targetVMSize is '{body.get('targetVMSize')}', which no compute instance can have.")
        plant(_instance(resource), f"{SETTINGS}.vmSize", size.name)
        quotas.check_room(azure, resource, 1)
        instances.change(azure, resource, "Resize")
        quotas.record(azure, resource)

    @action("updateIdleShutdownSetting")
    def update_idle_shutdown(self, azure: Cloud, resource: Body, body: Any) -> None:
        """Change what a PUT ignores."""
        instances.check(body)
        plant(_instance(resource), instances.IDLE_TIME, body.get("idleTimeBeforeShutdown"))
        azure.update(resource)
        instances.touch(azure, resource)

    @action("updateSchedules")
    def update_schedules(self, azure: Cloud, resource: Body, body: Any) -> None:
        """Change what a PUT ignores."""
        given = body.get("schedules") or body
        instances.check({"schedules": given})
        plant(_instance(resource), instances.SCHEDULES, instances.with_ids(resource["id"], given))
        azure.update(resource)
        instances.watch(azure, resource)

    @action("customServices")
    def update_custom_services(self, azure: Cloud, resource: Body, body: Any) -> None:
        """Replace the containers that run beside an instance's own applications."""
        if not (body == {} or isinstance(body, list)):
            raise bad_request("customServices takes a list of services.")
        plant(_instance(resource), f"{SETTINGS}.customServices", list(body))
        azure.update(resource)

    @action("enableSso")
    def enable_sso(self, azure: Cloud, resource: Body, body: Any) -> None:
        """Turn single sign-on of an instance on or off."""
        plant(_instance(resource), f"{SETTINGS}.enableSSO", bool(body.get("enableSSO", True)))
        azure.update(resource)


def _instance(resource: Body) -> Body:
    if resource["properties"]["computeType"] != INSTANCE:
        raise bad_request("Only compute instances can be started and stopped.")
    return resource


def _take_up(body: Body) -> None:
    """Lift the scale settings, which a PATCH of version 2020-08-01 has a cluster's scale one level higher
    (`ClusterUpdateParameters`).
    """
    given = pluck(body, "properties.scaleSettings")
    if isinstance(given, dict):
        scale = f"{SETTINGS}.scaleSettings"
        plant(body, scale, merge(dig(body, scale) or {}, given))


def _default_settings(write: Write) -> Body:
    kind = compute_checks.kind(write)
    if kind == CLUSTER:
        settings: Body = {
            "enableNodePublicIp": True,
            "osType": "Linux",
            "remoteLoginPortPublicAccess": "NotSpecified",
            "scaleSettings": {"minNodeCount": 0},
        }
    elif kind == INSTANCE:
        settings = {"applicationSharingPolicy": "Shared", "sshSettings": {"sshPublicAccess": "Disabled"}}
    else:
        return {}
    return {"properties": settings}


def _computed_settings(write: Write) -> Body:
    kind = compute_checks.kind(write)
    if kind == CLUSTER:
        shown = nodes.render_counts(nodes.nodes(write.azure, write.id.text))
        return {"properties": {"allocationState": "Steady", **shown}}
    if kind == INSTANCE:
        return {"properties": merge(_instance_settings(write), _ssh(write))}
    if kind == "SynapseSpark":
        pool = ids.parse(str(write.properties["resourceId"]))
        return {"properties": {"workspaceName": pool.names[0], "poolName": pool.name}}
    return {}


def _instance_settings(write: Write) -> Body:
    host = f"{write.id.name}.{write.location}.instances.azureml.ms"
    apps = {"Jupyter": f"https://{host}/tree/", "Jupyter Lab": f"https://{host}/lab"}
    return {
        "applications": [{"displayName": name, "endpointUri": uri} for name, uri in apps.items()],
        "connectivityEndpoints": {"privateIpAddress": "10.0.0.4"},
        "createdBy": {"userId": write.caller, "userOrgId": write.azure.tenant},
        "state": instances.RUNNING,
    }


def _ssh(write: Write) -> Body:
    """Return where an instance that can be reached by SSH listens."""
    access = str(dig(write.body, f"{SETTINGS}.sshSettings.sshPublicAccess") or "")
    if access.lower() != "enabled":
        return {}
    address = {"publicIpAddress": "20.0.0.4"}
    return {"sshSettings": {"adminUserName": "azureuser", "sshPort": 50000}, "connectivityEndpoints": address}


def _restore(resource: Body, old: Body, path: str) -> None:
    value = dig(old, path)
    holder = dig(resource, path.rpartition(".")[0])
    if value is not None:
        plant(resource, path, value)
    elif isinstance(holder, dict):
        holder.pop(path.rpartition(".")[2], None)
