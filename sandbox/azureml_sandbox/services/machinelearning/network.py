"""The managed network of a workspace: how isolated it is, and the rules for what it may connect to.

https://learn.microsoft.com/azure/machine-learning/how-to-managed-network
"""

import json
from collections.abc import Iterator
from typing import Any

from azureml_arm import addresses, ids
from azureml_arm.names import RULES
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import AccountError, ArmError, bad_request
from azureml_sandbox.model.resource import Cloud, Write
from azureml_sandbox.services.machinelearning.system import WORKSPACES

OUTBOUND_RULES = f"{WORKSPACES}/outboundRules"
MODES = ("Disabled", "AllowInternetOutbound", "AllowOnlyApprovedOutbound")
REQUIRED, USER_DEFINED = "Required", "UserDefined"
ACTIVE, INACTIVE = "Active", "Inactive"
KINDS = ("FQDN", "PrivateEndpoint", "ServiceTag")
SERVICE_TAGS: tuple[tuple[str, str, str], ...] = (
    ("AzureActiveDirectory", "TCP", "80, 443"),
    ("AzureFrontDoor.FirstParty", "*", "*"),
    ("AzureMachineLearning", "TCP", "443"),
    ("AzureMachineLearning", "UDP", "5831"),
    ("AzureMonitor", "TCP", "443"),
    ("AzureResourceManager", "TCP", "443"),
    ("BatchNodeManagement", "TCP", "443"),
    ("MicrosoftContainerRegistry.{region}", "TCP", "443"),
    ("VirtualNetwork", "*", "*"),
)
"""What a workspace can't do without where nothing else is allowed: tag, protocol, ports
(https://github.com/ansible-collections/azure/blob/dev/plugins/modules/azure_rm_ml_workspace_info.py shows them)."""
DEPENDENCIES = (("storageAccount", "blob"), ("storageAccount", "file"), ("keyVault", "vault"))
"""Properties of a workspace -> the part of each that it needs a private endpoint to."""


def check(write: Write) -> None:
    """Refuse less isolation than there is, and rules that don't suit it."""
    network = write.properties.get("managedNetwork") or {}
    mode, old = _mode(network), _mode(write.old_properties.get("managedNetwork") or {})
    if mode not in MODES:
        raise bad_request(f"managedNetwork.isolationMode is '{mode}'; expected {', '.join(MODES)}.")
    if "isolationMode" in network and MODES.index(mode) < MODES.index(old):
        raise bad_request(
            f"The isolation mode of workspace '{write.id.name}' can't be changed from {old} to {mode}: isolation can't "
            "be taken back. Make another workspace."
        )
    known = dig(write.old_properties, "managedNetwork.outboundRules") or {}
    for name, rule in (network.get("outboundRules") or {}).items():
        if rule.get("category", USER_DEFINED) == USER_DEFINED:
            if not RULES["outbound_rule"].allows(name):
                text = f"'{name}' is not a valid name of an outbound rule: expected {RULES['outbound_rule'].sentence}."
                raise bad_request(text, "InvalidResourceName")
            check_rule(name, rule, mode if "isolationMode" in network else old)
            check_approval(write, write.body, known.get(name), rule)


def check_approval(write: Write, workspace: Body, old: Any, rule: Body) -> None:
    """Refuse a new rule's private endpoint to what the workspace's user-assigned identity may not approve, or, where it
    has none, who asks (azure-sdk-assets, workspace/e2etests, 2024-04;
    https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#approval-of-private-endpoints).
    """
    if rule["type"] != "PrivateEndpoint" or same(old, {"category": USER_DEFINED, **rule}):
        return
    target, own = rule["destination"]["serviceResourceId"], dig(workspace, "properties.primaryUserAssignedIdentity")
    if not ids.is_id(target) or not ids.same(ids.parse(target).subscription, write.azure.subscription):
        return
    who = write.azure.identities.principal(own) if own else write.caller
    try:
        write.azure.authorise(who, f"{ids.parse(target).type}/privateEndpointConnectionsApproval/action", target)
    except ArmError as error:
        text = f"User does not have permission to approve private link connections to resource: {target}"
        raise AccountError(400, text) from error


def check_rule(name: str, rule: Any, mode: str) -> None:
    """Refuse a rule that says nothing, or that the isolation mode has no use for."""
    kind = rule.get("type") if isinstance(rule, dict) else None
    if kind not in KINDS or not rule.get("destination"):
        raise bad_request(f"Outbound rule '{name}' needs a type ({', '.join(KINDS)}) and a destination.")
    if mode == MODES[0]:
        raise bad_request(f"Outbound rule '{name}': the workspace has no managed network; set its isolationMode first.")
    if mode == MODES[1] and kind != "PrivateEndpoint":
        raise bad_request(
            f"Outbound rule '{name}' is of the type {kind}: with {mode} all of the internet is allowed, and only "
            "PrivateEndpoint rules can be added."
        )
    if kind == "FQDN" and not (isinstance(rule["destination"], str) and addresses.are_domains(rule["destination"])):
        raise bad_request(
            f"Outbound rule '{name}' has the destination '{rule['destination']}': expected {addresses.DOMAIN}."
        )
    if kind == "PrivateEndpoint" and not dig(rule, "destination.serviceResourceId"):
        raise bad_request(f"Outbound rule '{name}' needs destination.serviceResourceId.")


