"""``rules --coverage``: the rules of Azure Policy, checkov and PSRule with ours beside each, as a page of the docs.

`policies/coverage.csv` lists theirs, with the reason where there is none of ours; which of ours corresponds to which
is what the rules themselves declare (`covers`), or the column `ours` where it isn't quite the same.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from azureml_policies.rule import Rule

_FILE = Path(__file__).parents[1] / "coverage.csv"
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|CKV\w*_(?:\d+|\*)|AZR-\d+|Azure\.\w+\.\w+")
_HEADINGS = {
    "ml": ("Azure Machine Learning", "Every rule that the four have for it."),
    "foundation": ("What a workspace stands on", "Storage, vault, container registry, logs; tags, regions, clusters."),
}
_SOURCES = {
    "Azure Policy": "The built-in definitions (https://github.com/Azure/azure-policy, 29 April 2026).",
    "Landing zones": "Microsoft's custom definitions "
    "(https://github.com/Azure/Azure-Landing-Zones-Library, 27 June 2026); they have no ids.",
    "checkov": "Version 3.3.30 (https://github.com/bridgecrewio/checkov).",
    "PSRule": "Baseline Azure.GA_2026_03 (https://azure.github.io/PSRule.Rules.Azure/).",
}
_INTRO = """# Guardrails beside Azure Policy, checkov and PSRule

Made by `azureml-policies rules --coverage` from policies/coverage.csv and what the rules declare.
[rules.md](rules.md) says what each of ours does.

A note without a rule of ours is why there is none. Azure Policy's data-plane definitions hand a setting to Azure ML,
which judges what a job brings along when it starts: the image, the author, the packages, the signature. None of that
is in a request to Azure Resource Manager, so no rule over what is planned can see it; assign the definition itself.
What Azure sets by itself, such as the age of an instance's image, is in no request either.

Where the sources disagree about a value that is not set, ours goes by Azure's default."""


@dataclass(frozen=True)
class Theirs:
    """A rule of somebody else."""

    part: str
    source: str
    id: str
    name: str
    ours: str
    note: str


def theirs() -> list[Theirs]:
    """Return their rules in the order of the page."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return [Theirs(**row) for row in csv.DictReader(file)]


def beside(rule: Theirs, rules: Sequence[Rule]) -> list[str]:
    """Return the ids of our rules that correspond to one of theirs."""
    declared = [one.id for one in rules if {rule.id, rule.name} & declared_ids(one)]
    return list(dict.fromkeys([*declared, *rule.ours.split()]))


@cache
def _ids(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(found for text in texts for found in _ID.findall(text))


def declared_ids(rule: Rule) -> frozenset[str]:
    """Return the ids in what a rule says that it covers."""
    covers = rule.covers
    return _ids((*covers.azure_policy, *covers.checkov, *covers.psrule))


def markdown(rules: Sequence[Rule]) -> str:
    """Return the page."""
    return "\n".join([_INTRO, *_parts(rules)]) + "\n"


def _parts(rules: Sequence[Rule]) -> Iterator[str]:
    found = theirs()
    for part, (heading, told) in _HEADINGS.items():
        yield from ["", f"## {heading}", "", told]
        for source, where in _SOURCES.items():
            rows = [row for row in found if (row.part, row.source) == (part, source)]
            if rows:
                yield from ["", f"### {source}: {len(rows)}", "", where, "", "| theirs | id | ours | note |"]
                yield "|---|---|---|---|"
                yield from (_row(row, rules) for row in rows)


def _row(row: Theirs, rules: Sequence[Rule]) -> str:
    ours = ", ".join(f"[{name}](rules.md#{name})" for name in beside(row, rules)) or "none"
    return f"| {row.name.replace('|', '/')} | `{row.id}` | {ours} | {row.note} |"
