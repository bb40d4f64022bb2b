"""One useful error from a JSON Schema: a value is held against the form that it is meant to be, and not against all.

`anyOf` makes a validator say that nothing fits. Here the shape of a value (text, list, mapping) chooses first, then a
word of it (`type`, say), then a field that only some forms have.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from azureml_infra.entities.words import letters

Schema = Mapping[str, Any]
PREFIX = "#/$defs/"
_WORDS = ("kind", "type", "task")
"""Fields whose word says which of several forms a mapping is."""
_NULL = {"type": "null"}
_SAID = ("description", "default")
_SHARED = 600
"""Characters from which a choice that occurs twice is written once."""


@dataclass(frozen=True)
class Form:
    """One form of a mapping: its schema, the words that choose it, and whether it is chosen without any."""

    schema: Schema
    properties: Mapping[str, Any]
    required: frozenset[str]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    default: bool = True
    closed: bool = True
    """Whether it takes no other field than its own."""

    def words_of(self, name: str) -> tuple[str, ...]:
        """Return the words of a field that mean this form."""
        given = self.words.get(name) or _words_of(self.properties.get(name, {}))
        return tuple(dict.fromkeys(word for word in given if word is not None))

    def schemas(self) -> tuple[str, ...]:
        """Return the names of az ml's schemas that mean this form."""
        return tuple(self.words.get("$schema", ()))


def _words_of(about: Schema) -> Iterable[Any]:
    several = [word for one in about.get("anyOf", ()) for word in _words_of(one)]
    return [about["const"]] if "const" in about else list(about.get("enum", several))


