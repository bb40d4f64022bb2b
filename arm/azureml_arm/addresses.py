"""Addresses that Azure ML is given as text: domains that a network may reach, and keys of a vault."""

import re

from azureml_arm import ids
from azureml_arm.clouds import CLOUDS, PUBLIC

_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"\*|(\*\.?)?{_LABEL}(\.{_LABEL})+")
DOMAIN = "a domain, such as pypi.org or *.anaconda.org"
_VAULTS = frozenset(cloud.key_vault for cloud in CLOUDS.values())
_KEY = re.compile(r"https://(?P<vault>[^./:]+)\.(?P<domain>[^/:]+)/keys/[^/?#]+/[^/?#]+/?", re.IGNORECASE)


def are_domains(text: str) -> bool:
    """Return whether a rule of a managed network may have this destination: a domain, or several with commas between.

    It ends as an application rule of Azure Firewall, where ``*`` stands at the left, alone or before a domain
    (https://learn.microsoft.com/azure/firewall/firewall-faq; several in one rule:
    https://github.com/Azure/azureml-examples/pull/2990).
    """
    return all(_DOMAIN.fullmatch(part.strip()) and len(part) < 254 for part in text.split(","))  # noqa: PLR2004


def key_fault(address: str, vault: str) -> tuple[str, str] | None:
    """Return what is wrong with a key's address, and what was expected; None for a key of the vault with this id.

    https://learn.microsoft.com/azure/machine-learning/how-to-setup-customer-managed-keys
    """
    found = _KEY.fullmatch(address)
    name = ids.parse(vault).name
    expected = f"https://{name}.{PUBLIC.key_vault}/keys/NAME/VERSION"
    if found is None or found["domain"].lower() not in _VAULTS:
        return "is not the address of a key with its version", expected
    if found["vault"].lower() != name.lower():
        return f'is a key of the vault "{found["vault"]}", and key_vault is "{name}"', expected
    return None
