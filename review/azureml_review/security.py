"""Changes that concern a security reviewer: roles, network access, and keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from azureml_review.model import Field, Op

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
