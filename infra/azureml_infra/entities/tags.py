"""Tags within Azure's limits (`azureml_arm.tags`): of resources, and of runs."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from azureml_arm import tags
from azureml_infra.entities.base import TEXT, InputStr, before, refusal
from azureml_infra.entities.words import Check, letters
from azureml_infra.yaml.nodes import as_written
from azureml_infra.yaml.problems import quote


def _name(limits: tags.TagLimits) -> Check:
    def check(name: str) -> str:
        if expected := limits.name_fault(name):
            raise refusal(f"{quote(name)} can't be a tag's name", expected)
        return name

    return Check(check)


def _value(limits: tags.TagLimits) -> Check:
    def check(value: Any) -> Any:
        if expected := limits.value_fault(value):
            raise refusal(f"the value has {len(value)} characters", expected)
        return value

    return Check(check, lambda: {"maxLength": limits.value})


def _form(limits: tags.TagLimits) -> dict[str, Any]:
    """Return the JSON Schema of names: of those with characters that are kept for Azure, none but the portal's own."""
    plain = {"pattern": f"^({letters('hidden-')}|{letters('link:')})|^[^{re.escape(limits.reserved)}\\x00-\\x1f]*$"}
    return {"minLength": 1, "maxLength": limits.name, **(plain if limits.reserved else {})}


def _together(limits: tags.TagLimits) -> Check:
    def check(given: Mapping[str, Any]) -> Mapping[str, Any]:
        refuse_together(given, limits)
        return given

    return Check(check, lambda: {"maxProperties": limits.count, "propertyNames": _form(limits)})


def refuse_together(given: Mapping[str, Any], limits: tags.TagLimits, *place: str) -> None:
    """Raise the error of tags that are fine one by one: too many, or one name in two spellings. `place` is a field."""
    if len(given) > limits.count:
        raise refusal(f"these are {len(given)} tags", f"at most {limits.count}", *place)
    both = tags.clash(given) if limits.any_case else None
    if both is not None:
        what = f"the tags {quote(both[0])} and {quote(both[1])} are one to Azure, which ignores letter case in names"
        raise refusal(what, f"{quote(both[0])} alone", *place)


if TYPE_CHECKING:
    Tags = dict[str, InputStr]
    RunTags = dict[str, InputStr]
else:

    def _tags(limits: tags.TagLimits) -> Any:
        return Annotated[
            dict[Annotated[str, _name(limits)], Annotated[InputStr, TEXT, _value(limits)]],
            before(as_written),
            _together(limits),
        ]

    Tags = _tags(tags.RESOURCE)
    RunTags = _tags(tags.RUN)
"""Of resources, and of runs, whose properties have the same limits."""
