"""What is lost with a resource that is deleted or replaced.

Sources: https://learn.microsoft.com/azure/machine-learning/concept-soft-delete (a workspace stays recoverable for 14
days), https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview,
https://learn.microsoft.com/azure/azure-monitor/logs/delete-workspace, and the pages of each service.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from azureml_infra.entities.resources import ML, REGISTRIES
from azureml_review.model import Harm, Loss, Op

_DATA, _SERVICE, _RIGHTS = Harm.DATA, Harm.SERVICE, Harm.RIGHTS


@dataclass(frozen=True)
class TypeLosses:
    """The losses of one type; `replaced` where a replacement loses something else than a deletion."""

    deleted: Loss
    replaced: Loss | None = None


def _row(what: str, harm: Harm, replaced: str = "", harm_replaced: Harm | None = None) -> TypeLosses:
    return TypeLosses(Loss(what, harm), Loss(replaced, harm_replaced or harm) if replaced else None)


_LOSSES: Mapping[str, TypeLosses] = {
    ML: _row(
        "its jobs with their metrics and lineage, its registered assets, computes, endpoints and connections "
        "(recoverable for 14 days unless it is purged)",
        _DATA,
        "the old workspace's jobs with their metrics and lineage, registered assets, computes, endpoints and "
        "connections; the new one starts empty",
    ),
    REGISTRIES: _row("every asset and image in it; what names one fails in all workspaces", _DATA),
    f"{ML}/computes": _row("running jobs are cancelled", _SERVICE),
    f"{ML}/datastores": _row(
        "references to it no longer resolve; the files stay in their account",
        _SERVICE,
        "references to it may resolve to another place; the files stay in their account",
    ),
    f"{ML}/onlineendpoints": _row(
        "its scoring URI and keys end, with every deployment behind it",
        _SERVICE,
        "callers fail until it is back, with new keys",
    ),
    f"{ML}/onlineendpoints/deployments": _row(
        "its instances stop; only other deployments of the endpoint, if it has any, answer requests", _SERVICE
    ),
    "microsoft.insights/autoscalesettings": _row(
        "what it scales keeps the number of instances that it has then", _SERVICE
    ),
    "microsoft.containerinstance/containergroups": _row(
        "what it serves stops", _SERVICE, "callers fail until it is back, at another address", _SERVICE
    ),
    "microsoft.databricks/workspaces": _row(
        "its notebooks, jobs and clusters, and what is stored in its managed resource group",
        _DATA,
        "the old workspace's notebooks, jobs and clusters, and what is stored in its managed resource group; the new "
        "one starts empty",
    ),
    "microsoft.datafactory/factories": _row(
        "its pipelines no longer run, and what is known of their runs goes", _SERVICE
    ),
    **dict.fromkeys(
        (f"microsoft.datafactory/factories/{part}" for part in ("linkedservices", "datasets")),
        _row("pipelines that use it fail", _SERVICE),
    ),
    "microsoft.datafactory/factories/pipelines": _row("it copies nothing more; what it has copied stays", _SERVICE),
    "microsoft.datafactory/factories/triggers": _row("it no longer starts anything", _SERVICE),
    f"{ML}/batchendpoints": _row("its URI ends, with every deployment behind it", _SERVICE),
    f"{ML}/batchendpoints/deployments": _row("callers that name it fail", _SERVICE),
    f"{ML}/jobs": _row("its run: outputs stay in the datastore, metrics and lineage go", _DATA),
    f"{ML}/schedules": _row("it no longer starts anything", _SERVICE),
    f"{ML}/connections": _row("what uses it fails: its credentials are gone", _SERVICE),
    **dict.fromkeys(
        (
            f"{home}/{asset}/versions"
            for home in (ML, REGISTRIES)
            for asset in ("environments", "models", "data", "components", "codes")
        ),
        _row("jobs and deployments that name this version fail; files stay in the datastore", _SERVICE),
    ),
    **dict.fromkeys(
        (f"{ML}/{asset}" for asset in ("environments", "models", "data", "components", "codes")),
        _row("jobs and deployments that name any version of it fail; files stay in the datastore", _SERVICE),
    ),
    f"{ML}/serverlessendpoints": _row("its URI and keys end", _SERVICE),
    f"{ML}/marketplacesubscriptions": _row("serverless endpoints of its model stop", _SERVICE),
    f"{ML}/capabilityhosts": _row("agents of the hub or project stop, with their threads and files", _DATA),
    **dict.fromkeys(
        (f"{ML}/featurestoreentities{part}" for part in ("", "/versions")),
        _row("feature sets that are about it fail", _SERVICE),
    ),
    **dict.fromkeys(
        (f"{ML}/featuresets{part}" for part in ("", "/versions")),
        _row("jobs that ask for its features fail, and nothing is materialized; what was stays in the store", _SERVICE),
    ),
    f"{ML}/outboundrules": _row("outbound traffic that it allowed is blocked", _SERVICE),
    "microsoft.resources/resourcegroups": _row("everything in it", _DATA),
    "microsoft.storage/storageaccounts": _row("every blob and file in it", _DATA),
    "microsoft.storage/storageaccounts/blobservices/containers": _row("every blob in it", _DATA),
    "microsoft.storage/storageaccounts/fileservices/shares": _row("every file in it", _DATA),
    "microsoft.keyvault/vaults": _row(
        "its secrets, keys and certificates (recoverable while its soft delete lasts), and what is encrypted by them",
        _DATA,
    ),
    "microsoft.keyvault/vaults/keys": _row("what is encrypted by it (recoverable while the soft delete lasts)", _DATA),
    "microsoft.containerregistry/registries": _row("every image in it", _DATA),
    "microsoft.operationalinsights/workspaces": _row("its logs (recoverable for 14 days)", _DATA),
    "microsoft.insights/components": _row("its telemetry, and the connection string that clients have", _DATA),
    "microsoft.managedidentity/userassignedidentities": _row(
        "every right that was granted to it ends",
        _SERVICE,
        "every right that was granted to it ends: the new one has another id",
    ),
    "microsoft.authorization/roleassignments": _row(
        "its principal can no longer do what it allowed",
        _RIGHTS,
        "for a moment, its principal may not do what it allows",
    ),
    "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials": _row(
        "what signs in with it no longer can", _SERVICE
    ),
    "microsoft.authorization/roledefinitions": _row("whoever has it loses what it allowed", _RIGHTS),
    "microsoft.authorization/locks": _row("what it protected from deletion or change is no longer protected", _RIGHTS),
    "microsoft.authorization/policydefinitions": _row("what it enforced is no longer enforced", _RIGHTS),
    "microsoft.authorization/policyassignments": _row("what it enforced is no longer enforced", _RIGHTS),
    "microsoft.network/virtualnetworks": _row("what is connected to it loses its network", _SERVICE),
    "microsoft.network/virtualnetworks/subnets": _row("what is connected to it loses its network", _SERVICE),
    "microsoft.network/networksecuritygroups": _row("what it filtered is no longer filtered", _RIGHTS),
    "microsoft.kubernetesconfiguration/extensions": _row("what it runs on the cluster stops", _SERVICE),
    "microsoft.network/privateendpoints": _row("clients inside the network lose their way to the service", _SERVICE),
    "microsoft.synapse/workspaces": _row(
        "its pools, and the notebooks, pipelines and SQL databases in it; files stay in its lake", _DATA
    ),
    "microsoft.synapse/workspaces/bigdatapools": _row("what runs on it is cancelled", _SERVICE),
    "microsoft.synapse/workspaces/firewallrules": _row("whoever it let in is kept out", _SERVICE),
    "microsoft.containerservice/managedclusters": _row("what runs on it, and its volumes", _DATA),
    "microsoft.containerservice/managedclusters/agentpools": _row(
        "what runs on its nodes stops, and starts on others where there is room", _SERVICE
    ),
    "microsoft.containerservice/managedclusters/trustedaccessrolebindings": _row(
        "the service that it is for can't work in the cluster any more", _SERVICE
    ),
    "microsoft.compute/virtualmachines": _row("what is on its disks", _DATA),
    "microsoft.compute/disks": _row("what is on it", _DATA),
}
_INSTANCE = TypeLosses(
    Loss("what is on its own disk outside of the workspace's file share: packages, settings, local files", _DATA),
)


def losses_of(op: Op, type_name: str, noun: str) -> tuple[Loss, ...]:
    """Return what an operation on one of a type loses."""
    if op not in (Op.DELETE, Op.REPLACE):
        return ()
    row = _INSTANCE if noun == "compute instance" else _LOSSES.get(type_name.lower())
    if row is None:
        return ()
    return ((row.replaced or row.deleted) if op is Op.REPLACE else row.deleted,)
