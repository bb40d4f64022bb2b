"""Two stacks of a project that would make the same name: told with place and remedy before anything is made."""

from pathlib import Path

import pytest

from kit.engine_projects import Project, cli, project
from kit.platforms import PROGRAM, SUBSCRIPTION

PLATFORM = """\
name: churn
location: westeurope
preflight: refuse
resource_group: rg-churn
workspace: {name: mlw-churn}
registry: {mode: managed, name: contosochurn}
computes:
  - {name: box, type: computeinstance, size: Standard_DS2_v2}
  - {name: "own-${stack}", type: computeinstance, size: Standard_DS2_v2}
  - {name: cpu, type: amlcompute}
online_endpoints:
  - {name: score}
"""
SETTINGS = "config:\n  azure-native:subscriptionId: {}\n  azureml-infra:description: {}\n"


@pytest.fixture
def neighbour(tmp_path: Path) -> Project:
    (tmp_path / "platform.yml").write_text(PLATFORM, "utf-8")
    return project(tmp_path, PROGRAM)


def write_stack(folder: Path, name: str, subscription: str = SUBSCRIPTION, description: str = ".") -> None:
    (folder / f"Pulumi.{name}.yaml").write_text(SETTINGS.format(subscription, description), "utf-8")


@pytest.mark.parametrize(("door", "code"), [("in-process", 1), pytest.param("engine", 2, marks=cli)])
def test_a_name_that_another_stack_makes_is_told_at_its_line(
    door: str, code: int, neighbour: Project, tmp_path: Path
) -> None:
    write_stack(tmp_path, "prod")
    said = neighbour.run("preview", "--door", door, code=code)
    remedy = "expected a name with ${stack} in it, or another one for one of the two, by `overrides`"
    told = "as the stack prod does (Pulumi.prod.yaml)"
    for place, what in (
        ("4:17", f'the resource group "rg-churn" in the subscription {SUBSCRIPTION}'),
        ("5:19", 'the workspace "mlw-churn" in the resource group rg-churn of'),
        ("6:33", 'the container registry "contosochurn"'),
        ("8:12", 'the compute instance "box" in westeurope'),
        ("12:12", 'the online endpoint "score" in westeurope'),
    ):
        (line,) = [line for line in said.splitlines() if f"platform.yml:{place}: " in line]
        assert f"won't fit: this stack would make {what}" in line
        assert told in line
        assert remedy in line
    assert "own-" not in said
    assert "5 mistakes in ., so nothing was changed" in said


def test_other_stacks_in_the_way_of_nobody_are_not_told(neighbour: Project, tmp_path: Path) -> None:
    """One in Azure's subscription, one of another platform, and one with mistakes of its own."""
    write_stack(tmp_path, "azure", "00000000-0000-4000-8000-0000000000aa")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "platform.yml").write_text("name: other\nlocation: westeurope\n", "utf-8")
    write_stack(tmp_path, "other", description="other")
    write_stack(tmp_path, "broken", description="nowhere")
    assert "won't fit" not in neighbour.run("preview", "--door", "in-process")


def test_what_is_there_is_told_no_more(neighbour: Project, tmp_path: Path) -> None:
    neighbour.run("up", "--door", "in-process")
    write_stack(tmp_path, "prod")
    assert "won't fit" not in neighbour.run("up", "--door", "in-process")
    neighbour.edit("platform.yml", "  - {name: score}", "  - {name: score}\n  - {name: more}")
    said = neighbour.run("preview", "--door", "in-process", code=1)
    assert 'this stack would make the online endpoint "more" in westeurope, as the stack prod does' in said
    assert "1 mistake in ., so nothing was changed" in said
