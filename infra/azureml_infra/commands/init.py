"""``azureml-infra init DIR``: a repository of one's own that depends on these packages."""

import re
import sys
from argparse import ArgumentParser, Namespace
from importlib.metadata import version
from pathlib import Path

from azureml_arm.scaffold import AlreadyThereError, write_templates
from azureml_infra.entities.platform import NAME

DISTRIBUTION = "azureml-infra"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write it; its name becomes the platform's")


def run(arguments: Namespace) -> int:
    """Write the files and print the next commands; return 1 where a file exists already."""
    folder: Path = arguments.folder
    try:
        written = write_templates(
            "azureml_infra", folder, {"name": platform_name(folder), "version": version(DISTRIBUTION)}
        )
    except AlreadyThereError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    print("\n".join(f"wrote {path}" for path in written))
    print(
        f"\nNext:\n  cd {folder}\n  azureml-infra validate .\n  azureml-sandbox up            "
        "# the platform on this machine, without Azure\nFor Azure, with the subscription's id in Pulumi.dev.yaml:\n"
        "  python -m venv .venv && .venv/bin/pip install -r requirements.txt\n"
        "  pulumi stack init dev && pulumi up --stack dev"
    )
    return 0


def platform_name(folder: Path) -> str:
    """Return the folder's name as a platform's, or a plain one where it can't be."""
    name = re.sub("[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return name if re.fullmatch(NAME, name) else "ml-platform"
