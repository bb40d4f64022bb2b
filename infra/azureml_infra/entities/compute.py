"""Computes: clusters, instances, and attached Kubernetes, Spark, Databricks and virtual machines.

Fields and defaults: https://learn.microsoft.com/azure/machine-learning/reference-yaml-compute-aml and its neighbours.
Defaults differ from az ml's where that saves money or closes a port: instances shut down when idle, SSH is off.
"""

import datetime
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, Self

import isodate
from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from azureml_arm import durations
from azureml_arm.ids import is_id
from azureml_arm.limits import LONGEST_IDLE, SHORTEST_IDLE
from azureml_infra.entities.base import LOCAL, Arm, Entity, InputStr, Model, SecretStr, is_output, means, refusal
from azureml_infra.entities.body import Resolver, put
from azureml_infra.entities.compute_schedules import ComputeSchedules
from azureml_infra.entities.fields import (
    LOWER,
    Guid,
    Identity,
    Region,
    SshPublicKey,
    VmSize,
    only,
    refuse_both,
    size_name,
    upper,
    whole_minutes,
)
from azureml_infra.entities.reverse import Place, at
from azureml_infra.entities.setup import CustomApplication, SetupScripts
from azureml_infra.entities.tags import Tags
from azureml_infra.entities.words import PASCAL, name_rule, seconds
from azureml_infra.yaml.problems import quote

_IN = "properties.properties"
_PORT = f"{_IN}.remoteLoginPortPublicAccess"
COMPUTE_TYPE = partial(means, "properties.computeType")
_DEFAULT_SIZE = "Standard_DS3_v2"
DERIVED = {"microsoft.machinelearningservices/workspaces/computes": ("disableLocalAuth",)}
"""By type in lower case, the ARM paths that no word says: what was made elsewhere keeps what it has there."""


def _on_off(given: bool) -> str:
    return "Enabled" if given else "Disabled"


def _own_identity() -> Identity:
    return Identity(type="system_assigned")


def _unless_printed(*words: str) -> BeforeValidator:
    """Return a validator that takes a mapping of what only Azure sets for nothing: az ml prints it so."""
    return BeforeValidator(lambda given: None if isinstance(given, Mapping) and not given.keys() - {*words} else given)


_ADDRESSES = ("public_ip_address", "private_ip_address")
_NETWORK, _SSH = _unless_printed(*_ADDRESSES), _unless_printed("admin_username", "ssh_port")


class NetworkSettings(Model):
    """The virtual network that a compute's nodes are in."""

    read_only: ClassVar[tuple[str, ...]] = _ADDRESSES

    vnet_name: Annotated[str | None, LOCAL] = None
    """Name of a virtual network in the platform's resource group; left out where `subnet` is an ARM id."""
    subnet: Annotated[InputStr, Arm("subnet.id", immutable=True)]
    """ARM id of a subnet, or its name with `vnet_name`."""

    @field_validator("subnet")
    @classmethod
    def _findable(cls, subnet: Any, info: Any) -> Any:
        if is_output(subnet) or is_id(subnet) or info.data.get("vnet_name"):
            return subnet
        raise refusal(f'"{subnet}" is a name without a network', "the subnet's ARM id, or its name and vnet_name")

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Resolve a subnet's name as ``VNET/SUBNET`` in the family ``subnets``; an id stays."""
        if not is_output(self.subnet) and not is_id(str(self.subnet)):
            put(body, "subnet.id", resolver.reference(("subnets",), f"{self.vnet_name}/{self.subnet}"))


class Compute(Entity):
    """The fields of all computes."""

    family: ClassVar[str] = "computes"
    read_only: ClassVar[tuple[str, ...]] = ("created_on", "provisioning_errors", "provisioning_state")

    name: Annotated[str, LOCAL, name_rule("compute_cluster")]
    """Unique in the workspace."""
    description: Annotated[str | None, Arm("properties.description")] = None
    """What it is for."""
    location: Annotated[Region | None, Arm("location", immutable=True)] = None
    """Azure region; the workspace's if left out."""
    tags: Annotated[Tags | None, Arm("tags")] = None
    """Names and values for billing and search."""


