"""``azureml-infra ingestion list | show | run``: how data came in, and letting it come in now.

Data Factory keeps what it knows of runs for 45 days
(https://learn.microsoft.com/azure/data-factory/monitor-data-factory).
"""

import datetime
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from azureml_arm.types import native_type
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.main import report
from azureml_infra.commands.verbs.output import add_output, show
from azureml_infra.commands.verbs.target import Target, add_target, find_target
from azureml_infra.dynamic.clients import ArmClient
from azureml_infra.yaml.problems import quote

COLUMNS = ("name", "trigger", "status", "started", "ended", "message")
_VERBS = {
    "list": "list what brings data in, with the last run of each",
    "show": "show the last run of one, with its steps",
    "run": "let one run now",
}
_VERSION = native_type("datafactory:Factory").api_version
_KEPT = datetime.timedelta(days=45)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the verbs, with their options."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, text in _VERBS.items():
        added = verbs.add_parser(verb, help=text, description=f"{text[:1].upper()}{text[1:]}.")
        if verb != "list":
            added.add_argument("--name", "-n", required=True, metavar="NAME", help="its name in the description")
        add_output(added)
        add_target(added)


def run(arguments: Namespace) -> int:
    """Run a verb and print what it returns; what goes wrong is a line on standard error."""
    return report(lambda: _run(arguments))


def _run(arguments: Namespace) -> int:
    target = find_target(arguments)
    if not target.resource_group:
        raise VerbError("which resource group? give --resource-group, or a stack of this project with --stack")
    if arguments.verb == "list":
        found: Any = [_row(*one) for one in _pipelines(target)]
    else:
        named = [one for one in _pipelines(target) if one[1]["name"].lower() == arguments.name.lower()]
        if not named:
            what = f"there is no ingestion {quote(arguments.name)} in the resource group {target.resource_group}"
            raise VerbError(f"{what}; `azureml-infra ingestion list` has those that there are")
        found = (_show_last if arguments.verb == "show" else _start)(target, *named[0])
    return show(found, arguments, COLUMNS)


def _pipelines(target: Target) -> Iterator[tuple[dict[str, Any], dict[str, Any], str, dict[str, Any] | None]]:
    """Yield each pipeline with its factory, its trigger's state, and its last run."""
    arm = target.arm()
    for factory in arm.list(f"{target.group_id}/providers/Microsoft.DataFactory/factories", _VERSION):
        runs = sorted(_runs(arm, f"{factory['id']}/queryPipelineRuns"), key=lambda one: str(one["runStart"]))
        last = {one["pipelineName"]: one for one in runs}
        states = {
            name: state for one in arm.list(f"{factory['id']}/triggers", _VERSION) for name, state in _states(one)
        }
        for pipeline in arm.list(f"{factory['id']}/pipelines", _VERSION):
            name = pipeline["name"]
            yield factory, pipeline, states.get(name, ""), last.get(name)


def _states(trigger: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in trigger["properties"].get("pipelines") or ():
        yield one["pipelineReference"]["referenceName"], str(trigger["properties"]["runtimeState"]).lower()


def _runs(arm: ArmClient, query: str) -> Iterator[dict[str, Any]]:
    """Yield all runs that are kept, page by page. The span's end is far, as the sandbox's clock may be ahead."""
    now = datetime.datetime.now(datetime.UTC)
    asked = {
        "lastUpdatedAfter": f"{now - _KEPT:%Y-%m-%dT%H:%M:%SZ}",
        "lastUpdatedBefore": f"{now + datetime.timedelta(days=365):%Y-%m-%dT%H:%M:%SZ}",
    }
    page = arm.post(query, _VERSION, asked)
    while page:
        yield from page.get("value") or ()
        following = page.get("continuationToken")
        page = arm.post(query, _VERSION, {**asked, "continuationToken": following}) if following else None


def _row(_factory: Any, pipeline: Mapping[str, Any], trigger: str, last: Mapping[str, Any] | None) -> dict[str, Any]:
    own = last or {}
    return {
        "name": pipeline["name"],
        "trigger": trigger or "none",
        "status": own.get("status", "NeverRun"),
        "started": own.get("runStart"),
        "ended": own.get("runEnd"),
        "message": own.get("message") or None,
        "run_id": own.get("runId"),
        "id": pipeline["id"],
    }


def _show_last(target: Target, factory: Any, pipeline: Any, trigger: str, last: Any) -> dict[str, Any]:
    """Return the last run with its steps: what was copied, which version and which job came of it, what failed."""
    found = _row(factory, pipeline, trigger, last)
    if last is None:
        return found
    steps = _runs(target.arm(), f"{factory['id']}/pipelineruns/{last['runId']}/queryActivityruns")
    return {**found, "steps": [_step(one) for one in steps]}


def _step(run: Mapping[str, Any]) -> dict[str, Any]:
    output = run.get("output") or {}
    words = {"files": output.get("filesWritten"), "bytes": output.get("dataWritten"), "made": output.get("id")}
    error = (run.get("error") or {}).get("message") or None
    said = {"step": run["activityName"], "status": run["status"], **words, "error": error}
    return {name: value for name, value in said.items() if value is not None}


def _start(target: Target, factory: Any, pipeline: Any, trigger: str, _last: Any) -> dict[str, Any]:
    """Begin a run, and return its id."""
    made = target.arm().post(f"{pipeline['id']}/createRun", _VERSION, {})
    return {**_row(factory, pipeline, trigger, None), "status": "InProgress", "run_id": made["runId"]}
