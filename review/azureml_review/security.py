"""Changes that concern a security reviewer: roles, network access, and keys."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from azureml_arm.rbac import builtin
from azureml_arm.rbac.patterns import permits
from azureml_arm.roles import find
from azureml_review.model import Change, Field, Op

_FIELDS: tuple[tuple[str, str], ...] = (
    (r"publicnetworkaccess|defaultaction|bypass|networkacls|networkruleset|iprules|virtualnetworkrules", "network"),
    (r"managednetwork|isolationmode|outboundrules|subnet|privateendpoint|vnet|firewall|allowedinternalip", "network"),
    (r"enablenodepublicip|remoteloginportpublicaccess|sshpublicaccess|sshsettings|hostipaddress", "network"),
    (r"egresspublicnetworkaccess|allowpublicaccesswhenbehindvnet|minimumtlsversion|httpstrafficonly", "network"),
    (r"anonymouspullenabled|allowblobpublicaccess|^properties\.publicaccess$|publicaccess$", "public access"),
    (r"disablelocalauth|allowsharedkeyaccess|adminuserenabled|authmode|localauth|systemdatastoresauthmode", "keys"),
    (r"credentials|encryption|enablepurgeprotection|softdelete|keyvault$|confidential", "keys"),
    (r"enablerbacauthorization|accesspolicies|^identity|userassigned|assigneduser|assignedto|principalid", "roles"),
    (r"roledefinitionid|permissions|notactions|assignablescopes|condition|oauth", "roles"),
)
"""Properties by their dotted path in lower case -> what they are about."""
_TYPES: Mapping[str, str] = {
    "microsoft.authorization/": "roles",
    "microsoft.managedidentity/": "roles",
    "microsoft.network/": "network",
    "microsoft.machinelearningservices/workspaces/outboundrules": "network",
    "microsoft.machinelearningservices/workspaces/connections": "keys",
    "microsoft.keyvault/vaults/keys": "keys",
    "microsoft.keyvault/vaults/secrets": "keys",
}
"""Types by how they begin, for which every change counts."""
_PATTERNS = tuple((re.compile(pattern), about) for pattern, about in _FIELDS)


def security_of(op: Op, type_name: str, fields: Iterable[Field]) -> tuple[str, ...]:
    """Return the aspects of security that a change touches: "network", "roles", "keys", "public access"."""
    if op is Op.SAME:
        return ()
    found = [about for start, about in _TYPES.items() if type_name.lower().startswith(start)]
    if op in (Op.UPDATE, Op.REPLACE):
        found += [about for field in fields if (about := about_security(field))]
    return tuple(dict.fromkeys(found))


def about_security(field: Field) -> str:
    """Return the aspect of security that a value concerns; empty for none."""
    return _about_path(field.path.lower())


@lru_cache(maxsize=4096)
def _about_path(path: str) -> str:
    return next((about for pattern, about in _PATTERNS if pattern.search(path)), "")


ROLE = "AzureML Data Scientist"
_VERBS = {Op.CREATE: "write", Op.UPDATE: "write", Op.IMPORT: "read", Op.DELETE: "delete"}


def beyond_a_scientist(changes: Iterable[Change]) -> tuple[str, ...]:
    """Return the actions that the changes take and that `ROLE` lacks, each once.

    Changes outside of ARM (an upload, a traffic rule) need no action here.
    """
    needed = {action: None for change in changes for action in _actions(change)}
    return tuple(action for action in needed if not _has(action))


def _actions(change: Change) -> list[str]:
    if not change.type.startswith("Microsoft.") or change.op is Op.SAME or change.is_noise:
        return []
    verbs = ["delete", "write"] if change.op is Op.REPLACE else [_VERBS[change.op]]
    return [f"{change.type}/{verb}" for verb in verbs]


def _has(action: str) -> bool:
    role = find(ROLE)
    return role is not None and permits(builtin.definition(role).permissions, action)
