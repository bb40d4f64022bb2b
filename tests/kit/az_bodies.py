"""What azure-ai-ml sends for a job's file, beside what we send: a corpus of files, each with az's bodies in JSON.

``BODIES=write .venv-clients/bin/python -m pytest tests/sandbox/clients/test_job_bodies.py`` writes the JSON again.
Both sides are compared in one form: ids and addresses by what they name, nothing where nothing is said.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from azureml_arm.tables import read_table
from azureml_infra.description.load import load_file
from azureml_infra.entities.base import Entity, LocalPath
from azureml_infra.entities.body import body
from azureml_infra.entities.references import is_system, parse
from kit.paths import ROOT

CORPUS = ROOT / "tests" / "infra" / "entities" / "az_bodies"
_ID = re.compile(r"(?:azureml:)?/subscriptions/.*?/workspaces/[^/]+/(\w+)/([^/]+)(?:/versions/([^/]+))?", re.IGNORECASE)
_NAMELESS = {"codes", "azureml_anonymous", "CliV2AnonymousEnvironment"}
_UPLOAD = re.compile(r".*/LocalUpload/[^/]+/(?P<name>[^/]+)/?")
_LONG = re.compile(r"azureml://subscriptions/.*?/workspaces/[^/]+/(datastores/.*)")
_OURS = re.compile(r"azureml:(\w+/[^/]+(?:/[^/]+)?)")
_OF_GIT = re.compile(r"(azureml|mlflow\.source)\.git")
"""Properties in which azure-ai-ml says which commit a file is of."""
_CASELESS = (
    "goal", "rule", "job_tier", "mode", "featureLags", "shortSeriesHandlingConfig", "targetAggregateFunction",
    "useStl", "samplingAlgorithm",
)  # fmt: skip
"""Words that Azure takes in any case, and writes as it likes."""
_SAID_BY_NOBODY = {"isArchived": False, "is_archived": False}


def files() -> list[str]:
    """Return the names of the corpus."""
    return sorted(path.stem for path in CORPUS.glob("*.yml"))


def read_expected(name: str) -> Any:
    """Return az's bodies of a file of the corpus."""
    return json.loads((CORPUS / f"{name}.json").read_text("utf-8"))


def write_lines(path: Path, found: Mapping[str, Any], **options: Any) -> None:
    """Write a JSON object, a line for each of its keys; the options are those of `json.dumps` for a value."""
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(one, **options)}" for key, one in found.items())
    path.write_text(f"{{\n{lines}\n}}\n", "utf-8")


def ours(path: Path) -> dict[str, Any]:
    """Return the job's body and those of the components without a name that it is made of."""
    resolver = Resolver()
    job = plain(body(load_file(path).entity, resolver))
    return {"job": job, "components": _in_order(resolver.components)}


def request(path: Path) -> dict[str, Any]:
    """Return the job's body as it is sent, with texts that stand for ids."""
    return body(load_file(path).entity, Resolver())


