"""`azureml-infra validate` of many az ml files, beside azure-ai-ml's loading of them and libyaml's parsing alone."""

import os
import resource
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from azureml_infra.description.load import check_file
from azureml_infra.entities.kinds import UnknownKindError
from azureml_infra.yaml.problems import DescriptionError

ROOT = Path(__file__).resolve().parent.parent
_REPEATS = 5
_VALIDATE = ["-m", "azureml_infra", "validate"]
_PARSE = """
import pathlib, sys, yaml
for path in pathlib.Path(sys.argv[1]).rglob("*.yml"):
    for event in yaml.parse(path.read_bytes(), yaml.CSafeLoader):
        pass
"""
_CLIENT = ROOT / ".venv-clients" / "bin" / "python"
_LOAD = """
import logging, pathlib, sys
from azure.ai import ml
logging.disable()
LOADERS = {
    "compute": ml.load_compute, "datastore": ml.load_datastore, "azureblob": ml.load_datastore,
    "onelake": ml.load_datastore, "azurefile": ml.load_datastore, "azuredatalake": ml.load_datastore,
    "environment": ml.load_environment,
    "onlineendpoint": ml.load_online_endpoint, "onlinedeployment": ml.load_online_deployment,
    "batchendpoint": ml.load_batch_endpoint, "batchdeployment": ml.load_batch_deployment,
    "component": ml.load_component, "job": ml.load_job, "model": ml.load_model,
    "dataimport": None, "data": ml.load_data,
    "registry": ml.load_registry, "connection": ml.load_connection,
    "schedule": ml.entities._load_functions.load_schedule,
    "featuresetspec": None, "featureset": ml.load_feature_set, "featurestoreentity": ml.load_feature_store_entity,
}  # None: it has no public loader
for path in pathlib.Path(sys.argv[1]).rglob("*.yml"):
    schema = path.read_text().partition("$schema:")[2].partition("\\n")[0]
    name = schema.strip().rpartition("/")[2].lower()
    word = next((word for word in LOADERS if word in name), None)
    if word is None and schema:
        raise SystemExit(f"no loader for {path}")
    load = word and LOADERS[word]
    try:  # it refuses a few that Azure takes
        load and load(path)
    except Exception:
        pass
"""


@dataclass(frozen=True)
class Validated:
    """Medians of CPU seconds: of all files, of all again, of a single one, of libyaml's events of all; of azure-ai-ml,
    or None.
    """

    count: int
    all: float
    again: float
    one: float
    parsed: float
    client: float | None


def measure(count: int) -> Validated:
    """Validate copies of the examples' az ml files, as many as asked for or a few more."""
    with TemporaryDirectory() as name, TemporaryDirectory() as caches:
        folder = Path(name)
        made, copies = 0, 0
        while made < count:
            made += _copy(folder / f"copy{copies}")
            copies += 1
        first = next(folder.rglob("computes/*.yml"))
        everything = [sys.executable, *_VALIDATE, name]
        lines = [
            everything,
            everything,
            [sys.executable, *_VALIDATE, "--no-cache", str(first)],
            [sys.executable, "-c", _PARSE, name],
            *([[str(_CLIENT), "-c", _LOAD, name]] if _CLIENT.exists() else []),
        ]
        samples = [_seconds_of_each(lines, Path(caches) / str(turn)) for turn in range(_REPEATS)]
    all_, again, one, parsed, *client = (statistics.median(column) for column in zip(*samples, strict=True))
    return Validated(made, all_, again, one, parsed, client[0] if client else None)


def _copy(to: Path) -> int:
    """Copy the examples without what isn't az ml's, and return how many az ml files there are."""
    left_out = shutil.ignore_patterns("platform.yml", "existing.yml", "fleet*.yml", "Pulumi*.yaml")
    shutil.copytree(ROOT / "examples", to, ignore=left_out)
    return sum([_is_az_ml(path) for path in to.rglob("*.yml")])


def _is_az_ml(path: Path) -> bool:
    """Return whether a file is one of az ml's; those of a section's own words are removed."""
    try:
        check_file(path)
    except DescriptionError:
        path.unlink()
        return False
    except UnknownKindError:
        return False
    return True


def _seconds_of_each(lines: list[list[str]], caches: Path) -> list[float]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(caches)}
    return [_seconds(line, environment) for line in lines]


def _seconds(line: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(line, stdout=subprocess.DEVNULL, check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
