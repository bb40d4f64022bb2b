"""A Spark pool that is made for a workspace, with a Synapse workspace and a data lake. az ml has no words for it.

docs/synapse-spark.md says what is made, who may do what with it, and what Azure Resource Manager can't do.
"""

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from azureml_arm.sizes import SPARK_NODES
from azureml_infra.entities.base import LOCAL, TEXT, Arm, InputStr, Model, refusal
from azureml_infra.entities.body import Resolver, put
from azureml_infra.entities.fields import StorageId, id_of
from azureml_infra.entities.words import ANY_CASE, name_rule
from azureml_infra.yaml.problems import quote

SynapseId = Annotated[InputStr, id_of("Microsoft.Synapse/workspaces")]
FEWEST, MOST = 3, 200
"""How many nodes a pool may have
(https://learn.microsoft.com/azure/synapse-analytics/spark/apache-spark-pool-configurations)."""
_Count = Annotated[int, Field(ge=FEWEST, le=MOST)]
_AZURE = "azure"
"""The word for every address in Azure."""


def _arm_size(word: str) -> str:
    return SPARK_NODES[word].name


def _addresses(given: list[str]) -> list[str]:
    for one in given:
        if one != _AZURE and not _are_addresses(one):
            expected = f"203.0.113.4, 203.0.113.0-203.0.113.7, or {_AZURE}"
            raise refusal(f"{quote(one)} is no range of IPv4 addresses", expected)
    return given


def _are_addresses(text: str) -> bool:
    try:
        start, end = (ipaddress.IPv4Address(one) for one in _ends(text))
    except ValueError:
        return False
    return start <= end


def _ends(text: str) -> tuple[str, str]:
    """Return the first and the last address of a range; every address in Azure is one of zeros
    (https://learn.microsoft.com/azure/synapse-analytics/security/synapse-workspace-ip-firewall).
    """
    if text == _AZURE:
        return "0.0.0.0", "0.0.0.0"  # noqa: S104 - the rule's own words
    start, _, end = (part.strip() for part in text.partition("-"))
    return start, end or start


class CreatedSparkPool(Model):
    """A Spark pool, made in a Synapse workspace that is given or, with its data lake, made for it."""

    arm_constants: ClassVar[Mapping[str, Any]] = {
        "properties.nodeSizeFamily": "MemoryOptimized",
        "properties.autoPause.enabled": True,
    }

    name: Annotated[str | None, name_rule("spark_pool"), LOCAL] = None
    """The pool's name; the compute's own without its dashes if left out."""
    node_size: Annotated[
        Literal["small", "medium", "large", "xlarge", "xxlarge"], ANY_CASE, Arm("properties.nodeSize", _arm_size)
    ] = "small"
    """Size of the nodes, from 4 cores with 32 GB to 64 cores with 432 GB."""
    nodes: Annotated[_Count | tuple[_Count, _Count], LOCAL] = (3, 5)
    """Fewest and most nodes, at least 3, or one number where it doesn't scale. None runs while nothing does."""
    pause_after_minutes: Annotated[int, Field(ge=5, le=10080), Arm("properties.autoPause.delayInMinutes")] = 15
    """Idle minutes after which all nodes go."""
    spark_version: Annotated[str, TEXT, Arm("properties.sparkVersion")] = "3.5"
    """Version of Spark."""
    session_packages: Annotated[bool, Arm("properties.sessionLevelPackagesEnabled")] = False
    """Whether jobs may bring packages of their own (a conda file)."""
    workspace: Annotated[SynapseId | None, LOCAL] = None
    """ARM id of the Synapse workspace that the pool is made in; one is made if left out."""
    lake: Annotated[StorageId | None, LOCAL] = None
    """ARM id of the storage account, with a hierarchical namespace, that a new Synapse workspace keeps its own files
    in; one is made if left out."""
    filesystem: Annotated[str, name_rule("blob_container"), LOCAL] = "synapse"
    """The container in it, which is made in a new account and must be there in a given one."""
    firewall: Annotated[list[str] | None, AfterValidator(_addresses), LOCAL] = None
    """Who reaches a new Synapse workspace from the internet: addresses, ranges `FIRST-LAST`, or `azure` for all of
    Azure, which Azure ML calls from. `[azure]` if left out, and nobody where the workspace has no public access."""
    prevent_data_exfiltration: Annotated[bool, LOCAL] = False
    """Whether what runs in a new Synapse workspace reaches only what its owners approved in this tenant."""
    administrator: Annotated[bool | None, LOCAL] = None
    """Whether the compute's identities become Synapse Administrators of the pool, which jobs on it take. Azure Resource
    Manager can't do that: the Synapse workspace's own interface does, which must let in whoever runs this. If left out,
    they do unless the workspace is made without public access."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse what is said of a Synapse workspace that is given, and a range that is none."""
        of_new = {"lake", "filesystem", "firewall", "prevent_data_exfiltration"} & self.model_fields_set
        if self.workspace is not None and of_new:
            what, expected = f"{min(of_new)} is said of a Synapse workspace that is there already", "nothing"
            raise refusal(what, expected, min(of_new))
        if isinstance(self.nodes, tuple) and self.nodes[0] > self.nodes[1]:
            raise refusal("the fewest nodes are more than the most", "[3, 10]", "nodes")
        return self

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:  # noqa: ARG002
        """Write how many nodes there are."""
        if isinstance(self.nodes, int):
            put(body, "properties", {"nodeCount": self.nodes, "autoScale": {"enabled": False}})
        else:
            least, most = self.nodes
            put(body, "properties.autoScale", {"enabled": True, "minNodeCount": least, "maxNodeCount": most})

    def rules(self, *, public: bool) -> dict[str, tuple[str, str]]:
        """Return the rules of a new workspace's firewall by name; none where it has no public access."""
        given = [_AZURE] if self.firewall is None else self.firewall
        named = (
            (f"allow-{one}".replace(".", "-") if one != _AZURE else "AllowAllWindowsAzureIps", one) for one in given
        )
        return {name: _ends(one) for name, one in named} if public else {}
