"""Where a review finds a planned resource in the description."""

from pathlib import Path

from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write
from azureml_review.described import Described
from kit.paths import ROOT
from kit.rows import each


@each(
    ("kind", "name", "file"),
    [
        ("Microsoft.Synapse/workspaces", "spark-synapse", "spark.yml"),
        ("Microsoft.Storage/storageAccounts", "spark-lake", "spark.yml"),
        ("Microsoft.Authorization/roleAssignments", "spark-can-lake", "spark.yml"),
        ("Microsoft.Storage/storageAccounts", "lakehouse-storage", "platform.yml"),
        ("Microsoft.MachineLearningServices/workspaces/datastores", "spark-lake", None),
        ("Microsoft.Databricks/workspaces", "dbx-databricks", "dbx.yml"),
    ],
)
def test_what_is_made_for_a_compute_comes_from_its_file(kind: str, name: str, file: str | None) -> None:
    example = Path("examples/databricks" if file == "dbx.yml" else "examples/synapse-spark")
    found = Described.read(example, ROOT).source(Write(kind, "/x/it", {}, planned=Planned("urn", "t", name, {})))
    assert (found.place.file if found else None) == (file and (example / file).as_posix())


@each(
    ("part", "name", "line"),
    [
        ("pipelines", "claims", "name: claims"),
        ("triggers", "claims", "  type: recurrence"),
        ("datasets", "claims_source", "  type: blob"),
        ("datasets", "claims_sink", "into: azureml://datastores/lake/paths/raw/claims"),
        ("linkedservices", "contosoraw", None),
    ],
)
def test_what_an_ingestion_becomes_comes_from_its_lines(part: str, name: str, line: str | None) -> None:
    example = Path("examples/ingestion")
    write = Write(f"Microsoft.DataFactory/factories/{part}", f"/x/{name}", {}, planned=Planned("urn", "t", name, {}))
    found = Described.read(example, ROOT).source(write)
    lines = (ROOT / example / "claims.yml").read_text("utf-8").splitlines()
    assert (lines[found.place.line - 1] if found else None) == line