def complete(write: Write, resource: Body) -> Body:
    """Return a workspace with its managed network as Azure ML shows it: the required rules among the others."""
    given = write.properties.get("managedNetwork")
    old = write.old_properties.get("managedNetwork") or {}
    network = {**old, **(given or {})}
    mode = _mode(network)
    if mode == MODES[0]:
        return resource
    rules = network.get("outboundRules") if (given or {}).get("outboundRules") is not None else old.get("outboundRules")
    status = old.get("status") or {"status": INACTIVE, "sparkReady": False}
    network |= {
        "networkId": derived.guid("network", resource["id"]),
        "status": status,
        "outboundRules": {**_own(rules or {}, status["status"]), **_required_rules(resource, mode, status["status"])},
    }
    if mode == MODES[2]:
        network.setdefault("firewallSku", "Standard")
    resource["properties"]["managedNetwork"] = network
    return resource


def synchronise(azure: Cloud, workspace: Body) -> None:
    """Make the rules resources of their own, just as the workspace has them."""
    rules = dig(workspace, "properties.managedNetwork.outboundRules")
    if rules is None:
        return
    prefix = f"{workspace['id']}/outboundRules/"
    for stored in azure.list(workspace["id"], OUTBOUND_RULES):
        if stored["name"] not in rules:
            azure.forget(stored)
    for name, rule in rules.items():
        azure.update({"id": f"{prefix}{name}", "name": name, "type": OUTBOUND_RULES, "properties": rule})


def put_rule(azure: Cloud, workspace_id: str, name: str, rule: Body | None) -> None:
    """Add or replace a rule of a workspace, or, with None, take it away."""
    workspace = azure.get(workspace_id)
    network = workspace["properties"].get("managedNetwork")
    if network is None:
        return
    kept = {key: value for key, value in (network.get("outboundRules") or {}).items() if key.lower() != name.lower()}
    network["outboundRules"] = kept if rule is None else {**kept, name: rule}
    azure.update(workspace)


def provision(azure: Cloud, workspace: Body, body: Any) -> Body:
    """Make the network, which otherwise waits for the first compute; its rules become active."""
    network = workspace["properties"].get("managedNetwork") or {}
    if _mode(network) == MODES[0]:
        raise bad_request(f"Workspace '{workspace['name']}' has no managed network: its isolationMode is Disabled.")
    spark = bool((network.get("status") or {}).get("sparkReady") or body.get("includeSpark"))
    network["status"] = {"status": ACTIVE, "sparkReady": spark}
    network["outboundRules"] = {
        name: {**rule, "status": ACTIVE} for name, rule in network.get("outboundRules", {}).items()
    }
    azure.update(workspace)
    synchronise(azure, workspace)
    return dict(network["status"])


def mode_of(workspace: Body) -> str:
    """Return the isolation mode of a workspace."""
    return _mode(workspace["properties"].get("managedNetwork") or {})


def status_of(workspace: Body) -> str:
    """Return whether the network of a workspace is there: `ACTIVE` or `INACTIVE`."""
    return str(dig(workspace, "properties.managedNetwork.status.status") or INACTIVE)


def _mode(network: Body) -> str:
    given = str(network.get("isolationMode") or MODES[0])
    return next((mode for mode in MODES if mode.lower() == given.lower()), given)


def _own(rules: Body, status: str) -> Body:
    own = ((name, rule) for name, rule in rules.items() if rule.get("category") != REQUIRED)
    return {name: {"category": USER_DEFINED, "status": status, **rule} for name, rule in own}


def _required_rules(workspace: Body, mode: str, status: str) -> Body:
    rules = dict(_private_endpoints(workspace))
    if mode == MODES[2]:
        rules |= dict(_service_tags(workspace["location"]))
    return {name: {**rule, "category": REQUIRED, "status": status} for name, rule in rules.items()}


def _service_tags(region: str) -> Iterator[tuple[str, Body]]:
    for tag, protocol, ports in SERVICE_TAGS:
        named = tag.format(region=region)
        ending = "" if protocol == "*" else f"_{protocol}"
        destination = {"serviceTag": named, "protocol": protocol, "portRanges": ports, "action": "Allow"}
        yield f"__SYS_ST_{named}{ending}", {"type": "ServiceTag", "destination": {**destination, "addressPrefixes": []}}


def _private_endpoints(workspace: Body) -> Iterator[tuple[str, Body]]:
    targets = [(workspace["properties"].get(name), part) for name, part in DEPENDENCIES]
    for target, part in [*targets, (workspace["id"], "amlworkspace")]:
        if isinstance(target, str) and ids.is_id(target):
            mark = derived.guid("private endpoint", workspace["id"], target, part)[:8]
            destination = {"serviceResourceId": target, "subresourceTarget": part, "sparkEnabled": True}
            name = f"__SYS_PE_{ids.parse(target).name}_{part}_{mark}"
            yield name, {"type": "PrivateEndpoint", "destination": {**destination, "sparkStatus": INACTIVE}}


def same(one: Any, other: Any) -> bool:
    """Return whether two rules say the same, whatever their state."""
    return json.dumps(_rule(one), sort_keys=True) == json.dumps(_rule(other), sort_keys=True)


def _rule(rule: Any) -> Body:
    kept = ("type", "destination", "category")
    return {name: value for name, value in rule.items() if name in kept} if isinstance(rule, dict) else {}
