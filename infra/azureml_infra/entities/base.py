"""What every model is made of: strict fields that know their place in ARM's request body.

A field says its place once, as metadata; validation, the editor's JSON Schema, the reference page, the request body and
the way back (an ARM path shown in az ml's words) are all read from it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    import pulumi


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Arm:
    """A field's place in ARM's request body.

    `path` is dotted and relative to the enclosing model's place; "" means the enclosing place itself (for nested
    models); None means that the field isn't sent. Without this metadata a field goes to the camelCase of its name.
    `immutable`: a change makes Azure replace the resource. `ignored_on_update`: Azure accepts a change and drops it.
    """

    path: str | None
    convert: Callable[[Any], Any] = _same
    immutable: bool = False
    ignored_on_update: bool = False


LOCAL = Arm(None)
"""For fields that describe the entity here and are not sent to Azure."""


@dataclass(frozen=True)
class Refers:
    """The field names another entity of one of these families (``azureml:NAME[:VERSION]``, an ARM id, …)."""

    families: tuple[str, ...]


@dataclass(frozen=True)
class Uploads:
    """The field is a local file or folder (uploaded to the workspace's storage) or a URI that is passed on."""

    code: bool = False
    """Whether a code asset is registered for it, as `code:` of jobs and deployments needs."""
    url: bool = False
    """Whether Azure wants its https address here, as for build contexts, and not a datastore path."""


def is_output(value: object) -> bool:
    """Whether a value is a Pulumi Output, without importing Pulumi for those who only validate."""
    pulumi_module = sys.modules.get("pulumi")
    return pulumi_module is not None and isinstance(value, pulumi_module.Output)


def _outputs_pass(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    return value if is_output(value) else handler(value)


ACCEPTS_OUTPUT = WrapValidator(_outputs_pass)
"""Lets a Pulumi Output through unvalidated: its value is known only when the program runs."""

if TYPE_CHECKING:
    InputStr = str | pulumi.Output[str]
else:
    InputStr = Annotated[str, ACCEPTS_OUTPUT]


SECRET_PATTERN = r"^\$\{\{\s*secrets\.([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}$"  # noqa: S105  (a pattern)


def _refuse_clear_text(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    if is_output(value):
        return value
    try:
        return handler(value)
    except ValueError:
        raise PydanticCustomError(
            "secret_in_clear",
            "a credential is written in clear",
            {
                "expected": "${{secrets.NAME}}, with the value given by `pulumi config set --secret NAME`",
            },
        ) from None


@dataclass(frozen=True)
class Secret:
    """The field is a credential: a ``${{secrets.NAME}}`` in YAML, a secret Output in Python, never clear text."""


if TYPE_CHECKING:
    SecretStr = str | pulumi.Output[str]
else:
    SecretStr = Annotated[str, Field(pattern=SECRET_PATTERN), WrapValidator(_refuse_clear_text), Secret()]


class LocalPath(str):
    """A path as it was written, with the file or folder it means (`path`, absolute, links resolved)."""

    path: Path

    def __new__(cls, text: str, path: Path) -> LocalPath:
        """Keep `text` as the string and `path` beside it."""
        made = super().__new__(cls, text)
        made.path = path
        return made


class Model(BaseModel):
    """A strict, immutable set of fields. Unknown fields are errors; a string under a field is its documentation."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        populate_by_name=True,
        arbitrary_types_allowed=True,
        validate_default=False,
    )

    arm_constants: ClassVar[Mapping[str, Any]] = {}
    """Dotted ARM paths and the values that this model always sends there."""
    called: ClassVar[str] = "the description"
    """How messages call a whole file of it."""
    not_yet: ClassVar[tuple[str, ...]] = ()
    """What people look for here and can't describe yet, by the words that they try."""


class Entity(Model):
    """A thing of az ml with a YAML file of its own: ``az ml KIND create --file``."""

    family: ClassVar[str]
    """The section of platform.yml and the namespace of its names: ``computes``, ``datastores``, …"""
    kind: ClassVar[str]
    """How people call it: ``compute cluster``, ``online endpoint``, …"""

    schema_: Annotated[str | None, LOCAL] = Field(default=None, alias="$schema")
    """Where the file's JSON Schema lives; tells the kind, as in az ml."""
