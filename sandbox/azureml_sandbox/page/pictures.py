"""Which picture a resource has, by its type. They are the symbols of templates/pictures.svg."""

import re

OTHER = "thing"
PICTURES = {
    "person": r"^microsoft\.authorization/|userassignedidentities|/roleassignments$",
    "folder": r"resourcegroups$|^microsoft\.resources/(subscriptions|tenants)",
    "network": r"^microsoft\.network/|outboundrules|firewallrules|/private(endpoint|link)",
    "chart": r"^microsoft\.(insights|operationalinsights)/",
    "machine": r"/(computes|agentpools|bigdatapools|virtualmachines)$",
    "containers": r"^microsoft\.(containerservice|containerinstance|kubernetes\w*)/",
    "images": r"^microsoft\.containerregistry/|/environments(/|$)",
    "endpoint": r"endpoints$",
    "deployment": r"/deployments(/|$)",
    "run": r"/(jobs|schedules|pipelines|pipelineruns|triggers|integrationruntimes)$|^microsoft\.eventgrid/",
    "model": r"/(models|marketplacesubscriptions)(/|$)",
    "code": r"/(codes|components|featuresets|featurestoreentities)(/|$)",
    "key": r"^microsoft\.keyvault/|/(connections|linkedservices)$",
    "data": r"^microsoft\.(storage|cache)/|/(data|datastores|datasets)(/|$)",
    "workspace": r"/(workspaces|factories|registries)$",
}
"""A symbol, and the types that have it, in lower case. The first one that fits counts."""
_PATTERNS = {name: re.compile(pattern) for name, pattern in PICTURES.items()}


def picture(type_name: str) -> str:
    """Return the symbol of a resource type."""
    return next((name for name, pattern in _PATTERNS.items() if pattern.search(type_name.lower())), OTHER)
