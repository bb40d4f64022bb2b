"""What a stack exports: the one shape, in az ml's words."""

from collections.abc import Sequence
from typing import Any

import pulumi

from azureml_infra.components.guardrails import Guardrails
from azureml_infra.components.notebooks import Notebooks
from azureml_infra.components.workspace import Workspace

NOT_NEEDED = "not needed yet"


def outputs(
    workspace: Workspace,
    built: dict[str, dict[str, Any]],
    guardrails: Guardrails | None = None,
    adopted: bool | Sequence[str] = False,
    notebooks: Notebooks | None = None,
) -> dict[str, Any]:
    """Return the outputs by name: texts, mappings by entity name, the names of datastores. Leave empty sections out."""
    part = workspace.foundation.ids
    return {
        "workspace": {
            "id": workspace.id,
            "name": workspace.workspace_name,
            "resource_group": workspace.resource_group_name,
            "studio_url": studio_url(workspace),
        },
        "storage_account": part["storage"],
        "key_vault": part["key_vault"],
        "application_insights": part["application_insights"],
        "registry": part["registry"] or NOT_NEEDED,
        **({"adopted": adopted} if adopted else {}),
        **({"guardrails": guardrails.outputs} if guardrails is not None and guardrails.outputs else {}),
        **({"notebooks": notebooks.addresses} if notebooks is not None else {}),
        **{family: _section(family, made) for family, made in built.items()},
    }


def studio_url(workspace: Workspace) -> pulumi.Output[str]:
    """Return the address of the workspace in Azure ML studio."""
    azure = workspace.foundation.azure
    return pulumi.Output.concat(azure.cloud.studio, "/home?wsid=", workspace.id, "&tid=", azure.tenant)


def _section(family: str, made: dict[str, Any]) -> dict[str, Any] | list[str]:
    if family == "datastores":
        return sorted(made)
    if family in ("online_endpoints", "test_deployments", "batch_endpoints", "serverless_endpoints"):
        return {name: {"id": one.id, "scoring_uri": one.scoring_uri} for name, one in made.items()}
    return {name: one.id for name, one in made.items()}