class AmlComputeSshSettings(Model):
    """The administrator account on a cluster's nodes."""

    admin_username: Annotated[str, Arm("adminUserName")]
    """The account's name."""
    admin_password: Annotated[SecretStr | None, Arm("adminUserPassword")] = None
    """Its password; a key is better."""
    ssh_key_value: Annotated[SshPublicKey | None, Arm("adminUserSshPublicKey")] = None
    """Its SSH public key."""

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.admin_password is None and self.ssh_key_value is None:
            raise refusal("nobody could log in", "ssh_key_value or admin_password")
        return self


class AmlCompute(Compute):
    """A cluster that scales between `min_instances` and `max_instances` nodes."""

    kind: ClassVar[str] = "compute cluster"
    read_only: ClassVar[tuple[str, ...]] = ("resource_id",)
    arm_constants: ClassVar[Mapping[str, Any]] = {f"{_IN}.osType": "Linux"}

    type: Annotated[Literal["amlcompute"], LOWER, COMPUTE_TYPE("AmlCompute")] = "amlcompute"
    """The kind of compute."""
    size: Annotated[VmSize, Arm(f"{_IN}.vmSize", upper, immutable=True, back=size_name)] = _DEFAULT_SIZE
    """VM size of the nodes, in any letter case."""
    tier: Annotated[Literal["dedicated", "low_priority"], PASCAL, Arm(f"{_IN}.vmPriority", immutable=True)] = (
        "dedicated"
    )
    """`low_priority` nodes are cheaper and may be taken away at any time."""
    min_instances: Annotated[int, Field(ge=0), Arm(f"{_IN}.scaleSettings.minNodeCount")] = 0
    """Nodes that are kept and paid for even when idle."""
    max_instances: Annotated[int, Field(ge=0, validate_default=True), Arm(f"{_IN}.scaleSettings.maxNodeCount")] = 4
    """Most nodes at a time."""
    idle_time_before_scale_down: Annotated[
        int, Field(ge=0), Arm(f"{_IN}.scaleSettings.nodeIdleTimeBeforeScaleDown", seconds)
    ] = 120
    """Seconds that a node stays idle before it is removed."""
    identity: Annotated[Identity | None, AfterValidator(refuse_both), Arm("identity")] = Field(
        default_factory=_own_identity
    )
    """What the nodes pull images and read data as. Its own if left out (az ml: none)."""
    grants: Annotated[bool | None, LOCAL] = None
    """Whether its identity gets the roles that jobs need, AcrPull and data access: on the registry and storage account
    that this description makes if left out, with `true` on given ones, too, with `false` on none. Not a field of az
    ml."""
    network_settings: Annotated[NetworkSettings | None, _NETWORK, Arm(_IN)] = None
    """The nodes' virtual network."""
    enable_node_public_ip: Annotated[bool, Arm(f"{_IN}.enableNodePublicIp", immutable=True)] = True
    """`false` needs a virtual network, or the workspace's managed one."""
    ssh_public_access_enabled: Annotated[
        bool | None, Arm(_PORT, _on_off, immutable=True, back=lambda said: said == "Enabled")
    ] = False
    """Whether the nodes' SSH port is open to the internet; with `null` as Azure has it of itself, and az ml by default:
    open where there is no network."""
    ssh_settings: Annotated[AmlComputeSshSettings | None, Arm(f"{_IN}.userAccountCredentials", immutable=True)] = None
    """The administrator account; without it nobody can log in."""

    @field_validator("max_instances")
    @classmethod
    def _not_below_min(cls, most: int, info: Any) -> int:
        least = info.data.get("min_instances", 0)
        if most < least:
            raise refusal(f"min_instances is {least}, and max_instances {most}", f"at least {least}")
        return most

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:  # noqa: ARG002
        """Turn local accounts off unless one is described."""
        put(body, "properties.disableLocalAuth", self.ssh_settings is None)

    @classmethod
    def restore(cls, found: dict[str, Any], body: Mapping[str, Any], _place: Place) -> None:
        """Say that there is no identity, where one is the default, and that nobody chose about the port."""
        if not at(body, "identity.type"):
            found["identity"] = None
        if at(body, _PORT) == "NotSpecified":
            found["ssh_public_access_enabled"] = None


