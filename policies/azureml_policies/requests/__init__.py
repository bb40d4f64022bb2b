"""Every way in which a planned Pulumi resource asks ARM for something: one reader a file, one line here for each.

A reader knows its resources by their type tokens, in any letter case. What no reader knows could do anything, unless it
is a component, which only holds others, or of a type that is known to ask nothing of Azure (`harmless`).
"""

from collections.abc import Iterator

from azureml_policies.requests import azapi, generic, native, own, runners, terraform
from azureml_policies.requests.contents import contents
from azureml_policies.requests.harmless import is_harmless
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.request import ArmRequest, Defaults, PlannedView, Reader, opaque
from azureml_policies.requests.serverless import rents
from azureml_policies.requests.write import Write

__all__ = ["READERS", "Defaults", "rents", "writes"]

READERS: tuple[Reader, ...] = (
    generic.requests,
    native.requests,
    azapi.requests,
    terraform.requests,
    own.requests,
    runners.requests,
)
"""The readers, in the order in which they are asked: the first that knows a resource answers."""
_NONE = Defaults()


def writes(planned: Planned, defaults: Defaults = _NONE) -> tuple[Write, ...]:
    """Return every request to ARM that a planned resource stands for; none for one that asks ARM for nothing."""
    asked = PlannedView(planned, defaults)
    try:
        found = list(_requests(asked))
    except RecursionError:
        found = [opaque("values that are nested too deep", asked.scope)]
    return tuple(Write(**vars(request), planned=planned) for request in found)


def _requests(asked: PlannedView) -> Iterator[ArmRequest]:
    for reader in READERS:
        known = tuple(reader(asked) or ())
        for request in known:
            yield from contents(request, asked)
        if known:
            return
    if asked.planned.custom and not is_harmless(asked.planned.type.lower()):
        yield opaque(f"a resource of a type that isn't known here ({asked.planned.type})")
