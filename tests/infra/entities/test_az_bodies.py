"""Bodies are those that azure-ai-ml sends for the same files; different.csv lists what isn't, and why."""

import re

from azureml_infra.entities.body import body
from azureml_infra.entities.references import ARM_FAMILIES, VERSIONED
from kit import az_kinds, az_page
from kit.az_bodies import CORPUS, Resolver, differences, files, ours, read_expected, request, row_of, rows, surprises
from kit.entity_bodies import API, conforms
from kit.rows import each


@each("name", files())
def test_bodies_are_those_of_azure_ai_ml(name: str) -> None:
    assert surprises(ours(CORPUS / f"{name}.yml"), read_expected(name)) == []


@each("name", files())
def test_bodies_conform_to_microsofts_types(name: str) -> None:
    conforms("Microsoft.MachineLearningServices/workspaces/jobs", "2025-12-01", request(CORPUS / f"{name}.yml"))


TYPES = {
    **{family: f"workspaces/{segment}" for segment, family in ARM_FAMILIES.items()},
    "workspaces": "workspaces",
    "registries": "registries",
    "data_imports": "workspaces/jobs",
}
TRACKED = re.compile("(online|batch|serverless)_|workspaces|registries")
"""The families whose resources have a location, which their components give them."""
UNLIKE_TYPES = ("environments/served", "online_deployments/managed with collector")
"""Microsoft's types take no slash in a route's path, and no share between 0 and 1 as a sampling rate."""


@each("case", [case for case in az_kinds.cases() if case.id not in UNLIKE_TYPES], ids=lambda case: case.id)
def test_bodies_of_the_other_kinds_conform_to_microsofts_types(case: az_kinds.Case) -> None:
    family = case.entity.family
    made = body(case.entity, Resolver(named=True)) | ({"location": "here"} if TRACKED.match(family) else {})
    version = "/versions" if family in VERSIONED else ""
    conforms(f"Microsoft.MachineLearningServices/{TYPES[family]}{version}", API, made)


@each("case", az_kinds.cases(), ids=lambda case: case.id)
def test_bodies_of_the_other_kinds_are_those_of_azure_ai_ml(case: az_kinds.Case) -> None:
    theirs = az_kinds.read_recorded()[case.id]
    made = az_kinds.ours(case)
    assert az_kinds.REFUSED in theirs or surprises(made, theirs, case.section) == []


def test_each_line_of_what_differs_is_needed() -> None:
    jobs = [("jobs", one) for name in files() for one in differences(ours(CORPUS / f"{name}.yml"), read_expected(name))]
    others = [
        (case.section, one)
        for case in az_kinds.cases()
        for one in differences(az_kinds.ours(case), az_kinds.read_recorded()[case.id])
    ]
    used = {row_of(section, one) for section, one in (*jobs, *others)}
    assert [row for row in rows() if row not in used and row.section != "examples"] == []


def test_the_page_is_what_is_recorded() -> None:
    hint = "`cd tests && ../.venv/bin/python -m kit.az_page` writes it"
    assert az_page.PAGE.read_text("utf-8") == az_page.page(), hint
