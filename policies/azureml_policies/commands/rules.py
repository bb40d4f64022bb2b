"""``rules``: every rule of the pack, as a list or as one of the pages docs/rules.md and docs/guardrails-coverage.md."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence

from azureml_policies.commands import coverage
from azureml_policies.commands.common import console, emit
from azureml_policies.rule import Rule
from azureml_policies.rules.registry import RULES


def add_options(parser: ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--markdown", action="store_true", help="print the page docs/rules.md")
    parser.add_argument(
        "--coverage", action="store_true", help="print docs/guardrails-coverage.md: others' rules and ours"
    )


def run(options: Namespace) -> int:
    """Print them."""
    if options.coverage:
        emit(coverage.markdown().rstrip("\n"))
        return 0
    if options.markdown:
        emit(markdown(RULES).rstrip("\n"))
        return 0
    for rule in RULES:
        console().print(f"{rule.id:36} {rule.level.value:10} {rule.title}")
    return 0


def markdown(rules: Sequence[Rule]) -> str:
    """Return the page of all rules, by family."""
    families = dict.fromkeys(rule.family for rule in rules)
    return "\n".join(_page(rules, list(families))) + "\n"


def _page(rules: Sequence[Rule], families: Sequence[str]) -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield "Made by `azureml-policies rules --markdown`. [guardrails.md](guardrails.md) says how they are used."
    for family in families:
        yield from ["", f"## {family.capitalize()}"]
        for rule in rules:
            if rule.family == family:
                yield from _section(rule)


def _section(rule: Rule) -> Iterator[str]:
    yield from ["", f"### {rule.id}", "", rule.title, ""]
    yield f"- level: {rule.level.value}" + (
        f", never lower than {rule.lowest.value}" if rule.lowest != "disabled" else ""
    )
    yield f"- severity: {rule.severity.value}"
    yield f"- remedy: {rule.remedy}"
    yield f"- fix: {'; '.join(map(str, rule.fixes))}"
    if rule.types:
        yield f"- looks at: {', '.join(f'`{name}`' for name in rule.types)}"
    if rule.remediate is not None:
        yield "- with the level `remediate` it fixes what it finds"
    for source, names in coverage.counterparts(rule.id):
        yield f"- {source}: {'; '.join(names)}"
    for name, schema in rule.settings.items():
        default = json.dumps(schema.get("default"))
        yield f"- setting `{name}` ({schema.get('type', 'any')}, default `{default}`): {schema.get('description', '')}"
