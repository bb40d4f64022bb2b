"""Domains that a network may reach, keys of a vault, and regions."""

from azureml_arm import regions
from azureml_arm.addresses import are_domains, key_fault
from kit.rows import each

VAULT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv-acme"


@each(
    ("text", "taken"),
    [
        ("pypi.org", True),
        ("*.anaconda.org", True),
        ("*", True),
        ("*.anaconda.org, pypi.org", True),
        ("https://pypi.org", False),
        ("pypi.org/simple", False),
        ("pypi.org:443", False),
        ("a.*.org", False),
        ("-a.org", False),
        ("a b.org", False),
        ("pypi.org,", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_destinations_of_rules(text: str, taken: bool) -> None:
    assert are_domains(text) is taken


@each(
    ("address", "what"),
    [
        ("https://kv-acme.vault.azure.net/keys/k/1", None),
        ("https://KV-Acme.vault.azure.cn/keys/k/1", None),
        ("https://kv-other.vault.azure.net/keys/k/1", "is a key of the vault"),
        ("https://kv-acme.vault.azure.net/keys/k", "is not the address"),
        ("https://kv-acme.vault.azure.net/secrets/k/1", "is not the address"),
        ("http://kv-acme.vault.azure.net/keys/k/1", "is not the address"),
        ("https://kv-acme.example.org/keys/k/1", "is not the address"),
        ("kv-acme/k", "is not the address"),
    ],
)
def test_addresses_of_keys(address: str, what: str | None) -> None:
    found = key_fault(address, VAULT)
    assert found is None if what is None else found is not None and found[0].startswith(what)


@each(
    ("location", "known", "near"),
    [
        ("West Europe", True, "westeurope"),
        ("usgovvirginia", True, "usgovvirginia"),
        ("eastus2euap", True, "eastus2euap"),
        ("westeurop", False, "westeurope"),
        ("mars", False, ""),
    ],
)
def test_regions(location: str, known: bool, near: str) -> None:
    assert (regions.canonical_region(location) in regions.KNOWN) is known
    assert regions.nearest(location) == near
