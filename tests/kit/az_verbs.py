"""docs/verbs-beside-az-ml.md: the verbs and flags of az ml, which of them are here, and why the others aren't.

``az_ml.csv`` has what az takes: https://learn.microsoft.com/cli/azure/ml, from MicrosoftDocs/azure-docs-cli,
docs-ref-autogen/Latest-version/latest/ml, at its commit of 2026-08-21. A flag's long and short name are one word;
switches are what has the default False. ``--acquire-policy-token`` and ``--change-reference`` are left out: az itself
has them on every command that writes, for policies that want a token of an approved change.

``cd tests && ../.venv/bin/python -m kit.az_verbs`` writes the page.
"""

from argparse import Action, ArgumentParser
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from azureml_arm.tables import read_table
from azureml_infra.__main__ import ABSENT_NOUNS
from azureml_infra.commands.verbs.actions import why_absent
from azureml_infra.commands.verbs.flags import FLAGS, Flag
from azureml_infra.commands.verbs.main import add_options
from azureml_infra.commands.verbs.nouns import NOUNS
from kit.paths import ROOT, TESTS

PAGE = ROOT / "docs/verbs-beside-az-ml.md"
_TABLE = TESTS / "infra/commands/verbs/az_ml.csv"
ABSENT = {**ABSENT_NOUNS, "workspace outbound-rule": why_absent(NOUNS["workspace"], "outbound-rule")}
"""az's nouns that aren't here, and why."""
_HEAD = """# The verbs of az ml, here and in az

What `az ml` has of each noun ([reference](https://learn.microsoft.com/cli/azure/ml), 2026-08-21), beside what
`azureml-infra` has. A verb that is here takes each of az's flags, long and short
(`tests/infra/commands/verbs/test_az_flags.py`). What differs is below; `tests/kit/az_verbs.py` makes this page of the
tables that the command line is made of. [verbs.md](verbs.md) says how the verbs are used.

- `create`, `update`, `attach`, `import` and `share` write into the description, and `pulumi up` makes it. Fields of a
  kind for which az has no flag have one by their name.
- `--resource-group` and `--workspace-name` may be left out, and where az needs a file, `--file`.
- `-o table` has a few columns for each noun, in a fixed order, `type` among them; az has every plain value but `id` and
  `type`, in the order of the alphabet.
- Secrets are names: `--admin-password '${{secrets.NAME}}'`. In clear text they are refused, with the command that
  keeps them.
- `compute list-sizes` without `--location` has the sizes of all regions, and needs no sign-in; az has those of the
  workspace's region.
"""


@dataclass(frozen=True)
class AzCommand:
    """A command of az ml: its flags as ``--long/-s``."""

    noun: str
    verb: str
    required: str
    optional: str
    switches: str

    @property
    def flags(self) -> list[list[str]]:
        """Return the names of each flag."""
        return [flag.split("/") for flag in f"{self.required} {self.optional} {self.switches}".split()]

    @property
    def is_here(self) -> bool:
        """Return whether the verb is ours, too."""
        return self.noun in NOUNS and self.verb in NOUNS[self.noun].verbs

    def why_absent(self) -> str:
        """Return why it isn't here."""
        return ABSENT.get(self.noun) or why_absent(NOUNS[self.noun], self.verb)


@cache
def commands() -> tuple[AzCommand, ...]:
    """Return az's commands."""
    return tuple(AzCommand(**row) for row in read_table(_TABLE))


def options(noun: str, verb: str) -> dict[str, Action]:
    """Return what a verb of ours takes, by every name."""
    parser = ArgumentParser(add_help=False)
    add_options(parser, NOUNS[noun], verb)
    return {name: action for action in parser._actions for name in action.option_strings}


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *_verbs(), *_absent(), *_flags()]) + "\n"


def _verbs() -> Iterator[str]:
    yield "## What is here\n"
    yield "| noun | verbs | az's own, too |"
    yield "|---|---|---|"
    for name, noun in NOUNS.items():
        others = [one.verb for one in commands() if one.noun == name and not one.is_here]
        yield f"| `{name}` | {_code(noun.verbs)} | {_code(others)} |"


def _absent() -> Iterator[str]:
    yield "\n## What isn't, and what to do instead\n"
    yield "| of az | instead |"
    yield "|---|---|"
    yield from (f"| `{noun}`, all of it | {why} |" for noun, why in ABSENT.items())
    by_reason: dict[str, dict[str, None]] = defaultdict(dict)
    for one in commands():
        if one.noun in NOUNS and not one.is_here:
            any_noun = replace(NOUNS[one.noun], name="…", noun="thing")
            why = why_absent(any_noun, one.verb).replace(f"`az ml … {one.verb}`", "`az ml`")
            by_reason[why][one.verb] = None
    yield from (f"| {_code(verbs)} | {why} |" for why, verbs in by_reason.items())


def _flags() -> Iterator[str]:
    for title, refused in (("without effect", False), ("that are refused", True)):
        yield f"\n## Flags {title}\n"
        yield "| flag | of | why |"
        yield "|---|---|---|"
        for flag in FLAGS:
            if not flag.has_effect and flag.is_refused is refused:
                yield f"| `{flag.names}` | {_of(flag)} | {flag.why} |"


def _of(flag: Flag) -> str:
    verbs = _code(flag.verbs.split()) if flag.verbs else "every verb"
    return verbs + (f" of {_code(flag.nouns.split())}" if flag.nouns else "")


def _code(words: list[str] | tuple[str, ...] | dict[str, None]) -> str:
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
