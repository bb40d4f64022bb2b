"""What runs on Spark: the fields that jobs, pipeline steps and components share, and the rules for them.

The words are those of https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-spark, the rules those of
azure-ai-ml (entities/_job/spark_helpers.py).
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from azureml_infra.entities.base import TEXT, Arm, InputStr, LocalPath, Model, Refers, Uploads, is_output, refusal
from azureml_infra.entities.fields import only
from azureml_infra.entities.inputs import JobInput, JobOutput
from azureml_infra.entities.paths import CodePath, holds_file
from azureml_infra.entities.runtime import EnvironmentOrName
from azureml_infra.entities.words import Check, in_any_case
from azureml_infra.yaml.problems import nearest, one_of, quote

SIZES = ("standard_e4s_v3", "standard_e8s_v3", "standard_e16s_v3", "standard_e32s_v3", "standard_e64s_v3")
"""The VM sizes of serverless Spark."""

_KEYS = {
    "driver_cores": "spark.driver.cores",
    "driver_memory": "spark.driver.memory",
    "executor_cores": "spark.executor.cores",
    "executor_memory": "spark.executor.memory",
    "executor_instances": "spark.executor.instances",
    "dynamic_allocation_enabled": "spark.dynamicAllocation.enabled",
    "dynamic_allocation_min_executors": "spark.dynamicAllocation.minExecutors",
    "dynamic_allocation_max_executors": "spark.dynamicAllocation.maxExecutors",
}
_ALWAYS = tuple(_KEYS.values())[:4]
_INSTANCES, _DYNAMIC, _LEAST, _MOST = tuple(_KEYS.values())[4:]


class SparkEntry(Model):
    """What is started."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"sparkJobEntryType": "SparkJobPythonEntry"}

    file: Annotated[str, Field(min_length=1)]
    """The Python file, relative to `code`."""
    class_name: Annotated[str | None, only(None, "Azure ML starts Spark from a file"), Arm(None)] = None
    """Name of a class. Azure ML takes none."""


def _spark_size(given: Any) -> Any:
    if given.lower() in SIZES:
        return given
    what = f"{quote(given)} is not a VM size of serverless Spark"
    raise refusal(what, one_of(SIZES), suggestion=nearest(given, SIZES))


class SparkResources(Model):
    """The machines of serverless Spark."""

    instance_type: Annotated[
        InputStr, Check(_spark_size, lambda: in_any_case(SIZES, "Not a VM size of serverless Spark."))
    ]
    """VM size of the driver and the executors: `standard_e4s_v3` to `standard_e64s_v3`."""
    runtime_version: Annotated[str | None, TEXT] = None
    """Version of Spark, such as `3.4`."""


def _no_duplicates(given: list[str]) -> list[str]:
    twice = next((one for at, one in enumerate(given) if one in given[:at]), None)
    if twice is not None:
        raise refusal(f"{quote(twice)} is there twice", "each once")
    return given


def _spark_keys(given: Any) -> Any:
    """Return settings under Spark's own keys; az ml knows eight of them by names of its own, too."""
    return {_KEYS.get(key, key): value for key, value in given.items()} if isinstance(given, Mapping) else given


