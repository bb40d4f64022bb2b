"""What entities look up in Azure is asked for once in a run, and all at the same time."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import sync_await

from azureml_infra.components import live
from azureml_infra.dynamic.clients import ArmClient, AzureRefusedError
from kit.platforms import THEIRS, beside, changes, platform_of, stack_of

ASSETS = 5
ROW = "  - {{name: d{}, version: 1, type: uri_file, path: https://contoso.com/data}}\n"
DATA = "".join(map(ROW.format, range(ASSETS)))
DESCRIPTION = f"""\
name: churn
location: westeurope
computes: [{{name: cpu, type: amlcompute, size: Standard_DS3_v2}}]
environments: [{{name: sk, version: "1", image: mcr.microsoft.com/x:1}}]
data:
{DATA}online_endpoints: [{{name: churn-now}}]
jobs:
  - {{name: j, type: command, command: python main.py, code: src, environment: "azureml:sk:1", compute: "azureml:cpu"}}
"""
_STORE = "  - {{name: d{}, type: azure_blob, account_name: lake, container_name: raw}}\n"
STORES = f"name: churn\nlocation: westeurope\n{THEIRS}datastores:\n" + "".join(map(_STORE.format, range(40)))
AT_ONCE = ("getDataVersion", "getEnvironmentVersion", "getCodeVersion", "getCompute", "getOnlineEndpoint")
COUNT = ASSETS + 4
WAITS = 6
"""The workspace, whether it is this stack's, what it has, the entities at once."""


def test_they_are_asked_for_together_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "platform.yml").write_text(DESCRIPTION, "utf-8")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").write_text("print('hello')\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    sandbox = stack_of(platform_of(tmp_path))
    begun: list[str] = []
    together = asyncio.Event()
    invoke = pulumi.runtime.invoke_async

    async def count(token: str, arguments: Any, *more: Any) -> Any:
        begun.append(json.dumps([token, arguments], sort_keys=True))
        if token.rpartition(":")[2] in AT_ONCE:
            if sum(any(f':{name}"' in one for name in AT_ONCE) for one in begun) == COUNT:
                together.set()
            await asyncio.wait_for(together.wait(), 30)
        return await invoke(token, arguments, *more)

    monkeypatch.setattr(pulumi.runtime, "invoke_async", count)
    assert changes(sandbox.up(platform_of(tmp_path))) == []
    assert sorted(begun) == sorted(set(begun))
    assert sum(any(f':{name}"' in one for name in AT_ONCE) for one in begun) == COUNT


@pytest.mark.parametrize("count", [1, 20])
def test_no_entity_waits_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """A wait costs what waits to be registered, so one for each entity grows with their square."""
    rows = "".join(map(ROW.format, range(count)))
    (tmp_path / "platform.yml").write_text(f"name: churn\nlocation: westeurope\ndata:\n{rows}", "utf-8")
    sandbox = stack_of(platform_of(tmp_path))
    waits: list[object] = []
    wait = sync_await._sync_await

    def count_wait(awaitable: Any) -> Any:
        waits.append(awaitable)
        return wait(awaitable)

    monkeypatch.setattr(live, "_sync_await", count_wait)
    assert changes(sandbox.up(platform_of(tmp_path))) == []
    assert len(waits) == WAITS


def test_many_of_a_kind_are_listed_and_where_a_list_is_refused_each_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "platform.yml"
    file.write_text(STORES, "utf-8")
    sandbox = beside(platform_of(tmp_path))
    lists: list[str] = []

    def refuse(_self: object, path: str, *_version: object, **_query: object) -> Any:
        lists.append(path.rpartition("/")[2])
        raise AzureRefusedError("AuthorizationFailed", 403)

    with monkeypatch.context() as patch:
        patch.setattr(ArmClient, "list", refuse)
        assert changes(sandbox.up(platform_of(tmp_path))) == []
    assert "datastores" in lists

    asked: list[str] = []
    invoke = pulumi.runtime.invoke_async

    async def count(token: str, arguments: Any, *more: Any) -> Any:
        asked.append(f"{token} {arguments.get('name')}")
        return await invoke(token, arguments, *more)

    monkeypatch.setattr(pulumi.runtime, "invoke_async", count)
    file.write_text(file.read_text("utf-8").replace("name: d7,", "name: D7,").replace("d39,", "new,"), "utf-8")
    result = sandbox.up(platform_of(tmp_path))
    assert sorted(changes(result)) == ["create new", "delete d39"]
    assert sum("D7 is called d7 in Azure" in one.message for one in result.diagnostics) == 1
    assert [one for one in asked if "getDatastore d" in one.lower()] == []
