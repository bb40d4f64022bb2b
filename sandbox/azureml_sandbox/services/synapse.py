"""Microsoft.Synapse: workspaces, and the Spark pools that an ML workspace may attach."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import ClassVar

from azureml_arm.ids import ResourceId
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.operations import BY_LOCATION, LOCATION_HEADER, STATUS_HEADER, LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Unique, Write

_BOTH = (STATUS_HEADER, LOCATION_HEADER)
_PROVISIONING = "Provisioning"
_PUT = LongRunning(201, 201, creating=_PROVISIONING, updating_state=_PROVISIONING, poll="bare")
_DELETE = LongRunning(202, 202, headers=_BOTH, body=False, poll="bare")
_MAY_USE = (
    "6e4bf58a-b8e1-4cc3-bbf9-d73143322b78",
    "7572bffe-f453-4b66-912a-46cc5ef38fda",
    "c3a6d2f1-a26f-4810-9b0f-591308d5cbf1",
    "e3844cc7-4670-42cb-9349-9bdac1ee7881",
)
"""The roles with bigDataPools/useCompute: Synapse Administrator, Contributor, Apache Spark Administrator and Compute
Operator (recorded: azure-cli, test_access_control.yaml)."""
_GIVEN = ("roleId", "principalId", "scope")


class Workspace(ResourceType):
    """A Synapse workspace, as far as something refers to it."""

    type = "Microsoft.Synapse/workspaces"
    long_running: ClassVar[Mapping[str, LongRunning]] = {"PUT": _PUT, "DELETE": _DELETE}
    tracked = True
    unique = Unique("world", "WorkspaceNameNotAvailable", "Workspace name {name} is not available")
    secrets = ("properties.sqlAdministratorLoginPassword",)

    def defaults(self, write: Write) -> Body:
        """Return what a workspace has by default."""
        network = {"preventDataExfiltration": False}
        return {
            "encryption": {"doubleEncryptionEnabled": False},
            "managedResourceGroupName": f"synapseworkspace-managedrg-{derived.guid('synapsegroup', write.id.text)}",
            "privateEndpointConnections": [],
            "publicNetworkAccess": "Enabled",
            "trustedServiceBypassEnabled": False,
            "cspWorkspaceAdminProperties": {"initialWorkspaceAdminObjectId": write.caller},
            **({"managedVirtualNetworkSettings": network} if write.properties.get("managedVirtualNetwork") else {}),
        }

    def computed_properties(self, write: Write) -> Body:
        """Return where it answers."""
        name = write.id.name
        return {
            "workspaceUID": derived.guid("synapse", write.id.text),
            "connectivityEndpoints": {
                "web": f"https://web.azuresynapse.net?workspace={write.id.text.replace('/', '%2f')}",
                "dev": f"https://{name}.dev.azuresynapse.net",
                "sqlOnDemand": f"{name}-ondemand.sql.azuresynapse.net",
                "sql": f"{name}.sql.azuresynapse.net",
            },
            "extraProperties": {"WorkspaceType": "Normal", "IsScopeEnabled": False},
        }


class BigDataPool(ResourceType):
    """A Spark pool."""

    type = "Microsoft.Synapse/workspaces/bigDataPools"
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": LongRunning(202, 202, headers=_BOTH, creating=_PROVISIONING, updating_state=_PROVISIONING, poll="bare"),
        "DELETE": BY_LOCATION,
    }
    tracked = True
    filled: ClassVar = {
        "autoScale": {"enabled": False, "minNodeCount": 0, "maxNodeCount": 0},
        "autoPause": {"enabled": False, "delayInMinutes": 0},
        "isComputeIsolationEnabled": False,
        "sessionLevelPackagesEnabled": False,
        "cacheSize": 0,
        "dynamicExecutorAllocation": {"enabled": False},
    }

    def computed_properties(self, write: Write) -> Body:
        """Return when it was made, and when it was last made or changed."""
        moment = write.azure.events.moment()
        return {
            "creationDate": write.old_properties.get("creationDate") or moment,
            "lastSucceededTimestamp": moment,
        }

    def finish(self, _write: Write, resource: Body) -> Body:
        """Leave out the folder of events, which isn't kept."""
        resource["properties"].pop("sparkEventsFolder", None)
        return resource


class FirewallRule(ResourceType):
    """A range of addresses that reach a workspace, as recorded (azure-cli, test_ip_firewall_rules.yaml)."""

    type = "Microsoft.Synapse/workspaces/firewallRules"
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": replace(_PUT, headers=_BOTH),
        "DELETE": _DELETE,
    }

    def check(self, write: Write) -> None:
        """Refuse what is no range."""
        names = ("startIpAddress", "endIpAddress")
        given = {name: write.properties.get(name) for name in names}
        for name, text in given.items():
            try:
                ipaddress.IPv4Address(str(text))
            except ValueError:
                raise bad_request(f"Invalid {name}: '{text}'.", "InvalidIpAddress") from None

    def not_found(self, target: ResourceId) -> ArmError:
        """Return the refusal in the service's own words."""
        return ArmError(404, "IpFirewallRuleNotFound", "/".join(target.names))


class RoleAssignment(ResourceType):
    """A role in a workspace, which its own interface gives: Azure Resource Manager has no such type."""

    type = "Microsoft.Synapse/workspaces/roleAssignments"
    state = None
    service_only = True

    def check(self, write: Write) -> None:
        """Refuse what isn't whole, and a second one of the same."""
        wanted = tuple(write.properties.get(name) for name in _GIVEN)
        if not all(isinstance(one, str) and one for one in wanted):
            raise bad_request(f"{', '.join(_GIVEN)} must be given.", "InvalidRoleAssignment")
        there = write.azure.list(write.id.parent or "", self.type)
        same = [one for one in there if tuple(one["properties"].get(name) for name in _GIVEN) == wanted]
        if any(one["name"].lower() != write.id.name.lower() for one in same):
            raise ArmError(409, "RoleAssignmentAlreadyExists", "The role assignment already exists.")


def may_use(azure: Cloud, pool: str, object_ids: Iterable[str]) -> bool:
    """Return whether somebody has a role by which they may run something on a pool."""
    workspace, _, name = pool.rpartition("/bigDataPools/")
    own = f"workspaces/{workspace.rpartition('/')[2]}".lower()
    scopes, whom = (own, f"{own}/bigdatapools/{name.lower()}"), set(object_ids)
    given = (one["properties"] for one in azure.list(workspace, RoleAssignment.type))
    return any(
        one["principalId"] in whom and one["roleId"] in _MAY_USE and one["scope"].lower() in scopes for one in given
    )


def maker(workspace: Body) -> str:
    """Return the object id of whoever made a workspace, or was named its first administrator."""
    given = workspace["properties"].get("cspWorkspaceAdminProperties") or {}
    return str(given.get("initialWorkspaceAdminObjectId") or "")


def refuse_strangers(azure: Cloud, workspace: Body) -> None:
    """Raise ArmError where nobody is let in: without public access, or without a rule of the firewall. Whom a rule
    lets in isn't asked: everybody here calls from this machine.
    """
    if workspace["properties"].get("publicNetworkAccess") == "Disabled":
        text = "The public network interface on this Workspace is not accessible."
        raise ArmError(403, "PublicNetworkAccessDenied", text)
    if not azure.list(str(workspace["id"]), FirewallRule.type):
        raise ArmError(403, "ClientIpAddressNotAuthorized", "Client Ip address : 127.0.0.1")
