"""A workspace that gives way to another: refused in the preview, and done by the word."""

from functools import partial
from typing import Any

import pytest

from azureml_infra import Access, AccessEntry, AmlCompute, Compute, ResourceGroup, Workspace, WorkspaceArgs
from azureml_infra.components.foundation import PROPERTIES
from azureml_sandbox import RunFailedError
from kit.platforms import ML, SUBSCRIPTION, WORKSPACE_ID, changes, live, unprotected_workspace, up_once, workspace

ANNA = "5a4d0b0c-0000-4000-8000-00000000a11a"
FIXED: list[dict[str, Any]] = [
    {"hbi_workspace": True},
    {"location": "northeurope"},
    {"enable_data_isolation": True},
]
"""What Azure fixes when it makes a workspace."""
GUARDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({}, {"protect": False}),
    ({"disposable": "true"}, {}),
]
"""What a stack's configuration and a workspace's arguments say of its protection."""
GUARD_IDS = ["protected", "not", "disposable"]


@pytest.mark.parametrize(("config", "args"), GUARDS, ids=GUARD_IDS)
def test_replacing_is_refused_in_the_preview_unless_said_by_name(config: dict[str, Any], args: dict[str, Any]) -> None:
    sandbox = up_once(unprotected_workspace if args else workspace, **config)
    for wanted in FIXED:
        for run in (sandbox.preview, sandbox.up):
            with pytest.raises(RunFailedError, match=f"workspace.{next(iter(wanted))}.* write `replace: mlw-ml-dev`"):
                run(lambda: workspace(**args, **wanted))  # noqa: B023 - it is run at once
        assert live(sandbox)["properties"].get("hbiWorkspace") is not True
        with pytest.raises(RunFailedError, match="write `replace: mlw-ml-dev`"):
            sandbox.up(lambda: workspace(**args, **wanted, replace="another"))  # noqa: B023


@pytest.mark.parametrize(
    ("config", "wanted"),
    [*(({}, one) for one in FIXED), ({"disposable": "true"}, FIXED[0] | FIXED[1] | FIXED[2])],
    ids=[*(next(iter(one)) for one in FIXED), "disposable"],
)
def test_a_replacement_under_the_same_name_is_done_once_said(config: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Azure keeps a deleted workspace's name for 14 days, and azure-native's delete can't purge it."""
    sandbox = up_once(in_use, **config)
    sandbox.azure.put(f"{WORKSPACE_ID}/environments/old", {"properties": {}})
    plan = sandbox.preview(partial(in_use, replace="mlw-ml-dev", **wanted))
    assert {"replace ml", "replace cpu", "replace reader-reader-5a4d0b0c"} <= set(changes(plan))
    sandbox.up(partial(in_use, replace="mlw-ml-dev", **wanted))
    assert [one["name"] for one in sandbox.azure.resources(f"{ML}/computes")] == ["cpu"]
    assert sandbox.azure.resources(f"{ML}/environments") == []
    assert changes(sandbox.up(partial(in_use, **wanted))) == ["delete ml-purge-now"]
    assert changes(sandbox.up(partial(in_use, **wanted))) == []


GIVEN = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-given"
PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "storage_account": (
        f"{GIVEN}/providers/Microsoft.Storage/storageAccounts/given",
        {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}},
    ),
    "key_vault": (
        f"{GIVEN}/providers/Microsoft.KeyVault/vaults/kv-given",
        {
            "properties": {
                "tenantId": "5a4d0b0c-0000-4000-8000-00000000aaaa",
                "sku": {"family": "A", "name": "standard"},
                "enableRbacAuthorization": True,
            }
        },
    ),
}


@pytest.mark.parametrize("disposable", [False, True])
@pytest.mark.parametrize("part", PARTS)
def test_a_replacement_on_a_given_part_leaves_the_old_one_in_azure(part: str, *, disposable: bool) -> None:
    """Its data is nobody's to delete along, and the engine deletes nothing that is still protected."""
    sandbox = up_once(in_use, disposable=str(disposable).lower())
    given, body = PARTS[part]
    where = {"location": "westeurope"}
    sandbox.azure.put(GIVEN, where)
    sandbox.azure.put(given, {**where, **body})
    old = live(sandbox)["properties"][PROPERTIES[part.removesuffix("_account")]]
    with pytest.raises(RunFailedError, match=f"workspace.{part}: Azure fixes this"):
        sandbox.preview(partial(in_use, **{part: given}))
    sandbox.up(partial(in_use, replace="mlw-ml-dev", **{part: given}))
    assert live(sandbox)["properties"][PROPERTIES[part.removesuffix("_account")]] == given
    sandbox.up(partial(in_use, **{part: given}))
    assert changes(sandbox.up(partial(in_use, **{part: given}))) == []
    assert sandbox.azure.exists(old) is not disposable


