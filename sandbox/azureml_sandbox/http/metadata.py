"""What a client asks of a cloud before anything else: where its endpoints are.

The shapes of https://management.azure.com/metadata/endpoints: one object from 2022-09-01 on, a list of clouds before
that, and another object in the first version.
"""

from typing import Any

from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import Found, Plane, Site
from azureml_sandbox.model.errors import ArmError, bad_request

NAME = "AzureSandbox"
"""The cloud's name: none of those that clients know already."""
ARM = "https://management.azure.com"
_ONE_CLOUD, _FIRST = "2022-09-01", ("2015-01-01", "1.0")


def _match(site: Site, request: Request) -> Found | None:
    is_metadata = request.path.rstrip("/").lower() == "/metadata/endpoints"
    return Found(site, request) if site.is_local(request) and is_metadata else None


def _handle(found: Found) -> Response:
    """Answer ``GET /metadata/endpoints``; every address leads to this very server."""
    request, port = found.request, found.site.port
    if request.method != "GET":
        raise ArmError(405, "MethodNotAllowed", f"The HTTP method '{request.method}' is not supported.")
    version = request.query.get("api-version", "")
    if not version:
        raise bad_request("The api-version query parameter is required.", "MissingApiVersionParameter")
    base = f"https://localhost:{port}/"
    if version in _FIRST:
        return Response.json(200, _first(base))
    cloud = _cloud(base, port)
    return Response.json(200, cloud if version >= _ONE_CLOUD else [cloud])


def _cloud(base: str, port: int) -> dict[str, Any]:
    return {
        "name": NAME,
        "portal": f"https://portal.azure.localhost:{port}/",
        "authentication": {
            "loginEndpoint": base,
            "audiences": [f"{ARM}/", "https://management.core.windows.net/", base],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": base,
        "graph": base,
        "graphAudience": base,
        "gallery": base,
        "batch": base,
        "media": base,
        "microsoftGraphResourceId": base,
        "activeDirectoryDataLake": base,
        "appInsightsResourceId": "https://api.applicationinsights.io",
        "attestationResourceId": "https://attest.azure.net",
        "logAnalyticsResourceId": "https://api.loganalytics.io",
        "ossrDbmsResourceId": "https://ossrdbms-aad.database.windows.net",
        "synapseAnalyticsResourceId": "https://dev.azuresynapse.net",
        "sqlManagement": base,
        "vmImageAliasDoc": base,
        "suffixes": {
            "storage": f"core.localhost:{port}",
            "storageSyncEndpointSuffix": f"afs.localhost:{port}",
            "keyVaultDns": f"vault.localhost:{port}",
            "mhsmDns": f"managedhsm.localhost:{port}",
            "acrLoginServer": f"azurecr.localhost:{port}",
            "sqlServerHostname": f"database.localhost:{port}",
            "synapseAnalytics": f"dev.azuresynapse.localhost:{port}",
            "azureDataLakeStoreFileSystem": f"azuredatalakestore.localhost:{port}",
            "azureDataLakeAnalyticsCatalogAndJob": f"azuredatalakeanalytics.localhost:{port}",
            "attestationEndpoint": f"attest.localhost:{port}",
        },
    }


def _first(base: str) -> dict[str, Any]:
    return {
        "galleryEndpoint": base,
        "graphEndpoint": base,
        "portalEndpoint": base,
        "authentication": {"loginEndpoint": base, "audiences": [f"{ARM}/", base]},
    }


PLANE = Plane("metadata", _match, _handle)
