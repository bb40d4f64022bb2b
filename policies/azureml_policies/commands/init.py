"""``azureml-policies init DIR``: a folder that `--policy-pack` takes, with settings of one's own."""

import re
from argparse import ArgumentParser, Namespace
from pathlib import Path

from azureml_arm.scaffold import AlreadyThereError, write_templates
from azureml_policies.commands.common import UsageError


def add_options(parser: ArgumentParser) -> None:
    """Add the folder."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write it")


def run(options: Namespace) -> int:
    """Write the files and print the next commands."""
    folder: Path = options.folder
    name = re.sub("[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "guardrails"
    try:
        written = write_templates("azureml_policies", folder, {"name": name})
    except AlreadyThereError as error:
        raise UsageError(str(error)) from None
    print("\n".join(f"wrote {path}" for path in written))
    print(
        f"\nNext, in a project's folder:\n  azureml-sandbox up --policy-pack {folder} "
        f"--policy-pack-config {folder / 'guardrails.json'} --requester olga\n"
        f"  pulumi preview --policy-pack {folder} --policy-pack-config {folder / 'guardrails.json'}"
    )
    return 0
