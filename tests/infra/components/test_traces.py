"""What a registration carries: no stack trace, which would be this package's own lines for every resource."""

import sys
from pathlib import Path
from typing import Any

import pytest

from azureml_infra.dynamic.traces import without_traces
from azureml_sandbox.pulumi.engine.monitor import Monitor
from kit.platforms import platform_of, stack

DESCRIPTION = """\
name: churn
location: westeurope
computes: [{name: cpu, type: amlcompute, size: Standard_DS3_v2}]
data: [{name: d, version: 1, type: uri_file, path: ./here.txt}]
"""


def test_no_resource_of_a_platform_is_registered_with_a_stack_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "platform.yml").write_text(DESCRIPTION, "utf-8")
    (tmp_path / "here.txt").write_text("here", "utf-8")
    seen: list[Any] = []
    register = Monitor.RegisterResource

    def record(self: Monitor, request: Any, *more: Any) -> Any:
        seen.append(request)
        return register(self, request, *more)

    monkeypatch.setattr(Monitor, "RegisterResource", record)
    stack().up(platform_of(tmp_path))
    ours = [one for one in seen if one.type != "pulumi:pulumi:Stack"]
    assert {"azureml-infra:index:Platform", "azure-native:machinelearningservices:Compute"} <= {
        one.type for one in ours
    }
    assert [one.type for one in ours if one.stackTrace.frames] == []


@pytest.mark.parametrize("before", [None, 7])
def test_a_traceback_is_as_long_as_it_was_after_it(monkeypatch: pytest.MonkeyPatch, before: int | None) -> None:
    monkeypatch.delattr(sys, "tracebacklimit", raising=False)
    if before is not None:
        monkeypatch.setattr(sys, "tracebacklimit", before, raising=False)
    with pytest.raises(ValueError, match="here"), without_traces():
        raise ValueError("here")
    assert getattr(sys, "tracebacklimit", None) == before
