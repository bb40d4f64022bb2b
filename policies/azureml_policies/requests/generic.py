"""``azure-native:resources:Resource``: any ARM type of any API version, by its name.

Its arguments are the parts of a path (https://www.pulumi.com/registry/packages/azure-native/api-docs/resources/resource/):
``…/providers/{resourceProviderNamespace}/{parentResourcePath}/{resourceType}/{resourceName}``.
"""

from collections.abc import Iterable

from azureml_arm import ids
from azureml_arm.template.paths import segments
from azureml_policies.requests.native import is_native
from azureml_policies.requests.request import ArmRequest, PlannedView, opaque
from azureml_policies.requests.unknown import has_unknown
from azureml_policies.requests.values import text

VIA = "azure-native:resources:Resource"
_PARTS = ("resourceProviderNamespace", "parentResourcePath", "resourceType", "resourceName")
_ASIDE = frozenset({*_PARTS, "resourceGroupName", "apiVersion"})


def requests(asked: PlannedView) -> Iterable[ArmRequest] | None:
    """Return the request that a generic resource makes; opaque where its type isn't known."""
    token = asked.token
    if not (is_native(token) and (token.area, token.name) == ("resources", "resource")):
        return None
    return (_request(asked),)


def _request(asked: PlannedView) -> ArmRequest:
    group = ids.resource_group_id(asked.subscription, text(asked.get("resourceGroupName")))
    namespace, parent, kind, name = (asked.get(part) for part in _PARTS)
    path = [
        *_known_segments(namespace),
        *_known_segments(parent),
        *_known_segments(kind),
        *(_known_segments(name) or [text(name)]),
    ]
    try:
        found = ids.parse("/".join([group, "providers", *path]))
    except ValueError:
        return opaque("a resource whose type doesn't follow from its arguments", group, VIA)
    if has_unknown(found.type):
        return opaque("a resource whose type isn't known yet", group, VIA)
    body = {key: value for key, value in asked.inputs.items() if key not in _ASIDE and not key.startswith("__")}
    return ArmRequest(found.type, found.text, body, VIA)


def _known_segments(part: object) -> list[str]:
    return list(segments(part)) if isinstance(part, str) and part else []
