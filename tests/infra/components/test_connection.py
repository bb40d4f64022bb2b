"""Connections on the sandbox's cloud: made, changed, left alone and taken away; what is secret stays so."""

from typing import Any

import pulumi
import pytest

from azureml_infra import AmlCompute, AzureOpenAIConnection, Connection, ServiceConnection
from azureml_sandbox import RunFailedError, Sandbox
from azureml_sandbox.pulumi.engine.values import has_secret
from kit.platforms import ML, Program, beside, changes, existing_workspace, live

CONNECTION = f"{ML}/connections"


def git(**more: Any) -> ServiceConnection:
    return ServiceConnection.model_validate(
        {
            "name": "code",
            "type": "git",
            "target": "https://git",
            "credentials": {"type": "pat", "pat": "${{secrets.pat}}"},
            **more,
        }
    )


def program(*connections: Any) -> Program:
    def run() -> None:
        made = existing_workspace()
        for one in connections:
            Connection(one.name, one, workspace=made)

    return run


def up(sandbox: Sandbox, *connections: Any) -> list[str]:
    return changes(sandbox.up(program(*connections)))


def secrets_of(sandbox: Sandbox) -> dict[str, Any]:
    found = sandbox.azure.action(live(sandbox, CONNECTION)["id"], "listsecrets")["properties"]
    return dict(found["credentials"])


def test_a_connection_is_made_changed_and_taken_away() -> None:
    sandbox = beside(secrets={"pat": "one"})
    assert "create code" in up(sandbox, git())
    assert secrets_of(sandbox) == {"pat": "one"}
    assert up(sandbox, git()) == []
    sandbox.refresh()
    assert up(sandbox, git()) == []
    assert up(sandbox, git(target="https://other")) == ["update code"]
    assert live(sandbox, CONNECTION)["properties"]["target"] == "https://other"
    assert secrets_of(sandbox) == {"pat": "one"}
    key = {"name": "code", "type": "azure_open_ai", "azure_endpoint": "https://ai"}
    assert up(sandbox, AzureOpenAIConnection.model_validate(key)) == ["update code"]
    shown = live(sandbox, CONNECTION)["properties"]
    assert (shown["authType"], shown["category"], shown["metadata"]["ApiType"]) == ("AAD", "AzureOpenAI", "Azure")
    assert up(sandbox) == ["delete code"]
    assert sandbox.azure.resources(CONNECTION) == []


def test_another_secret_is_an_update_and_neither_is_shown() -> None:
    sandbox = beside(secrets={"pat": "first-token"})
    result = sandbox.up(program(git()))
    (asked,) = (goal for goal in result.registered.values() if goal.name == "code" and goal.custom)
    assert has_secret(asked.inputs["properties"])
    rotated = beside(secrets={"pat": "second-token"}, azure=sandbox.azure)
    rotated.state = sandbox.state
    assert changes(rotated.preview(program(git()))) == ["update code"]
    assert "second-token" not in str(rotated.up(program(git())).operations)
    assert secrets_of(sandbox) == {"pat": "second-token"}
    assert "token" not in str(sandbox.azure.resources(CONNECTION))


def test_a_secret_output_does_in_python() -> None:
    def run() -> None:
        given = git(credentials={"type": "pat", "pat": pulumi.Output.secret("from-elsewhere")})
        Connection("code", given, workspace=existing_workspace())

    sandbox = beside()
    assert "from-elsewhere" not in str(sandbox.up(run).operations)
    assert secrets_of(sandbox) == {"pat": "from-elsewhere"}


def test_something_else_is_refused() -> None:
    with pytest.raises(RunFailedError, match="connection is an AmlCompute; expected ServiceConnection"):
        up(beside(), AmlCompute.model_validate({"name": "cpu"}))
