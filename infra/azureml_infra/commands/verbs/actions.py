"""The verbs: what each does and which functions do it, and of az's others why they aren't here."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azureml_infra.commands.verbs.nouns import Noun

_PACKAGE = "azureml_infra.commands.verbs"


@dataclass(frozen=True)
class Verb:
    """One verb: what it does to `{one}` or `{many}`, and its functions, whose module is imported where it is given."""

    text: str
    module: str
    add: str
    """The function that adds its options to a parser, of a noun."""
    run: str
    """The function that runs it, of a noun and the arguments, and returns the exit code."""
    has_output: bool = True

    def function(self, name: str) -> Callable[..., Any]:
        """Return one of its functions."""
        found: Callable[..., Any] = getattr(importlib.import_module(f"{_PACKAGE}.{self.module}"), name)
        return found

    def text_of(self, noun: Noun) -> str:
        """Return what it does, of a noun."""
        article = "an" if noun.noun[0] in "aeiou" else "a"
        return self.text.format(one=noun.noun, many=noun.plural, a=article)


_DESCRIBE = ("create", "add_create", "run_create")
_VERBS = {
    "list": Verb("list {many}", "read", "add_list", "run_list"),
    "show": Verb("show one {one}", "read", "add_show", "run_show"),
    "create": Verb("write {a} {one} into the description", *_DESCRIBE),
    "update": Verb("change {a} {one} of the description", "update", "add_update", "run_update"),
    "attach": Verb("write a compute on something of one's own into the description", *_DESCRIBE),
    "import": Verb("write a data import into the description", "create", "add_import", "run_import"),
    "share": Verb("write {a} {one} that a registry gets into the description", "create", "add_share", "run_share"),
    "list-sizes": Verb("list the VM sizes that Azure ML offers", "sizes", "add_sizes", "run_sizes"),
    "list-usage": Verb("list how much of a region's quotas is used", "sizes", "add_usage", "run_usage"),
    "list-nodes": Verb("list the nodes of a cluster", "sizes", "add_nodes", "run_nodes"),
    "job create": Verb("run a job once, from its file", "jobs", "add_job", "run_job"),
    "validate": Verb("check a job's file", "jobs", "add_file", "run_check"),
    "stream": Verb("show a job's states and logs until it is over", "jobs", "add_name", "run_stream", has_output=False),
    "cancel": Verb("cancel a job", "jobs", "add_name", "run_cancel"),
}
"""By az ml's name; one that is a noun's own has both."""


def find_verb(noun: Noun, verb: str) -> Verb:
    """Return a verb of a noun."""
    return _VERBS.get(f"{noun.name} {verb}") or _VERBS[verb]


_OPERATION = "it is done to what is there, and no description says it: `az ml {name}` does it"
_FILE = "`up` does it: change the file of the {one} in the description"
_GONE = "`up` does it: take the {one} out of the description"
_KEYS = "no secret is printed here: `az ml {name}` prints it"
_ENABLED = "`schedule update --set is_enabled=true` or `=false` says it, and `up` does it"

_ABSENT: Mapping[str, str] = {
    "update": _FILE,
    "delete": _GONE,
    "detach": _GONE,
    "enable": _ENABLED,
    "disable": _ENABLED,
    "get-credentials": _KEYS,
    "list-keys": _KEYS,
    "list-jobs": "`job list` lists jobs",
    "outbound-rule": "`workspace show` shows them, and its file says them: `managed_network.outbound_rules`",
    "provision-network": "`up` does it: say `provision_network_now: true` in the description of the {one}",
    "package": "Azure has no resource for a package: a deployment names a model and an environment",
    "backfill": "`up` does it: say `materialization_settings` with a schedule in the file of the {one}",
    **dict.fromkeys(
        (
            "archive", "restore", "start", "stop", "restart", "connect-ssh", "enable-sso", "mount", "invoke", "trigger",
            "regenerate-keys", "sync-keys", "diagnose", "download", "show-services", "get-logs", "prepare-for-sign",
            "list-materialization-status", "list-materialization-operation", "list-features", "show-feature",
            "get-feature",
        ),
        _OPERATION,
    ),
}  # fmt: skip
"""Why az's other verbs aren't here, and what to do instead."""


def why_absent(noun: Noun, verb: str) -> str:
    """Return why a verb of az isn't here; empty for a word that az doesn't know either."""
    return _ABSENT.get(verb, "").format(one=noun.noun, name=f"{noun.name} {verb}")
