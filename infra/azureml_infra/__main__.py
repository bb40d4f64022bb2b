"""The command line `azureml-infra`: descriptions, the nouns and verbs of `az ml`, and what the models say."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from azureml_arm.ending import skip_last_collections
from azureml_arm.version import add_version

_DESCRIPTION = "Start a repository, check descriptions, do what `az ml` does, print what the models say."
COMMANDS = {
    "init": ("azureml_infra.commands.init", "write a repository of your own, which depends on these packages"),
    "validate": ("azureml_infra.commands.validate", "check descriptions and az ml files"),
    "export": ("azureml_infra.commands.verbs.export", "write the description of a workspace that is there"),
    "schema": (
        "azureml_infra.commands.schema",
        "print the JSON Schema of platform.yml or of one az ml file, for editors",
    ),
    "ingestion": ("azureml_infra.commands.verbs.ingestion", "say how data came in, or let it come in now"),
    "smoke": ("azureml_infra.commands.smoke", "try a small platform in a resource group of Azure, and delete it"),
}
"""Name -> the module with its `add_arguments(parser)` and `run(arguments) -> int`, and what it does."""

VERBS = "azureml_infra.commands.verbs.main"
NOUNS = {
    "workspace": "workspaces",
    "compute": "computes",
    "datastore": "datastores",
    "data": "data assets",
    "model": "models",
    "environment": "environments",
    "component": "components",
    "job": "jobs",
    "online-endpoint": "online endpoints",
    "online-deployment": "online deployments",
    "batch-endpoint": "batch endpoints",
    "batch-deployment": "batch deployments",
    "serverless-endpoint": "serverless endpoints",
    "marketplace-subscription": "subscriptions to models",
    "connection": "connections",
    "schedule": "schedules",
    "registry": "registries",
    "feature-store": "feature stores",
    "feature-set": "feature sets",
    "feature-store-entity": "feature store entities",
    "capability-host": "capability hosts",
}
"""The nouns of az ml, each with what several are called."""
ABSENT_NOUNS = {
    "azure-openai-deployment": "Azure OpenAI has them, and a connection names its account",
    "deployment-template": "a registry's own service keeps them alone: a deployment has its settings in it",
    "index": "the workspace's own service keeps them alone: a data asset names the folder of an index",
}
"""Those of az ml's that aren't here, and why."""

TEXTS = {
    "reference": ("azureml_infra.commands.reference", "print the page of every kind and field"),
}
"""Name -> the module whose function of that name returns the text, and what it is."""


def main(given: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Only the command's own module is imported."""
    skip_last_collections()
    arguments = list(sys.argv[1:] if given is None else given)
    parser = argparse.ArgumentParser(prog="azureml-infra", description=_DESCRIPTION)
    add_version(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    nouns = {name: (VERBS, _explain(name)) for name in NOUNS}
    for name, (module, text) in {**COMMANDS, **nouns, **TEXTS}.items():
        added = commands.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
        if name in arguments[:1] and name in NOUNS:
            importlib.import_module(module).add_arguments(added, name, arguments[1:])
        elif name in arguments[:1] and name in COMMANDS:
            importlib.import_module(module).add_arguments(added)
    for name in ABSENT_NOUNS.keys() & {*arguments[:1]}:
        parser.error(f"there is no `{name}` here: {ABSENT_NOUNS[name]}")
    parsed = parser.parse_args(arguments)
    if parsed.command in TEXTS:
        print(getattr(importlib.import_module(TEXTS[parsed.command][0]), parsed.command)(), end="")
        return 0
    module = VERBS if parsed.command in NOUNS else COMMANDS[parsed.command][0]
    return int(importlib.import_module(module).run(parsed))


def _explain(noun: str) -> str:
    """Return what the verbs of a noun do."""
    if noun == "job":
        return "list, show, run, stream or cancel jobs"
    return f"list, show, create or update {NOUNS[noun]}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