def in_use(**args: Any) -> None:
    """Make a workspace with a cluster, and with somebody who may read it."""
    made = workspace(**args)
    Compute("cpu", AmlCompute(name="cpu"), workspace=made)
    reader = AccessEntry(principal=ANNA, principal_type="user", role="Reader")
    Access("reader", [reader], workspace=made)


def test_the_word_alone_replaces_nothing() -> None:
    sandbox = up_once(workspace)
    assert changes(sandbox.up(lambda: workspace(replace="mlw-ml-dev"))) == []


def test_a_platform_never_moves_to_another_region() -> None:
    """Its storage account and its vault would go with it, the one with its data, the other with its name."""
    sandbox = up_once(workspace)
    with pytest.raises(RunFailedError, match="location: the platform of the workspace mlw-ml-dev can't move"):
        sandbox.preview(lambda: Workspace("ml", WorkspaceArgs(replace="mlw-ml-dev"), location="northeurope"))


MOVES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a name": ({"name": "mlw-next"}, {}, "mlw-next"),
    "a name and what is fixed": ({"name": "mlw-next", "hbi_workspace": True}, {}, "mlw-next"),
    "a group": ({}, {"resource_group": "rg-next"}, "mlw-ml-dev"),
    "a group, the name kept": ({"name": "mlw-ml-dev"}, {"resource_group": "rg-next"}, "mlw-ml-dev"),
    "a group that exists": ({}, {"resource_group": "rg-there", "existing": True}, "mlw-ml-dev"),
    "both": ({"name": "mlw-next"}, {"resource_group": "rg-next"}, "mlw-next"),
}
"""Another id of a workspace: what its arguments and its component say, and its new name."""


def elsewhere(args: dict[str, Any], where: dict[str, Any]) -> None:
    group = where.get("resource_group")
    Workspace(
        "ml",
        WorkspaceArgs.model_validate(args),
        location="westeurope",
        resource_group=ResourceGroup(name=group, existing=where.get("existing", False)) if group else None,
    )


@pytest.mark.parametrize(("config", "args"), GUARDS, ids=GUARD_IDS)
def test_a_new_name_or_group_replaces_only_by_the_word(config: dict[str, Any], args: dict[str, Any]) -> None:
    sandbox = up_once(unprotected_workspace if args else workspace, **config)
    sandbox.azure.put(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-there", {"location": "westeurope"})
    before = live(sandbox)
    for wanted, where, name in MOVES.values():
        for run in (sandbox.preview, sandbox.up):
            with pytest.raises(RunFailedError, match=f"the stack's workspace is mlw-ml-dev.* write `replace: {name}`"):
                run(lambda: elsewhere(args | wanted, where))  # noqa: B023 - it is run at once
        assert live(sandbox) == before


@pytest.mark.parametrize(
    ("move", "config", "args"),
    [
        *(pytest.param(move, *GUARDS[0], id=f"{move}-protected") for move in MOVES),
        *(
            pytest.param(move, *guard, id=f"{move}-{said}")
            for move in ("a name and what is fixed", "a group that exists")
            for guard, said in zip(GUARDS[1:], GUARD_IDS[1:], strict=True)
        ),
    ],
)
def test_a_new_name_or_group_is_done_once_said(move: str, config: dict[str, Any], args: dict[str, Any]) -> None:
    wanted, where, name = MOVES[move]
    sandbox = up_once(unprotected_workspace if args else workspace, **config)
    sandbox.azure.put(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-there", {"location": "westeurope"})
    sandbox.up(lambda: elsewhere({**args, **wanted, "replace": name}, where))
    group = where.get("resource_group", "rg-ml-dev")
    assert live(sandbox)["id"].partition("/providers/")[0].endswith(f"/resourceGroups/{group}")
    assert live(sandbox)["name"] == name
    left = ["delete ml-group"] if where.get("existing") else []
    assert changes(sandbox.up(lambda: elsewhere(args | wanted, where))) == left
    if left:
        assert changes(sandbox.up(lambda: elsewhere(args | wanted, where))) == []
    assert [one["name"] for one in sandbox.azure.resources(f"{ML}")] == [name]


def test_a_workspace_that_is_gone_gives_way_to_another() -> None:
    sandbox = up_once(unprotected_workspace)
    sandbox.azure.delete(WORKSPACE_ID)
    assert "replace ml" in changes(sandbox.preview(lambda: workspace(name="mlw-next", protect=False)))


def test_a_second_workspace_replaces_none() -> None:
    sandbox = up_once(workspace)

    def both() -> None:
        workspace()
        Workspace("lab", location="westeurope")

    assert "create lab" in changes(sandbox.up(both))