class Choices:
    """Turns definitions into ones that choose. `known` are forms of models by name, where more is known of them."""

    def __init__(self, definitions: Mapping[str, Schema], known: Mapping[str, Mapping[str, Any]]) -> None:
        self._definitions = definitions
        self._known = known

    def of(self, part: Any) -> Any:
        """Return a part of a schema in which every `anyOf` that can be is a choice."""
        if isinstance(part, list):
            return [self.of(one) for one in part]
        if not isinstance(part, Mapping):
            return part
        if "anyOf" not in part:
            return {key: self.of(value) for key, value in part.items()}
        rest = {key: self.of(value) for key, value in part.items() if key != "anyOf"}
        return {**rest, **self._by_shape([self.of(one) for one in _flat(part["anyOf"])])}

    def choose(self, forms: Sequence[Form]) -> Schema:
        """Return a schema that holds a mapping against the one form that it is meant to be."""
        if len(forms) == 1:
            return forms[0].schema
        named = {word.lower() for form in forms for word in form.schemas()}
        if len(named) > 1:
            return self._by_schema(forms)
        for word in _WORDS:
            if len({form.words_of(word) for form in forms}) > 1:
                return self._by_word(word, forms)
        return self._by_field(forms)

    def _by_shape(self, options: list[Schema]) -> Schema:
        forms = [form for option in options if (form := self._form(option)) is not None]
        lists = [option for option in options if option.get("type") == "array"]
        rest = [option for option in options if option not in lists and self._form(option) is None]
        if len(options) == 2 and rest == [_NULL]:  # noqa: PLR2004  (a value, or nothing)
            return _or_null(options[0])
        made = _plain(rest) if rest else None
        if lists:
            made = {"if": {"type": "array"}, "then": _any(lists), "else": made} if made else _any(lists)
        if not forms:
            return made or {}
        chosen = self.choose(forms)
        if made is None:
            return chosen if len(forms) == 1 else {"type": "object", **chosen}
        return {"if": {"type": "object"}, "then": chosen, "else": made}

    def _form(self, option: Schema) -> Form | None:
        name = str(option.get("$ref", "")).removeprefix(PREFIX)
        about = self._definitions.get(name, {}) if name else option
        if about.get("type") != "object":
            return None
        required = frozenset(about.get("required", ()))
        closed = about.get("additionalProperties") is False
        return Form(option, about.get("properties", {}), required, closed=closed, **self._known.get(name, {}))

    def _by_schema(self, forms: Sequence[Form]) -> Schema:
        by_name: dict[str, list[Form]] = {}
        for form in forms:
            for name in dict.fromkeys(word.lower() for word in form.schemas()):
                by_name.setdefault(name, []).append(form)
        made = self.choose([replace(_without(form, "$schema"), default=form.default) for form in forms])
        for name, group in by_name.items():
            pattern = f"(^|/){letters(name)}\\.schema\\.json$"
            says = {"required": ["$schema"], "properties": {"$schema": {"pattern": pattern}}}
            made = {"if": says, "then": self.choose([_without(form, "$schema") for form in group]), "else": made}
        return made

    def _by_word(self, word: str, forms: Sequence[Form]) -> Schema:
        groups: dict[str, list[Form]] = {}
        for form in forms:
            for one in form.words_of(word):
                groups.setdefault(one, []).append(form)
        told = all(form.words_of(word) and not form.words for form in forms)
        apart = len(groups) == sum(len(form.words_of(word)) for form in forms)
        absent = [form for form in forms if form.default and word not in form.required and not (told and apart)]
        open_ = [form for form in forms if not form.words_of(word) and word in form.properties]
        said = next((form.properties[word].get("description") for form in forms if word in form.properties), "")
        about = {**({"description": said} if said else {}), "enum": list(groups)}
        made: dict[str, Any] = {} if open_ else {"properties": {word: about}}
        without = {"not": {"required": [word]}}
        first = [{"if": without, "then": self.choose([_without(form, word) for form in absent])}] if absent else []
        chosen = [
            {
                "if": {
                    "required": [word],
                    "properties": {word: {"enum": words} if len(words) > 1 else {"const": words[0]}},
                },
                "then": self.choose([_without(form, word) for form in group]),
            }
            for words, group in _same(groups)
        ]
        return {**made, **({} if absent else {"required": [word]}), "allOf": [*first, *chosen]}

    def _by_field(self, forms: Sequence[Form]) -> Schema:
        marks = [_marks(form, forms) for form in forms]
        for name, count in Counter(name for names in marks for name in names).most_common():
            if count == len(forms):
                continue
            own = [form for form, names in zip(forms, marks, strict=True) if name in names]
            others = [form for form in forms if form not in own]
            theirs = {one for form, names in zip(forms, marks, strict=True) if form in others for one in names}
            says = [
                one for one in _marks(own[0], forms) if one not in theirs and all(one in form.required for form in own)
            ]
            left = self.choose(others)
            last = [one for one in _marks(others[0], forms) if one not in own[0].properties]
            if len(others) == 1 and last:
                needed = [{"required": [one]} for one in (name, last[0])]
                left = {"if": {"required": [last[0]]}, "then": left, "else": {"anyOf": needed}}
            given = {"anyOf": [{"required": [one]} for one in says]} if len(says) > 1 else {"required": says}
            return {"if": given, "then": self.choose(own), "else": left}
        return _by_own(forms)


def _by_own(forms: Sequence[Form]) -> Schema:
    """Return a choice by the fields that one form alone has; without any, the first one where it asks least."""
    own = {
        index: [
            name
            for name in form.properties
            if all(one.closed and name not in one.properties for one in forms if one is not form)
        ]
        for index, form in enumerate(forms)
    }
    least = all(_asks_less(forms[0], form, own[index]) for index, form in enumerate(forms))
    made = forms[0].schema if least else {"anyOf": [form.schema for form in forms]}
    for index, names in own.items():
        if names:
            given = {"anyOf": [{"required": [name]} for name in names]}
            made = {"if": given, "then": forms[index].schema, "else": made}
    return made


def _asks_less(first: Form, form: Form, own: Sequence[str]) -> bool:
    """Return whether a mapping without another form's own fields that the first one refuses is refused by both."""
    return first.required <= form.required and all(
        name in own or _same_about(about, first.properties.get(name)) for name, about in form.properties.items()
    )


def _same_about(one: Schema, other: Schema | None) -> bool:
    plain = [{key: about for key, about in (given or {}).items() if key not in _SAID} for given in (one, other)]
    return plain[0] == plain[1]


def _marks(form: Form, forms: Sequence[Form]) -> list[str]:
    """Return the fields that a form must have and that none knows which needn't have them."""
    return [
        name
        for name in sorted(form.required)
        if all(name in one.required or (one.closed and name not in one.properties) for one in forms)
    ]


