"""What Azure ML refuses of a compute."""

from typing import Any

from azureml_arm import ids, sizes
from azureml_sandbox.model.bodies import Body, dig, merge
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import Cloud, Write
from azureml_sandbox.services.machinelearning import instances, network, quotas
from azureml_sandbox.services.machinelearning.system import SETTINGS

ATTACHED = ("AKS", "DataFactory", "Databricks", "HDInsight", "Kubernetes", "SynapseSpark", "VirtualMachine")
NEED_TARGET = ("AKS", "HDInsight", "Kubernetes", "SynapseSpark", "VirtualMachine")
KINDS = ("AmlCompute", "ComputeInstance", *ATTACHED)
EXTENSION = "Microsoft.AzureML.Kubernetes"
FIXED = {
    "AmlCompute": ("vmSize", "vmPriority", "osType", "subnet"),
    "ComputeInstance": ("vmSize", "subnet"),
}
"""What is fixed when a compute is made, under `properties.properties`."""
ONE_IDENTITY = ("AmlCompute", "Kubernetes")
"""What has identities of one kind only: https://learn.microsoft.com/azure/machine-learning/reference-yaml-compute-aml."""
NODES = 100
"""The most nodes of a cluster, unless more were asked for
(https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas)."""
_PAYLOAD = "InvalidPropertyInPayload"


def kind(write: Write) -> str:
    """Return the compute's type, which never changes."""
    return str(write.properties.get("computeType") or write.old_properties.get("computeType") or "")


def check(write: Write) -> None:
    """Run every check of a PUT."""
    what = kind(write)
    if what not in KINDS:
        problem = f"'{what}' is no computeType" if what else "A compute needs properties.computeType"
        raise bad_request(f"{problem}: expected {', '.join(KINDS)}.", _PAYLOAD)
    if what in NEED_TARGET and not (write.properties.get("resourceId") or write.old_properties.get("resourceId")):
        raise bad_request(f"Attaching {what} needs properties.resourceId.", _PAYLOAD)
    target = write.properties.get("resourceId")
    if what in NEED_TARGET and target and not ids.is_id(target):
        raise bad_request(f"Attaching {what} needs an ARM id as properties.resourceId, not '{target}'.", _PAYLOAD)
    _check_fixed(write, what)
    _check_nodes(write)
    _check_network(write, what)
    if what in ONE_IDENTITY and "," in str((write.body.get("identity") or {}).get("type")):
        raise bad_request(f"{what} has one system-assigned identity or user-assigned identities, not both.")
    if what == "Kubernetes":
        _check_extension(write)
    if what in FIXED:
        _check_size(write, what)
    if what == "ComputeInstance" and write.created:
        instances.check(dig(write.body, SETTINGS) or {})
        _check_owner(write)
    _check_quota(write, what)


def _check_quota(write: Write, what: str) -> None:
    if write.created:
        quotas.check_count(write.azure, write.location)
    if what in FIXED:
        compute = merge(write.old or {}, {**write.body, "id": write.id.text, "location": write.location})
        least = max(1, _number(dig(compute, f"{SETTINGS}.scaleSettings.minNodeCount"), 0))
        quotas.check_room(write.azure, compute, least if what == "AmlCompute" else 1)


def _check_fixed(write: Write, what: str) -> None:
    for name in FIXED.get(what, ()):
        old, new = dig(write.old or {}, f"{SETTINGS}.{name}"), dig(write.body, f"{SETTINGS}.{name}")
        if old is not None and new is not None and str(old).lower() != str(new).lower():
            raise bad_request(
                f"Compute '{write.id.name}': {name} can't be changed from {old!r} to {new!r}; delete the compute and "
                "make it anew."
            )


def _check_size(write: Write, what: str) -> None:
    """Refuse a size that isn't offered; Azure's words are from https://github.com/Azure/MachineLearningNotebooks/issues/1169."""
    wanted = dig(write.body, f"{SETTINGS}.vmSize")
    size = sizes.find(str(wanted or ""))
    if size is None or what.lower() not in size.computes:
        raise bad_request(
            f"The specified value {wanted} for property Cluster.Properties.VMSize is not a supported VM size. Nearest: "
            f"{', '.join(sizes.nearest(str(wanted))) or 'none'}. See `az ml compute list-sizes`.",
            "InvalidPropertyValue",
        )


def _check_network(write: Write, what: str) -> None:
    """Refuse nodes without public addresses outside a network, and in a managed one any other network:
    https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#limitations.
    """
    managed = what in FIXED and network.mode_of(write.parent) != network.MODES[0]
    subnet = dig(write.body, f"{SETTINGS}.subnet.id") or dig(write.old or {}, f"{SETTINGS}.subnet.id")
    if managed and subnet and write.created:
        raise bad_request(
            f"Compute '{write.id.name}' can't be in the subnet '{subnet}': the workspace has a managed network, and "
            "computes are in that one."
        )
    if what in FIXED and dig(write.body, f"{SETTINGS}.enableNodePublicIp") is False and not (managed or subnet):
        raise bad_request(
            f"Compute '{write.id.name}' has no public IP (enableNodePublicIp is false), which needs a subnet or a "
            "workspace with a managed network."
        )


def _check_owner(write: Write) -> None:
    """Refuse a key for another's instance, in Azure's words (https://github.com/MicrosoftDocs/azure-docs/issues/109642)."""
    owner = dig(write.body, f"{SETTINGS}.personalComputeInstanceSettings.assignedUser.objectId")
    if (
        owner
        and str(owner).lower() != write.caller.lower()
        and dig(write.body, f"{SETTINGS}.sshSettings.adminPublicKey")
    ):
        raise bad_request(
            "Setting SSH key at creation time is not allowed when compute instance is provisioned on behalf of another "
            "user.",
            "UserError",
        )


def _check_nodes(write: Write) -> None:
    scale = dig(write.body, f"{SETTINGS}.scaleSettings") or {}
    if not isinstance(scale, dict):
        raise bad_request(f"scaleSettings is {scale!r}; expected minNodeCount and maxNodeCount.", _PAYLOAD)
    low = _number(scale.get("minNodeCount"), 0)
    high = _number(scale.get("maxNodeCount"), max(low, 1))
    if not 0 <= low <= high:
        raise bad_request(f"minNodeCount ({low}) must be between 0 and maxNodeCount ({high}).")
    if high > NODES:
        raise bad_request(f"maxNodeCount ({high}) is more than the {NODES} nodes that a cluster may have.")


def _number(given: Any, default: int) -> int:
    if given is None:
        return default
    if not isinstance(given, int) or isinstance(given, bool):
        raise bad_request(f"A number of nodes is {given!r}; expected a whole number.", _PAYLOAD)
    return given


def find_extension(azure: Cloud, cluster: str) -> Body | None:
    """Return the properties of Azure ML's extension on a cluster."""
    extensions = (one["properties"] for one in azure.list(cluster, "Microsoft.KubernetesConfiguration/extensions"))
    return next((one for one in extensions if one.get("extensionType", "").lower() == EXTENSION.lower()), None)


def _check_extension(write: Write) -> None:
    cluster = str(write.properties.get("resourceId") or write.old_properties.get("resourceId"))
    if find_extension(write.azure, cluster) is None:
        raise bad_request(
            f"The Azure Machine Learning extension ({EXTENSION}) is not installed on '{cluster}'; deploy it first.",
            "KubernetesExtensionNotFound",
        )