def theirs(path: Path, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same of the PUT requests, by path below the workspace, that azure-ai-ml made of a file."""
    job = next(one for name, one in sent.items() if name.startswith("jobs/"))
    properties = job["properties"]
    given = path.read_text("utf-8")
    for key, word in (("displayName", "display_name"), ("experimentName", "experiment_name")):
        if not re.search(rf"^{word}:", given, re.MULTILINE):
            properties.pop(key, None)
    components = [one for name, one in sent.items() if name.startswith("components/azureml_anonymous")]
    return {"job": plain(job), "components": _in_order([plain(one) for one in components])}


def plain(value: Any, key: str = "") -> Any:
    """Return a body in the form that both sides have."""
    if isinstance(value, Mapping):
        found = {name: plain(one, name) for name, one in value.items() if not _OF_GIT.match(name)}
        return {
            name: one
            for name, one in found.items()
            if one not in ({}, None) and not (name in _SAID_BY_NOBODY and one == _SAID_BY_NOBODY[name])
        }
    if isinstance(value, list):
        return [plain(one, key) for one in value]
    if isinstance(value, str):
        return value.lower() if key in _CASELESS else _name(value)
    return value


def _name(text: str) -> str:
    """Return an id or address by what it names; any other text as it is."""
    uploaded = _UPLOAD.fullmatch(text)
    if uploaded:
        return f"upload {uploaded['name']}"
    if long := _LONG.fullmatch(text):
        return f"azureml://{long[1]}"
    found = _ID.fullmatch(text)
    if not found:
        named = _OURS.fullmatch(text)
        return named[1] if named else text
    family, name, version = found.groups()
    if {family, name} & _NAMELESS:
        return f"nameless {family}"
    return "/".join(part for part in (family, name, version) if part)


def _in_order(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(bodies, key=lambda one: json.dumps(one, sort_keys=True))


@dataclass(frozen=True)
class Row:
    """A line of different.csv: in files of a section (`*`: of any), what is at a place differs, for a reason."""

    section: str
    place: str
    """The beginning of ``place: ours, az's``; `*` stands for one name."""
    why: str

    def covers(self, section: str, difference: str) -> bool:
        """Return whether the line is about a difference in a file of a section."""
        pattern = re.escape(self.place).replace(r"\*", "[^.]*")
        return self.section in (section, "*") and re.match(pattern, difference) is not None


class Resolver:
    """Names what would be made or found; assets written in place have their names where they are `named`."""

    def __init__(self, *, named: bool = False) -> None:
        self.named = named
        self.components: list[dict[str, Any]] = []

    def reference(self, families: tuple[str, ...], text: str) -> Any:
        if families == ("subnets",):
            network, subnet = text.split("/")
            return f"/subscriptions/S/providers/Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}"
        found = parse(text)
        curated = families == ("environments",) and is_system(found, families)
        if found.form != "workspace" or found.path is not None or curated:
            return _name(text)
        family = found.family or families[0]
        return "/".join(part for part in (family, found.name, found.version) if part)

    def anonymous(self, entity: Entity) -> Any:
        if entity.family == "components":
            made = plain(body(entity, self))
            self.components += [made] if made not in self.components else []  # Azure has each content once
        name = getattr(entity, "name", None) if entity.family in ("data", "environments", "models") else None
        named = f"{name}/versions/{getattr(entity, 'version', None)}" if name and self.named else ""
        return f"/subscriptions/S/workspaces/W/{entity.family}/{named or 'azureml_anonymous/versions/1'}"

    def upload(self, path: LocalPath) -> Any:
        return f"upload {path.path.name}"

    def url(self, path: LocalPath) -> Any:
        return f"upload {path.path.name}"

    def code(self, _path: LocalPath) -> Any:
        return "/subscriptions/S/workspaces/W/codes/C/versions/1"

    def secret(self, name: str) -> Any:
        return name


def differences(one: Any, other: Any, at: str = "") -> Iterator[str]:
    """Yield where two bodies differ, as ``place: ours, az's``."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*one, *other}):
            yield from differences(one.get(key), other.get(key), f"{at}.{key}" if at else key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{at}.{index}")
    elif one != other:
        yield f"{at}: {one!r}, {other!r}"


@cache
def rows() -> tuple[Row, ...]:
    """Return what differs, and why: different.csv."""
    return tuple(Row(**line) for line in read_table(CORPUS / "different.csv"))


def row_of(section: str, difference: str) -> Row | None:
    """Return the line that says why a difference is there: of several, the one that says most of the place."""
    return max((row for row in rows() if row.covers(section, difference)), key=lambda row: len(row.place), default=None)


def surprises(one: Any, other: Any, section: str = "jobs") -> list[str]:
    """Return where ours differs from az's without a reason that is known."""
    return [text for text in differences(one, other) if row_of(section, text) is None]
