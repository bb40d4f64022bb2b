"""What types are called, and what is lost with a resource that is deleted or replaced: `types.csv` beside it.

Sources: https://learn.microsoft.com/azure/machine-learning/concept-soft-delete (a workspace stays recoverable for 14
days), https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview,
https://learn.microsoft.com/azure/azure-monitor/logs/delete-workspace, and the pages of each service.
"""

from pathlib import Path

from azureml_arm.tables import read_table
from azureml_review.model import Harm, Loss, Op

ROWS = {row["type"].lower(): row for row in read_table(Path(__file__).with_name("types.csv"))}
"""By type in lower case; `replaced` is there where a replacement loses something else than a deletion."""
NOUNS = {type_name: row["noun"] for type_name, row in ROWS.items() if row["noun"]}
_INSTANCE = Loss(
    "what is on its own disk outside of the workspace's file share: packages, settings, local files", Harm.DATA
)


def losses_of(op: Op, type_name: str, noun: str) -> tuple[Loss, ...]:
    """Return what an operation on one of a type loses."""
    if op not in (Op.DELETE, Op.REPLACE):
        return ()
    if noun == "compute instance":
        return (_INSTANCE,)
    row = ROWS.get(type_name.lower())
    if row is None or not row["deleted"]:
        return ()
    return (Loss((op is Op.REPLACE and row["replaced"]) or row["deleted"], Harm(row["harm"])),)
