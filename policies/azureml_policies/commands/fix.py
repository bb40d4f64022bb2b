"""``fix``: the line of a description that satisfies a rule, written where it is one line that nobody has to choose."""

import difflib
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from azureml_policies.commands.common import UsageError, config_of, emit
from azureml_policies.commands.descriptions import PLATFORM, Item, items, read_text, value_of, with_value
from azureml_policies.config import PackConfig
from azureml_policies.fixes import Line, Settings
from azureml_policies.rule import Level, Rule
from azureml_policies.rules.registry import RULES
from azureml_policies.settings import unknown_rule
from azureml_policies.text import is_like


@dataclass(frozen=True)
class Remark:
    """What is left to do by hand for a rule: what its fix is, and where."""

    rule: str
    text: str

    def __str__(self) -> str:
        """Return it as the command prints it."""
        return f"{self.rule}: {self.text}"


def add_options(parser: ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("rules", nargs="*", metavar="RULE", help="default: those that the config makes mandatory")
    parser.add_argument("--description", type=Path, default=Path(), metavar="DIR", help="default: this folder")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the pack's config, as for `--policy-pack-config`")
    parser.add_argument("--stack", default="", metavar="NAME", help="the stack's name, for rules for some stacks only")
    parser.add_argument("--dry-run", action="store_true", help="show the difference, and write nothing")


def run(options: Namespace) -> int:
    """Write the lines, and print the difference and what is left to do by hand; 1 where something is."""
    root: Path = options.description.parent if options.description.name == PLATFORM else options.description
    if not (root / PLATFORM).is_file():
        raise UsageError(f"{root / PLATFORM}: there is no such file; give the description's folder: --description DIR")
    config = config_of(options)
    changed, remarks = fix_description(root, _rules(options.rules, config), config, options.stack)
    for path, text in changed.items():
        emit(_difference(path.relative_to(root).as_posix(), read_text(path), text))
        if not options.dry_run:
            path.write_bytes(text.encode())
    emit("\n".join(map(str, remarks)) or ("" if changed else "nothing to fix"))
    return 1 if remarks else 0


def _rules(named: Sequence[str], config: PackConfig) -> list[Rule]:
    by_id = {rule.id: rule for rule in RULES}
    for name in named:
        if name not in by_id:
            raise UsageError(unknown_rule(name, by_id))
    denying = [rule for rule in RULES if config.level(rule) in (Level.MANDATORY, Level.REMEDIATE)]
    return [by_id[name] for name in named] or [rule for rule in denying if _has_lines(rule)]


def _has_lines(rule: Rule) -> bool:
    return any(isinstance(fix, Line) and not fix.chosen for fix in rule.fixes)


def fix_description(
    root: Path, rules: Sequence[Rule], config: PackConfig, stack: str = ""
) -> tuple[dict[Path, str], list[Remark]]:
    """Return the files of a description whose text would change for rules, and what is left to do by hand."""
    fixing = _Fixing(root)
    for rule in rules:
        settings = config.of(rule)
        if "stacks" in settings and not is_like(stack, settings["stacks"]):
            fixing.remarks.append(Remark(rule.id, "is for some stacks only; give --stack NAME for one of them"))
            continue
        for fix in rule.fixes:
            if isinstance(fix, Line):
                for line in fix.each(settings):
                    fixing.write(rule, line, settings)
            else:
                fixing.remarks.append(Remark(rule.id, str(fix)))
    return {path: text for path, text in fixing.texts.items() if text != read_text(path)}, fixing.remarks


@dataclass
class _Fixing:
    """The texts of a description's files on the way, and what is left to do by hand."""

    root: Path
    texts: dict[Path, str] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def write(self, rule: Rule, line: Line, settings: Settings) -> None:
        """Put a line into every item that needs it and lacks it."""
        for item in items(self.root, line.section):
            if not _concerns(line, item) or line.holds(value_of(item, line.field), settings):
                continue
            where = f"{item.file.relative_to(self.root).as_posix()}{''.join(f'[{step}]' for step in item.at)}"
            before = self.texts.get(item.file) or read_text(item.file)
            after = None if line.chosen else with_value(before, (*item.at, *line.field.split(".")), line.value)
            if after is None:
                why = "the value is yours to choose" if line.chosen else "it isn't one line there; change it by hand"
                self.remarks.append(Remark(rule.id, f"{where}: {line}: {why}"))
            else:
                self.texts[item.file] = after


def _concerns(line: Line, item: Item) -> bool:
    kind = value_of(item, "type")
    return (not line.types or str(kind).lower() in line.types) and not (
        line.unless and value_of(item, line.unless) is not None
    )


def _difference(name: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm="")
    return "\n".join(lines)
