"""Every resource type of azure-native, beside the few that `types.csv` and `azureml_arm.types` describe in full.

`native_types.csv` has a token of azure-native 3, the resource's path with the arguments' names in braces (one that
begins with a namespace is in a resource group), whether `properties` are lifted into the top level, and the tokens that
earlier versions had for it. It is read when a token is met that the richer tables don't have.

The facts are those of two public sources, joined by API version, path arguments and properties: the SDK of
pulumi-azure-native 3.29 (the resource's arguments, the getter's arguments, which are the names in the path, and the
aliases, which are the former tokens), and the resource types of Azure/bicep-types-az (``generated/**/types.json``, with
the scopes that each may be written at). What the second doesn't have was taken from pulumi/pulumi-azure-native,
``reports/tokenPaths.json``, and Azure's REST reference. A test holds the table against the installed SDK: a resource
that a new version of the SDK has, and the table hasn't, is a row to add.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from azureml_arm.catalogue import ArmType, read_type
from azureml_arm.tables import read_table

TABLE = Path(__file__).with_name("native_types.csv")
Row = Mapping[str, str]


@cache
def rows() -> Mapping[str, Row]:
    """Return the table's rows by token in lower case (``module:name``), the former tokens among them."""
    table = read_table(TABLE)
    former = {name.lower(): row for row in table for name in row["former"].split()}
    return former | {row["token"].lower(): row for row in table}


@cache
def types_of(module: str) -> frozenset[str]:
    """Return the ARM types of a module, in lower case."""
    found = (find(name) for name in rows() if name.startswith(f"{module}:"))
    return frozenset(entry.type.lower() for entry in found if entry)


@cache
def find(name: str) -> ArmType | None:
    """Return the type of a token ``module:name`` in lower case, whichever version of the provider it is of."""
    row = rows().get(name)
    if row is None:
        return None
    called = row["token"].partition(":")[2]
    # Where the name `properties` is taken in a language, azure-native puts the type's name before it.
    return read_type(row, renamed={f"{called[0].lower()}{called[1:]}Properties": "properties"})