class ComputeInstanceSshSettings(Model):
    """How to log in to an instance."""

    ssh_key_value: Annotated[SshPublicKey, Arm("adminPublicKey")]
    """SSH public key of the administrator account ``azureuser``."""
    admin_username: Annotated[str | None, LOCAL] = None
    """Set by Azure."""
    ssh_port: Annotated[str | int | None, LOCAL] = None
    """Set by Azure."""


class AssignedUser(Model):
    """The user of an instance, if not the one who creates it."""

    user_tenant_id: Annotated[Guid, Arm("tenantId")]
    """The user's tenant."""
    user_object_id: Annotated[Guid, Arm("objectId")]
    """The user's object id."""


_PREVIEW = "only preview versions of Azure's API have it"


def _idle(text: str | None) -> str | None:
    try:
        fits = text is None or SHORTEST_IDLE <= isodate.parse_duration(text) <= LONGEST_IDLE
    except (ValueError, TypeError, OverflowError):  # no duration, or one in months
        fits = False
    if fits:
        return text
    raise refusal(f"{quote(text)} can't be the idle time", "15 minutes to 3 days, as PT1H")


class ComputeInstance(Compute):
    """One person's machine for notebooks and terminals."""

    kind: ClassVar[str] = "compute instance"
    read_only: ClassVar[tuple[str, ...]] = ("last_operation", "os_image_metadata", "resource_id", "services", "state")
    arm_constants: ClassVar[Mapping[str, Any]] = {
        f"{_IN}.computeInstanceAuthorizationType": "personal",
        f"{_IN}.applicationSharingPolicy": "Shared",
    }

    name: Annotated[str, LOCAL, name_rule("compute_instance")]
    """Unique in the region, among all customers."""
    type: Annotated[Literal["computeinstance"], LOWER, COMPUTE_TYPE("ComputeInstance")] = "computeinstance"
    """The kind of compute."""
    description: Annotated[str | None, Arm("properties.description", ignored_on_update=True)] = None
    """What it is for."""
    tags: Annotated[Tags | None, Arm("tags", ignored_on_update=True)] = None
    """Names and values for billing and search."""
    size: Annotated[VmSize, Arm(f"{_IN}.vmSize", upper, immutable=True, back=size_name)] = _DEFAULT_SIZE
    """VM size, in any letter case. A change makes a new instance, and what is on the old one's disk is lost."""
    create_on_behalf_of: Annotated[
        AssignedUser | None, Arm(f"{_IN}.personalComputeInstanceSettings.assignedUser", immutable=True)
    ] = None
    """The user who alone can use it; without it, whoever runs the program."""
    idle_time_before_shutdown: Annotated[str | None, AfterValidator(_idle), LOCAL] = None
    """The older spelling of the next field, as a duration: ``PT1H``."""
    idle_time_before_shutdown_minutes: Annotated[
        int, Arm(f"{_IN}.idleTimeBeforeShutdown", whole_minutes, ignored_on_update=True)
    ] = 60
    """Minutes of idleness after which it stops, 15 to 4320; 0 for never (az ml's default)."""
    schedules: Annotated[ComputeSchedules | None, Arm(f"{_IN}.schedules", ignored_on_update=True)] = None
    """When it starts and stops."""
    setup_scripts: Annotated[SetupScripts | None, Arm(f"{_IN}.setupScripts.scripts", ignored_on_update=True)] = None
    """Scripts to run once when it is made, and each time it starts."""
    custom_applications: Annotated[
        list[CustomApplication] | None, Arm(f"{_IN}.customServices", ignored_on_update=True)
    ] = None
    """Containers that it serves, such as RStudio."""
    identity: Annotated[Identity | None, Arm("identity")] = Field(default_factory=_own_identity)
    """What it acts as in Azure besides its user. Its own if left out (az ml: none); Azure takes none after creation."""
    grants: Annotated[bool | None, LOCAL] = None
    """Whether its identity gets the roles that jobs need, AcrPull and data access: on the registry and storage account
    that this description makes if left out, with `true` on given ones, too, with `false` on none. Not a field of az
    ml."""
    network_settings: Annotated[NetworkSettings | None, _NETWORK, Arm(_IN)] = None
    """Its virtual network."""
    enable_node_public_ip: Annotated[bool, Arm(f"{_IN}.enableNodePublicIp", immutable=True)] = True
    """`false` needs a virtual network, or the workspace's managed one."""
    ssh_public_access_enabled: Annotated[bool, Arm(f"{_IN}.sshSettings.sshPublicAccess", _on_off, immutable=True)] = (
        False
    )
    """Whether its SSH port is open to the internet; needs `ssh_settings`."""
    ssh_settings: Annotated[ComputeInstanceSshSettings | None, _SSH, Arm(f"{_IN}.sshSettings", immutable=True)] = None
    """The key to log in with."""
    enable_sso: Annotated[bool, Arm(f"{_IN}.enableSSO", ignored_on_update=True)] = True
    """Single sign-on to Azure from its terminal."""
    enable_root_access: Annotated[bool | None, LOCAL, only(True, _PREVIEW)] = None  # noqa: FBT003
    """Can't be set: the GA API doesn't have it."""
    release_quota_on_stop: Annotated[bool | None, LOCAL, only(False, _PREVIEW)] = None  # noqa: FBT003
    """Can't be set: the GA API doesn't have it."""
    enable_os_patching: Annotated[bool | None, LOCAL, only(False, _PREVIEW)] = None  # noqa: FBT003
    """Can't be set: the GA API doesn't have it."""

    @field_validator("idle_time_before_shutdown_minutes")
    @classmethod
    def _possible(cls, minutes: int, info: Any) -> int:
        other = durations.seconds(info.data.get("idle_time_before_shutdown"))
        if other is not None and other != minutes * 60:
            raise refusal("idle_time_before_shutdown says another time", "one of the two")
        if minutes != 0 and not SHORTEST_IDLE <= datetime.timedelta(minutes=min(minutes, 10_000)) <= LONGEST_IDLE:
            raise refusal("Azure can't do that", "15 to 4320 minutes, or 0")
        return minutes

    @model_validator(mode="after")
    def _keys_fit(self) -> Self:
        """Refuse SSH without a key, and a key for another's instance
        (https://github.com/MicrosoftDocs/azure-docs/issues/109642).
        """
        if self.create_on_behalf_of is not None and self.ssh_settings is not None:
            what = "an instance for another user can't be made with a key"
            expected = "no ssh_settings; with ssh_public_access_enabled its user adds a key in the studio"
            raise refusal(what, expected, "ssh_settings")
        if self.ssh_public_access_enabled and self.ssh_settings is None and self.create_on_behalf_of is None:
            raise refusal("ssh_public_access_enabled needs a key to log in with", "ssh_settings with ssh_key_value")
        return self

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:  # noqa: ARG002
        """Add the older form of the idle time, and turn local accounts off without SSH."""
        put(body, "properties.disableLocalAuth", not self.ssh_public_access_enabled)
        if self.idle_time_before_shutdown:
            put(body, f"{_IN}.idleTimeBeforeShutdown", self.idle_time_before_shutdown)
        elif self.idle_time_before_shutdown_minutes == 0:
            del body["properties"]["properties"]["idleTimeBeforeShutdown"]

    @classmethod
    def restore(cls, found: dict[str, Any], body: Mapping[str, Any], _place: Place) -> None:
        """Say what isn't there and is the default: an identity, an end of idling."""
        if not at(body, "identity.type"):
            found["identity"] = None
        if not at(body, f"{_IN}.idleTimeBeforeShutdown"):
            found["idle_time_before_shutdown_minutes"] = 0
