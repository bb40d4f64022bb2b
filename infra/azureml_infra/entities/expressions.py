"""The ``${{…}}`` expressions of jobs and what they name.

https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax has the contexts: `inputs` and `outputs`
within a command, and `search_space` within that of a sweep; `parent.inputs`, `parent.outputs` and
`parent.jobs.STEP.outputs` within a pipeline's step.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Literal, get_args

from pydantic import GetCoreSchemaHandler, ValidatorFunctionWrapHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

Kind = Literal[
    "input", "output", "search space", "pipeline input", "pipeline output", "step input", "step output", "other"
]

_EXPRESSION = re.compile(r"\$\{\{\s*([^{}]*?)\s*\}\}")
_NAME = r"([A-Za-z0-9_-]+)"
_FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("input", re.compile(rf"inputs\.{_NAME}(?:\..*)?")),
    ("output", re.compile(rf"outputs\.{_NAME}(?:\..*)?")),
    ("search space", re.compile(rf"search_space\.{_NAME}")),
    ("pipeline input", re.compile(rf"parent\.inputs\.{_NAME}(?:\..*)?")),
    ("pipeline output", re.compile(rf"parent\.outputs\.{_NAME}")),
    ("step input", re.compile(rf"parent\.jobs\.{_NAME}\.inputs\.{_NAME}(?:\..*)?")),
    ("step output", re.compile(rf"parent\.jobs\.{_NAME}\.outputs\.{_NAME}")),
)


@dataclass(frozen=True)
class Expression:
    """One ``${{…}}``: its text, what kind of thing it names, that thing's name, and its step where it has one."""

    text: str
    kind: Kind
    name: str = ""
    step: str = ""


def is_expression(value: object) -> bool:
    """Return whether a value is text with ``${{…}}`` in it."""
    return isinstance(value, str) and "${{" in value


def _let_expression_pass(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    return value if is_expression(value) and parse(value) else handler(value)


@dataclass(frozen=True, eq=False)
class _Bindable:
    """Metadata of a field that takes ``${{parent.inputs.NAME}}`` in place of a number or word, as steps may have it.

    `optional`: its type is one or None, and there is no other metadata. Editors show None last then.
    """

    optional: bool

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate as the type, but for an expression."""
        own: Any = handler(source)
        inside = own["schema"] if self.optional else own
        either: CoreSchema = core_schema.union_schema([inside, core_schema.str_schema(pattern=_EXPRESSION.pattern)])
        written = core_schema.nullable_schema(either) if self.optional else either
        return core_schema.no_info_wrap_validator_function(_let_expression_pass, own, json_schema_input_schema=written)


def or_bound(type_: Any) -> Any:
    """Return a type that also takes ``${{parent.inputs.NAME}}``."""
    return Annotated[type_, _Bindable(optional=False)]


def make_bindable(info: FieldInfo) -> None:
    """Let a field of a model take ``${{parent.inputs.NAME}}``, too."""
    info.metadata.append(_Bindable(optional=not info.metadata and NoneType in get_args(info.annotation)))


def expressions(text: str) -> Iterator[Expression]:
    """Yield every ``${{…}}`` in a text."""
    for found in _EXPRESSION.finditer(text):
        yield _read(found[0], found[1])


def parse(text: str) -> Expression | None:
    """Return the one expression that a text consists of, or None."""
    found = _EXPRESSION.fullmatch(text.strip())
    return _read(found[0], found[1]) if found else None


def _read(text: str, inside: str) -> Expression:
    for kind, pattern in _FORMS:
        match = pattern.fullmatch(inside)
        if match:
            *step, name = match.groups()
            return Expression(text, kind, name, step[0] if step else "")
    return Expression(text, "other")
