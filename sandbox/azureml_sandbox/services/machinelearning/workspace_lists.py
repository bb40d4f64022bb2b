"""What can be listed below a workspace without anybody having made it."""

from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.machinelearning.system import WORKSPACES
from azureml_sandbox.services.usages import Listed

_PORTS = [{"port": 443, "protocol": "Https"}]
DEPENDENCIES = {
    "Azure Active Directory": ("login.microsoftonline.com",),
    "Azure portal": ("management.azure.com",),
    "Azure Machine Learning": (
        "graph.windows.net", "ml.azure.com", "{region}.api.azureml.ms", "{region}.experiments.azureml.net"
    ),
    "Azure Container Registry": ("mcr.microsoft.com", "{region}.data.mcr.microsoft.com"),
}  # fmt: skip
"""What a workspace's computes need to reach
(https://learn.microsoft.com/azure/machine-learning/how-to-access-azureml-behind-firewall)."""


class OutboundDependency(Listed):
    """Hosts that the workspace's computes must reach."""

    type = f"{WORKSPACES}/outboundNetworkDependenciesEndpoints"

    def listing(self, azure: Cloud, scope: str, _filter: str) -> list[Body]:
        """Return them by category."""
        region = azure.get(scope)["location"]
        return [
            {
                "properties": {
                    "category": category,
                    "endpoints": [_endpoint(host.format(region=region)) for host in hosts],
                }
            }
            for category, hosts in DEPENDENCIES.items()
        ]


def _endpoint(host: str) -> Body:
    return {"domainName": host, "endpointDetails": _PORTS}
