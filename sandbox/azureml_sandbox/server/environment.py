"""The environment that leads Azure's own clients to a server: Python's, Go's, Node's, Terraform's and curl."""

from azureml_arm.sandbox import PEOPLE, SUBSCRIPTION, TENANT
from azureml_sandbox.http import ARM_HOST
from azureml_sandbox.http.metadata import NAME
from azureml_sandbox.model.identities import CLIENT, SECRET
from azureml_sandbox.server.files import Home
from azureml_sandbox.server.record import Record, ServerError


def client_id(name: str) -> str:
    """Return the client id of one of the sandbox's people, or of its own application; ServerError."""
    if not name or name == "sandbox":
        return CLIENT
    if name not in PEOPLE:
        raise ServerError(f"the sandbox doesn't know {name!r}; it knows: sandbox, {', '.join(PEOPLE)}")
    return name


def leading_to(home: Home, record: Record, name: str = "") -> dict[str, str]:
    """Return what leads clients to a server as their Azure, signed in as somebody.

    azapi takes the addresses one by one (https://registry.terraform.io/providers/Azure/azapi/latest/docs), azure-ai-ml
    from the cloud's metadata, azure-native from the metadata of a host.
    """
    identity, url, bundle = client_id(name), record.url, str(home.bundle)
    return {
        **dict.fromkeys(("CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), bundle),
        "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": f"{url}/",
        "ARM_CLIENT_ID": identity,
        "ARM_CLIENT_SECRET": SECRET,
        "ARM_CLOUD_METADATA_URL": f"{url}/metadata/endpoints?api-version=2019-05-01",
        "ARM_DISABLE_INSTANCE_DISCOVERY": "true",
        "ARM_ENVIRONMENT": "custom",
        "ARM_METADATA_HOSTNAME": url.removeprefix("https://"),
        "ARM_RESOURCE_MANAGER_AUDIENCE": f"https://{ARM_HOST}",
        "ARM_RESOURCE_MANAGER_ENDPOINT": url,
        "ARM_SUBSCRIPTION_ID": SUBSCRIPTION,
        "ARM_TENANT_ID": TENANT,
        "ARM_USE_CLI": "false",
        "ARM_USE_MSI": "false",
        "AZUREML_CURRENT_CLOUD": NAME,
        "AZURE_AUTHORITY_HOST": url,
        "AZURE_CLIENT_ID": identity,
        "AZURE_CLIENT_SECRET": SECRET,
        "AZURE_CONFIG_DIR": str(home.folder / "az"),
        "AZURE_CORE_INSTANCE_DISCOVERY": "false",
        "AZURE_POD_IDENTITY_AUTHORITY_HOST": record.machine_url,
        "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
        "AZURE_TENANT_ID": TENANT,
    }
