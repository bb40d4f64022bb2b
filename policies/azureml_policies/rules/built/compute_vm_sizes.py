"""compute-vm-sizes: machines are of the VM sizes and families that the config allows."""

from __future__ import annotations

from fnmatch import fnmatchcase

from azureml_arm import sizes
from azureml_policies.config import texts
from azureml_policies.fixes import Line
from azureml_policies.machines import RENTING, machines
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Rule, Settings, Severity
from azureml_policies.text import join_words, show_value


def _check(write: Write, settings: Settings) -> Found:
    allowed = [*settings["sizes"], *(f"family {name}" for name in settings["families"])]
    for one in machines(write) if allowed else ():
        if not one.sizes or (not one.size and not one.rented) or _is_allowed(one.size, settings):
            continue
        found = f"is {show_value('', one.size)}" if one.size else "is not set, and Azure's choice may be any"
        yield f"{write.name}: {one.size_word} {found}; the sizes allowed here are {join_words(allowed, 'or')}"


def _is_allowed(size: str, settings: Settings) -> bool:
    if any(fnmatchcase(size.lower(), pattern.lower()) for pattern in settings["sizes"]):
        return bool(size)
    known = sizes.find(size)
    return known is not None and any(name and sizes.select(family=name, among=[known]) for name in settings["families"])


RULE = Rule(
    id="compute-vm-sizes",
    title="Machines are of the VM sizes and families that the config allows.",
    severity=Severity.HIGH,
    remedy="write one of the allowed sizes as `size` (computes) or `instance_type` (deployments, jobs)",
    fix=(
        Line("computes", "size", setting="sizes", types=("amlcompute", "computeinstance")),
        Line("online_deployments", "instance_type", setting="sizes"),
        Line("jobs", "resources.instance_type", setting="sizes", unless="compute"),
    ),
    types=RENTING,
    check=_check,
    settings={
        "sizes": texts(
            "VM sizes that may be used, in any letter case, with `*` for any text: `Standard_DS*_v2`. "
            "With neither sizes nor families, any may."
        ),
        "families": texts(
            "Families that may be used beside `sizes`: names under which Azure counts quota, or how "
            "they start: `standardDSv2Family`, `DSv2`."
        ),
    },
    family="compute",
)