def _as_text(conf: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as text; where their number is left to Spark, it begins with the fewest executors."""
    if _is_dynamic(conf):
        conf = {_INSTANCES: conf.get(_LEAST), **conf}
    return {key: value if is_output(value) else str(value) for key, value in conf.items() if value is not None}


Files = Annotated[list[str], AfterValidator(_no_duplicates)]
Conf = Annotated[dict[str, InputStr | bool | int | float], BeforeValidator(_spark_keys)]
"""Spark's settings by key."""


class SparkSettings(Model):
    """What Spark runs, and with which settings."""

    code: Annotated[CodePath | None, Uploads(code=True), Arm("properties.codeId")] = None
    """Local folder with the code, or the URI of one."""
    entry: Annotated[SparkEntry, Arm("properties.entry")]
    """What is started."""
    py_files: Annotated[Files | None, Arm("properties.pyFiles")] = None
    """Python files and packages for the driver and the executors, relative to `code`."""
    jars: Annotated[Files | None, Arm("properties.jars")] = None
    """Java archives for the same."""
    files: Annotated[Files | None, Arm("properties.files")] = None
    """Files that are put into the working folder of each executor."""
    archives: Annotated[Files | None, Arm("properties.archives")] = None
    """Archives that are unpacked there."""
    conf: Annotated[Conf | None, Arm("properties.conf", _as_text)] = None
    """Settings of Spark, such as `spark.driver.cores`."""
    args: Annotated[str | None, Arm("properties.args")] = None
    """Arguments of the entry, with `${{inputs.NAME}}` and `${{outputs.NAME}}` for what is read and written."""
    environment: Annotated[EnvironmentOrName | None, Refers(("environments",)), Arm("properties.environmentId")] = None
    """Packages to run with."""


def refuse_missing_entry(spark: SparkSettings) -> None:
    """Raise where the entry isn't in the local folder with the code."""
    code = spark.code
    if isinstance(code, LocalPath) and code.path.is_dir() and not holds_file(code.path, spark.entry.file):
        others = [one.relative_to(code.path).as_posix() for one in code.path.rglob("*.py")]
        what = f"there is no file {quote(spark.entry.file)} in the code's folder"
        raise refusal(what, "a path relative to `code`", "entry", "file", suggestion=nearest(spark.entry.file, others))


def refuse_bad_conf(conf: Mapping[str, Any]) -> None:
    """Raise where settings that Azure ML wants are missing, or contradict each other."""
    dynamic = _is_dynamic(conf)
    wanted = (*_ALWAYS, _LEAST, _MOST) if dynamic else (*_ALWAYS, _INSTANCES)
    missing = [key for key in wanted if conf.get(key) is None]
    if missing:
        raise refusal(f"there is no {quote(missing[0])}", f"{', '.join(wanted[:-1])} and {wanted[-1]}", "conf")
    if not dynamic and (conf.get(_LEAST) is not None or conf.get(_MOST) is not None):
        raise refusal("executors have bounds, and their number is fixed", f"{_DYNAMIC}: true, or no bounds", "conf")
    least, most, given = (_number(conf.get(key)) for key in (_LEAST, _MOST, _INSTANCES))
    if dynamic and least is not None and most is not None:
        if not 0 < least <= most:
            raise refusal(f"executors can't be {least} to {most}", f"0 < {_LEAST} <= {_MOST}", "conf")
        if given is not None and not least <= given <= most:
            raise refusal(f"{quote(_INSTANCES)} is {given}", f"{least} to {most}", "conf")


def merge_conf(own: Mapping[str, Any] | None, below: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a step's settings over its component's, as azure-ai-ml does: those that az ml has names for one by one,
    the others all or none of the component's.
    """
    own, below = own or {}, below or {}
    merged = {key: value for key, value in (own or below).items() if value is not None}
    merged |= {key: below[key] for key in _KEYS.values() if below.get(key) is not None and merged.get(key) is None}
    if _is_dynamic(merged) and merged.get(_LEAST) is not None:
        merged.setdefault(_INSTANCES, merged[_LEAST])
    return merged


def _is_dynamic(conf: Mapping[str, Any]) -> bool:
    return str(conf.get(_DYNAMIC)).lower() == "true"


def _number(given: Any) -> int | None:
    return int(str(given)) if str(given).isdecimal() else None


def refuse_other_modes(ports: Iterable[tuple[str, str, JobInput | JobOutput]]) -> None:
    """Raise for data that isn't read or written as a URI, by section, name and port: Spark takes no mount."""
    for section, name, given in ports:
        is_asset = given.binding is None and (isinstance(given, JobOutput) or given.value is None)
        if is_asset and given.mode != "direct":
            why = "mounted by default, which Spark can't do" if given.mode is None else given.mode
            raise refusal(f"{quote(name)} is {why}", "mode: direct", section, name)
