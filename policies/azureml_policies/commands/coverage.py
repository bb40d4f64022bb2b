"""``rules --coverage``: the rules of Azure Policy, checkov and PSRule with ours beside each, as a page of the docs.

`coverage.csv` lists theirs: `covered_by` names the rules of ours that correspond, `ours` those that aren't quite the
same, and `note` has the reason where there is none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from azureml_arm.tables import read_table

_FILE = Path(__file__).parents[1] / "coverage.csv"
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

Made by `azureml-policies rules --coverage` from policies/azureml_policies/coverage.csv.
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
    covered_by: str
    ours: str
    note: str

    @property
    def beside(self) -> list[str]:
        """Return the ids of our rules that correspond to it, those that aren't quite the same last."""
        return list(dict.fromkeys([*self.covered_by.split(), *self.ours.split()]))

    @property
    def label(self) -> str:
        """Return its name and id; checkov's rules go by their ids alone."""
        return self.id if self.source == "checkov" or self.id == self.name else f"{self.name} ({self.id})"


@cache
def theirs() -> tuple[Theirs, ...]:
    """Return their rules in the order of the page."""
    return tuple(Theirs(**row) for row in read_table(_FILE))


def counterparts(rule_id: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each source with the rules there that a rule of ours corresponds to, where it has any."""
    for source in _SOURCES:
        labels = [row.label for row in theirs() if row.source == source and rule_id in row.covered_by.split()]
        if labels:
            yield source, labels


def markdown() -> str:
    """Return the page."""
    return "\n".join([_INTRO, *_parts()]) + "\n"


def _parts() -> Iterator[str]:
    found = theirs()
    for part, (heading, text) in _HEADINGS.items():
        yield from ["", f"## {heading}", "", text]
        for source, where in _SOURCES.items():
            rows = [row for row in found if (row.part, row.source) == (part, source)]
            if rows:
                yield from ["", f"### {source}: {len(rows)}", "", where, "", "| theirs | id | ours | note |"]
                yield "|---|---|---|---|"
                yield from (_row(row) for row in rows)


def _row(row: Theirs) -> str:
    ours = ", ".join(f"[{name}](rules.md#{name})" for name in row.beside) or "none"
    return f"| {row.name.replace('|', '/')} | `{row.id}` | {ours} | {row.note} |"
