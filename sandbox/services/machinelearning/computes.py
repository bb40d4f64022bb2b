"""Azure ML computes: made by Azure ML (clusters, instances) or attached (Kubernetes, Spark pools, machines)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arm.names import RULES, NameRule
from sandbox import derived
from sandbox.errors import bad_request
from sandbox.resource import Body, ResourceType, Unique, Write, action, dig, plant

if TYPE_CHECKING:
    from sandbox.azure import Azure

ATTACHED = ("Kubernetes", "SynapseSpark", "Databricks", "VirtualMachine")
NEED_TARGET = ("Kubernetes", "SynapseSpark", "VirtualMachine")
EXTENSION = "Microsoft.AzureML.Kubernetes"
FIXED = {
    "AmlCompute": ("vmSize", "vmPriority", "osType", "subnet"),
    "ComputeInstance": ("vmSize", "subnet"),
}
"""What is fixed when a compute is made, under `properties.properties`."""
IGNORED = ("schedules", "idleTimeBeforeShutdown")
"""What an update of a compute instance silently leaves as it was (Azure/bicep#17617)."""
SETTINGS = "properties.properties"


class Compute(ResourceType):
    """A compute. A compute instance's name is unique in its region."""

    type = "Microsoft.MachineLearningServices/workspaces/computes"
    system_data = True
    immutable = ("properties.computeType", "properties.resourceId")
    references = ("properties.resourceId", f"{SETTINGS}.subnet.id")
    secrets = (
        f"{SETTINGS}.userAccountCredentials.adminUserPassword",
        f"{SETTINGS}.administratorAccount.password",
        f"{SETTINGS}.administratorAccount.privateKeyData",
        f"{SETTINGS}.databricksAccessToken",
    )
    taken = Unique(
        "region",
        "BadRequest",
        "Compute name '{name}' is not available. Reason: AlreadyExists. It must be unique across all compute "
        "instances of the Azure region.",
    )

    def naming(self, write: Write) -> NameRule:
        """Instances have a rule of their own."""
        return RULES["compute_instance" if _kind(write) == "ComputeInstance" else "compute_cluster"]

    def uniqueness(self, write: Write) -> tuple[str, Unique] | None:
        """Only instances share a namespace."""
        if _kind(write) != "ComputeInstance":
            return None
        return f"computeInstances/{write.location}/{write.id.name}".lower(), self.taken

    def check(self, write: Write) -> None:
        """What is fixed, how many nodes, and whether an attached thing can be used."""
        kind = _kind(write)
        if not kind:
            raise bad_request("A compute needs properties.computeType.", "InvalidPropertyInPayload")
        if kind in NEED_TARGET and not write.properties.get("resourceId"):
            raise bad_request(f"Attaching {kind} needs properties.resourceId.", "InvalidPropertyInPayload")
        _check_fixed(write, kind)
        _check_nodes(write)
        if kind == "Kubernetes":
            _check_extension(write)

    def defaults(self, write: Write) -> Body:
        """What a compute has when nothing is said."""
        return {"computeLocation": write.location, "disableLocalAuth": False, **_default_settings(write)}

    def computed(self, write: Write) -> Body:
        """What Azure ML tells about the compute."""
        kind = _kind(write)
        return {
            "createdOn": derived.MOMENT,
            "isAttachedCompute": kind in ATTACHED,
            "modifiedOn": derived.MOMENT,
            **_computed_settings(write),
        }

    def built(self, write: Write, resource: Body) -> Body:
        """A compute says its region, and an instance keeps what an update can't change."""
        resource["location"] = write.location
        if write.old is not None and _kind(write) == "ComputeInstance":
            for name in IGNORED:
                _restore(resource, write.old, f"{SETTINGS}.{name}")
            plant(resource, f"{SETTINGS}.state", dig(write.old, f"{SETTINGS}.state"))
        return resource

    @action("listKeys")
    def list_keys(self, _azure: Azure, resource: Body, _body: Any) -> Body:
        """The secrets of the compute, by its type."""
        kind = resource["properties"]["computeType"]
        if kind in ("AmlCompute", "ComputeInstance"):
            raise bad_request(f"Listing keys is not supported for a compute of type {kind}.")
        return {"computeType": kind}

    @action("listNodes")
    def list_nodes(self, _azure: Azure, resource: Body, _body: Any) -> Body:
        """The nodes that run; a cluster starts with its minimum."""
        count = dig(resource, f"{SETTINGS}.currentNodeCount") or 0
        nodes = [{"nodeId": derived.guid("node", resource["id"], str(n)), "nodeState": "idle"} for n in range(count)]
        return {"nodes": nodes}

    @action("start")
    def start(self, azure: Azure, resource: Body, _body: Any) -> None:
        """Start an instance."""
        self._set_state(azure, resource, "Running")

    @action("restart")
    def restart(self, azure: Azure, resource: Body, _body: Any) -> None:
        """Stop and start an instance."""
        self._set_state(azure, resource, "Running")

    @action("stop")
    def stop(self, azure: Azure, resource: Body, _body: Any) -> None:
        """Stop an instance."""
        self._set_state(azure, resource, "Stopped")

    @action("updateIdleShutdownSetting")
    def update_idle_shutdown(self, azure: Azure, resource: Body, body: Any) -> None:
        """The way to change what a PUT ignores."""
        plant(resource, f"{SETTINGS}.idleTimeBeforeShutdown", body.get("idleTimeBeforeShutdown"))
        azure.update(resource)

    @staticmethod
    def _set_state(azure: Azure, resource: Body, state: str) -> None:
        if resource["properties"]["computeType"] != "ComputeInstance":
            raise bad_request("Only compute instances can be started and stopped.")
        plant(resource, f"{SETTINGS}.state", state)
        azure.update(resource)


def _kind(write: Write) -> str:
    return str(write.properties.get("computeType") or write.old_properties.get("computeType") or "")


def _check_fixed(write: Write, kind: str) -> None:
    for name in FIXED.get(kind, ()):
        old, new = dig(write.old or {}, f"{SETTINGS}.{name}"), dig(write.body, f"{SETTINGS}.{name}")
        if old is not None and new is not None and _lowered(old) != _lowered(new):
            raise bad_request(
                f"Compute '{write.id.name}': {name} can't be changed from {old!r} to {new!r}; delete the compute and "
                "make it anew."
            )


def _lowered(value: Any) -> str:
    return str(value).lower()


def _check_nodes(write: Write) -> None:
    scale = dig(write.body, f"{SETTINGS}.scaleSettings") or {}
    low, high = scale.get("minNodeCount") or 0, scale.get("maxNodeCount")
    if high is not None and not 0 <= low <= high:
        raise bad_request(f"minNodeCount ({low}) must be between 0 and maxNodeCount ({high}).")


def _check_extension(write: Write) -> None:
    cluster = str(write.properties.get("resourceId") or write.old_properties.get("resourceId"))
    extensions = write.azure.list(cluster, "Microsoft.KubernetesConfiguration/extensions")
    if not any(one["properties"].get("extensionType", "").lower() == EXTENSION.lower() for one in extensions):
        raise bad_request(
            f"The Azure Machine Learning extension ({EXTENSION}) is not installed on '{cluster}'; deploy it first.",
            "KubernetesExtensionNotFound",
        )


def _default_settings(write: Write) -> Body:
    kind = _kind(write)
    if kind == "AmlCompute":
        settings: Body = {
            "enableNodePublicIp": True,
            "osType": "Linux",
            "remoteLoginPortPublicAccess": "NotSpecified",
            "vmPriority": "Dedicated",
            "scaleSettings": {"minNodeCount": 0, "nodeIdleTimeBeforeScaleDown": "PT120S"},
        }
    elif kind == "ComputeInstance":
        settings = {"applicationSharingPolicy": "Shared", "sshSettings": {"sshPublicAccess": "Disabled"}}
    else:
        return {}
    return {"properties": settings}


def _computed_settings(write: Write) -> Body:
    kind = _kind(write)
    if kind == "AmlCompute":
        nodes = dig(write.body, f"{SETTINGS}.scaleSettings.minNodeCount") or 0
        return {
            "properties": {
                "allocationState": "Steady",
                "currentNodeCount": nodes,
                "targetNodeCount": nodes,
                "nodeStateCounts": {"idleNodeCount": nodes, "runningNodeCount": 0},
            }
        }
    if kind == "ComputeInstance":
        host = f"{write.id.name}.{write.location}.instances.azureml.ms"
        apps = {"Jupyter": f"https://{host}/tree/", "Jupyter Lab": f"https://{host}/lab"}
        return {
            "properties": {
                "applications": [{"displayName": name, "endpointUri": uri} for name, uri in apps.items()],
                "createdBy": {"userId": write.caller, "userOrgId": write.azure.tenant},
                "state": "Running",
            }
        }
    return {}


def _restore(resource: Body, old: Body, path: str) -> None:
    value = dig(old, path)
    holder = dig(resource, path.rpartition(".")[0])
    if value is not None:
        plant(resource, path, value)
    elif isinstance(holder, dict):
        holder.pop(path.rpartition(".")[2], None)