def _without(form: Form, word: str) -> Form:
    """Return a form of which a word is known."""
    properties = {name: about for name, about in form.properties.items() if name != word}
    words = {name: given for name, given in form.words.items() if name != word}
    return replace(form, properties=properties, words=words, default=True)


def _same(groups: Mapping[str, list[Form]]) -> list[tuple[list[str], list[Form]]]:
    """Return words that choose the same forms together."""
    found: list[tuple[list[str], list[Form]]] = []
    for word, forms in groups.items():
        known = next((words for words, others in found if others == forms), None)
        if known is None:
            found.append(([word], forms))
        else:
            known.append(word)
    return found


def _flat(options: Iterable[Schema]) -> Iterable[Schema]:
    for option in options:
        if set(option) == {"anyOf"}:
            yield from _flat(option["anyOf"])
        else:
            yield option


def _any(options: Sequence[Schema]) -> Schema:
    return options[0] if len(options) == 1 else {"anyOf": list(options)}


def _plain(options: Sequence[Schema]) -> Schema:
    """Return values that are no mappings: one schema, where their types and `null` allow it."""
    if all(set(option) == {"type"} for option in options):
        types = [option["type"] for option in options]
        return {"type": types[0] if len(types) == 1 else types}
    rest = [option for option in options if option != _NULL]
    return _or_null(rest[0]) if len(rest) == 1 and len(options) > 1 else _any(options)


def _or_null(one: Schema) -> Schema:
    if "enum" in one or "const" in one:
        return {"enum": [*one.get("enum", [one.get("const")]), None]}
    if isinstance(one.get("type"), str):
        return {**one, "type": [one["type"], "null"]}
    return {"if": {"not": _NULL}, "then": one} if "$ref" in one else {"anyOf": [one, _NULL]}


def share(whole: dict[str, Any]) -> dict[str, Any]:
    """Return a schema in which something long that occurs twice is a definition of its own."""
    counts = Counter(text for part in _mappings(whole) if (text := _long(part)))
    names: dict[str, str] = {}
    for text in (text for text, count in counts.items() if count > 1):
        models = list(dict.fromkeys(references(json.loads(text))))
        name = f"{models[0]}Or{len(models) - 1}" if models else "Pattern"
        taken = sum(one == name or one.startswith(f"{name}_") for one in names.values())
        names[text] = f"{name}_{taken + 1}" if taken else name
    made: dict[str, Any] = _refer(whole, names)
    for text, name in names.items():
        models = list(dict.fromkeys(references(json.loads(text))))
        about = f"One of {', '.join(models)}." if models else "Text of a form."
        shared = {key: _refer(one, names) for key, one in json.loads(text).items()}
        made["$defs"][name] = {"description": about, **shared}
    return made


def _long(part: Mapping[str, Any]) -> str:
    """Return the long choice or pattern that a part is, without what is said of it; nothing where it is none."""
    choice = {key: one for key, one in part.items() if key not in _SAID}
    text = json.dumps(choice) if choice.keys() & {"allOf", "if", "pattern"} else ""
    return text if len(text) > _SHARED else ""


def _mappings(part: Any) -> Iterator[Mapping[str, Any]]:
    """Yield a part of a schema and what is in it, as far as these are mappings."""
    if isinstance(part, Mapping):
        yield part
    for one in part.values() if isinstance(part, Mapping) else part if isinstance(part, list) else ():
        yield from _mappings(one)


def _refer(part: Any, names: Mapping[str, str]) -> Any:
    if isinstance(part, list):
        return [_refer(one, names) for one in part]
    if not isinstance(part, Mapping):
        return part
    if name := names.get(_long(part)):
        return {**{key: one for key, one in part.items() if key in _SAID}, "$ref": PREFIX + name}
    return {key: _refer(one, names) for key, one in part.items()}


def references(part: Any) -> Iterator[str]:
    """Yield the names of the definitions that a part of a schema refers to."""
    targets = (one.get("$ref") for one in _mappings(part))
    return (target.removeprefix(PREFIX) for target in targets if isinstance(target, str))
