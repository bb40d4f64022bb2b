"""What a deployment of an ARM template would change."""

from typing import Any

from azureml_sandbox.azure import Azure
from kit.arm_templates import account, at, body, deploy, identity, names, template


def changes(azure: Azure, written: Any, **more: Any) -> dict[str, str]:
    document = azure.action(at(azure), "whatIf", body(written, **more))
    assert document["status"] == "Succeeded", document
    return {one["resourceId"].rpartition("/")[2]: one["changeType"] for one in document["properties"]["changes"]}


def test_what_if_tells_every_change_and_makes_none(azure: Azure) -> None:
    deploy(azure, template(account(), identity(), identity("idtwo")))
    before = azure.resources()
    written = template(account(sku={"name": "Standard_GRS"}, tags={"a": "b"}), identity(), identity("idnew"))
    incremental = {"stone": "Modify", "idone": "NoChange", "idtwo": "Ignore", "idnew": "Create"}
    assert changes(azure, written) == incremental
    assert changes(azure, written, mode="Complete") == {**incremental, "idtwo": "Delete"}
    document = azure.action(at(azure), "whatIf", body(written))
    (stone,) = [one for one in document["properties"]["changes"] if one["changeType"] == "Modify"]
    assert [(one["path"], one["propertyChangeType"], one["after"]) for one in stone["delta"]] == [
        ("sku.name", "Modify", "Standard_GRS"),
        ("tags.a", "Create", "b"),
    ]
    only = azure.action(at(azure), "whatIf", body(written, whatIfSettings={"resultFormat": "ResourceIdOnly"}))
    assert {*only["properties"]["changes"][0]} == {"resourceId", "changeType"}
    assert azure.resources() == before


def test_what_if_says_what_a_deployment_would_fail_with(azure: Azure) -> None:
    document = azure.action(at(azure), "whatIf", body(template(account("NOT_VALID"))))
    assert (document["status"], document["error"]["code"]) == ("Failed", "DeploymentFailed")
    assert names(azure) == []
