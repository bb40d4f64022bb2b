"""What builds the images of a workspace is a cluster."""

from __future__ import annotations

from collections.abc import Iterator

from azureml_infra.description.located import Checked
from azureml_infra.entities.platform import PlatformDescription
from azureml_infra.entities.references import LOCAL_COMPUTE, SYSTEM_COMPUTES
from azureml_infra.yaml.nodes import Document, descend
from azureml_infra.yaml.problems import Problem, Severity, article, nearest, quote

_EXPECTED = "the name of a compute cluster (amlcompute)"


def building(document: Document, platform: PlatformDescription, checked: Checked) -> Iterator[Problem]:
    """Yield an `image_build_compute` that isn't a compute of the workspace, or not one that builds images
    (https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet, "Configure image builds").
    """
    name = platform.workspace.image_build_compute
    if not name:
        return
    node = descend(document.root, ("workspace", "image_build_compute"))

    def problem(what: str, expected: str = _EXPECTED, near: str = "", severity: Severity = "error") -> Problem:
        return Problem(document.file(node), node.line, node.column, what, expected, near, severity)

    found = checked.find_entity(("computes",), name)
    if name.lower() == LOCAL_COMPUTE:
        yield problem(f"{quote(name)} is the machine of whoever submits a job, and Azure builds images")
    elif found is not None and found.kind != "compute cluster":
        yield problem(f"{quote(name)} is {article(found.kind)}, which builds no images")
    elif found is None and name.lower() not in SYSTEM_COMPUTES:
        near = nearest(name, checked.names.names(("computes",)))
        what = f"compute {quote(name)} isn't in this description"
        if checked.strict:
            yield problem(what, "one that is (strict: true)", near)
        else:
            yield problem(f"{what}; it is left to Azure", "", near, "warning")
