"""Data outside of Azure, by a connection: what imports take it from, and what exports write it to.

The fields are those of azure-ai-ml (_schema/job/input_output_entry.py), for data imports and for steps of pipelines.
"""

from typing import Annotated, Any, ClassVar, Literal

from azureml_infra.entities.base import LOCAL, TEXT, Arm, InputStr, Model, Refers, refusal
from azureml_infra.entities.body import Resolver, body
from azureml_infra.entities.unions import BY_TYPE
from azureml_infra.entities.words import ANY_CASE

BUILTIN = "azureml://registries/azureml/components/{}/versions/0.0.1"
"""The components that Azure has for it (azure-ai-ml's DataTransferBuiltinComponentUri)."""


class ProcedureParameter(Model):
    """A value that a stored procedure is called with."""

    name: str
    """Its name."""
    value: Annotated[str, TEXT]
    """The value."""
    type: str
    """Its type in the database, such as `String`."""


class Database(Model):
    """A database."""

    builtin: ClassVar[str] = "database"
    reads_into: ClassVar[str] = "mltable"
    """The type of what is imported from it."""
    takes: ClassVar[str] = "uri_file"
    """The type of what is exported to it."""

    type: Annotated[Literal["database"], ANY_CASE] = "database"
    """The kind of place."""
    connection: Annotated[InputStr, Refers(("connections",)), LOCAL]
    """The connection: `azureml:NAME`."""
    query: str | None = None
    """What to take, in SQL."""
    table_name: Annotated[str | None, Arm("table_name")] = None
    """The table."""
    stored_procedure: Annotated[str | None, Arm("stored_procedure")] = None
    """What to take: what a procedure of the database returns."""
    stored_procedure_params: Annotated[list[ProcedureParameter] | None, Arm("stored_procedure_params")] = None
    """The values that the procedure is called with."""


class FileSystem(Model):
    """Files of a bucket."""

    builtin: ClassVar[str] = "file_system"
    reads_into: ClassVar[str] = "uri_folder"
    takes: ClassVar[str] = "uri_folder"

    type: Annotated[Literal["file_system"], ANY_CASE] = "file_system"
    """The kind of place."""
    connection: Annotated[InputStr, Refers(("connections",)), LOCAL]
    """The connection: `azureml:NAME`."""
    path: str | None = None
    """The file or folder in it."""


ExternalData = Annotated[Database | FileSystem, BY_TYPE]


def refuse_nothing(source: Database | FileSystem) -> None:
    """Raise where a source doesn't say what is taken from it."""
    words = ("query", "table_name", "stored_procedure") if isinstance(source, Database) else ("path",)
    if not any(getattr(source, word) for word in words):
        expected = " or ".join(f"`{word}`" for word in words)
        raise refusal("the source doesn't say what is taken", expected, "source")


def external_words(given: Database | FileSystem, resolver: Resolver) -> dict[str, Any]:
    """Return what a body says of it: the connection by name, as azure-ai-ml sends it, and waited for all the same."""
    if "${{" not in str(given.connection):
        resolver.reference(("connections",), str(given.connection))
    return {**body(given, resolver), "connection": given.connection}
