"""The in-process monitor answers the SDK as the Pulumi engine does."""

import pulumi
import pulumi_azure_native as azure_native
import pytest

from azureml_sandbox import EngineError, Op, Sandbox, mock_azure

GROUP = "/subscriptions/{0}/resourceGroups/rg"


class Team(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Team", name, None, opts)


def group(opts: pulumi.ResourceOptions | None = None) -> azure_native.resources.ResourceGroup:
    return azure_native.resources.ResourceGroup("rg", resource_group_name="rg", location="westeurope", opts=opts)


def test_urns_hold_the_types_of_all_parents_but_not_the_stacks() -> None:
    with mock_azure(project="p", stack="s") as azure:
        outer = Team("outer")
        inner = Team("inner", pulumi.ResourceOptions(parent=outer))
        group(pulumi.ResourceOptions(parent=inner))
        group_outside = azure_native.resources.ResourceGroup("other", location="westeurope")
        pulumi.export("urn", group_outside.urn)
    urns = [goal.urn for goal in azure.registered]
    assert "urn:pulumi:s::p::test:index:Team$test:index:Team$azure-native:resources:ResourceGroup::rg" in urns
    assert azure.outputs["urn"] == "urn:pulumi:s::p::azure-native:resources:ResourceGroup::other"


def test_a_name_used_twice_is_refused_in_the_engines_words() -> None:
    urn = "urn:pulumi:s::p::azure-native:resources:ResourceGroup::rg"
    with pytest.raises(EngineError) as refused, mock_azure(project="p", stack="s"):
        _ = group(), group()
    assert str(refused.value) == f"Duplicate resource URN '{urn}'; try giving it a unique name"


def test_every_option_of_a_resource_is_visible() -> None:
    with mock_azure() as azure:
        group()
        first = azure_native.resources.ResourceGroup("first", resource_group_name="first", location="westeurope")
        azure_native.resources.ResourceGroup(
            "rg2",
            resource_group_name="rg2",
            location="westeurope",
            tags={"from": first.name},
            opts=pulumi.ResourceOptions(
                protect=True,
                ignore_changes=["tags"],
                replace_on_changes=["location"],
                delete_before_replace=True,
                retain_on_delete=True,
                additional_secret_outputs=["tags"],
                depends_on=[first],
                deleted_with=first,
                custom_timeouts=pulumi.CustomTimeouts(create="5m"),
                aliases=[pulumi.Alias(name="old")],
            ),
        )
    goal = next(goal for goal in azure.registered if goal.name == "rg2")
    assert (goal.protect, goal.retain_on_delete, goal.delete_before_replace) == (True, True, True)
    assert goal.ignore_changes == ("tags",)
    assert goal.replace_on_changes == ("location",)
    assert goal.additional_secret_outputs == ("tags",)
    assert goal.custom_timeouts == {"create": "5m"}
    assert [urn.rsplit("::", 1)[1] for urn in goal.dependencies] == ["first"]
    assert {key: len(urns) for key, urns in goal.property_dependencies.items() if urns} == {"tags": 1}
    assert goal.deleted_with.endswith("::first")
    assert "old" in [alias.spec.name for alias in goal.aliases]
    assert "test_monitor.py:" in goal.source


def test_a_resource_that_depends_comes_after_and_the_order_is_always_the_same() -> None:
    def program() -> None:
        members = [Team(f"team{number}") for number in range(20)]
        rg = group()
        for number in range(20):
            one = azure_native.managedidentity.UserAssignedIdentity(
                f"id{number}",
                resource_group_name=rg.name,
                resource_name_=f"id{number}",
                opts=pulumi.ResourceOptions(parent=members[number]),
            )
            pulumi.export(f"id{number}", one.id)

    orders = {tuple(item.urn for item in Sandbox().up(program).operations) for _ in range(5)}
    assert len(orders) == 1
    names = [urn.rsplit("::", 1)[1] for urn in orders.pop()]
    assert len(names) == 41
    assert all(names.index("rg") < names.index(f"id{number}") for number in range(20))


def test_an_explicit_provider_gives_its_settings() -> None:
    with mock_azure(config={"azure-native:location": "northeurope"}) as azure:
        provider = azure_native.Provider("eu", location="swedencentral")
        azure_native.resources.ResourceGroup("default", resource_group_name="default")
        azure_native.resources.ResourceGroup(
            "explicit", resource_group_name="explicit", opts=pulumi.ResourceOptions(provider=provider)
        )
    locations = {item["name"]: item["location"] for item in azure.resources("Microsoft.Resources/resourceGroups")}
    assert locations == {"default": "northeurope", "explicit": "swedencentral"}
    assert [item.op for item in azure.operations if item.type == "pulumi:providers:azure-native"] == [Op.CREATE]


def test_a_missing_name_is_made_up_and_the_same_in_every_run() -> None:
    def program() -> None:
        rg = azure_native.resources.ResourceGroup("team", location="westeurope")
        pulumi.export("name", rg.name)

    first, second = Sandbox().up(program).outputs, Sandbox().up(program).outputs
    assert first["name"].startswith("team")
    assert len(first["name"]) == len("team") + 8
    assert first == second


def test_a_resource_of_others_is_read() -> None:
    with mock_azure() as azure:
        azure.cloud.put(GROUP.format(azure.cloud.subscription), {"location": "westeurope", "tags": {"a": "b"}})
        found = azure_native.resources.ResourceGroup.get("rg", GROUP.format(azure.cloud.subscription))
        pulumi.export("tags", found.tags)
    assert azure.outputs == {"tags": {"a": "b"}}
    assert [item.op for item in azure.operations] == [Op.READ]


def test_reading_what_is_not_there_fails() -> None:
    with pytest.raises(EngineError, match=r"resource '.*/resourceGroups/rg' does not exist"), mock_azure() as azure:
        azure_native.resources.ResourceGroup.get("rg", GROUP.format(azure.cloud.subscription))


def test_functions_are_answered_from_the_cloud() -> None:
    with mock_azure() as azure:
        azure.cloud.put(GROUP.format(azure.cloud.subscription), {"location": "westeurope"})
        found = azure_native.resources.get_resource_group(resource_group_name="rg")
        config = azure_native.authorization.get_client_config()
        rg = azure_native.resources.get_resource_group_output(resource_group_name="rg")
        account = azure_native.storage.StorageAccount(
            "account",
            resource_group_name=rg.name,
            account_name="account1",
            location="westeurope",
            sku={"name": "Standard_LRS"},
            kind="StorageV2",
        )
        keys = azure_native.storage.list_storage_account_keys_output(
            resource_group_name="rg", account_name=account.name
        )
        pulumi.export("key", keys.keys[0].key_name)
    assert found.location == "westeurope"
    assert config.subscription_id == azure.cloud.subscription
    assert config.tenant_id == azure.cloud.tenant
    assert azure.outputs == {"key": "key1"}


def test_a_function_that_finds_nothing_raises_in_the_program_and_can_be_caught() -> None:
    with mock_azure() as azure:
        group()
        with pytest.raises(Exception, match=r'Status=404 Code="Resource(Group)?NotFound"'):
            azure_native.machinelearningservices.get_workspace(resource_group_name="rg", workspace_name="none")
    assert [item.op for item in azure.operations] == [Op.CREATE]


def test_a_function_with_unknown_arguments_is_not_called_in_a_preview() -> None:
    with mock_azure(preview=True) as azure:
        rg = group()
        found = azure_native.resources.get_resource_group_output(resource_group_name=rg.id)
        pulumi.export("location", found.location)
    assert azure.diagnostics == []


def test_an_unmodelled_type_is_refused_with_what_to_add() -> None:
    with pytest.raises(EngineError, match=r"no model of azure-native:web:Plan.*arm/types\.py"), mock_azure():
        pulumi.CustomResource("azure-native:web:Plan", "plan")


def test_another_provider_is_refused_with_the_way_out() -> None:
    with pytest.raises(EngineError, match="needs the provider 'random'"), mock_azure():
        pulumi.CustomResource("random:index/randomPet:RandomPet", "pet")


def test_an_unknown_function_is_refused_with_what_to_add() -> None:
    with (
        pytest.raises(Exception, match=r"no answer to azure-native:web:getPlan.*invokes\.py"),
        mock_azure(),
    ):
        pulumi.runtime.invoke("azure-native:web:getPlan", {})


def test_a_stack_reference_is_refused() -> None:
    with pytest.raises(EngineError, match=r"StackReference \(org/p/dev\)"), mock_azure():
        pulumi.StackReference("org/p/dev")


def test_messages_of_the_program_are_kept() -> None:
    with mock_azure() as azure:
        pulumi.log.warn("careful", group())
        pulumi.log.info("fyi")
        pulumi.log.debug("noise")
    assert sorted((item.severity, item.message) for item in azure.diagnostics) == [
        ("info", "fyi"),
        ("warning", "careful"),
    ]


def test_configuration_and_secrets_reach_the_program() -> None:
    with mock_azure(config={"size": "3", "other:x": "y"}, secrets={"password": "hush"}) as azure:
        config = pulumi.Config()
        assert config.require_int("size") == 3
        assert pulumi.Config("other").require("x") == "y"
        pulumi.export("password", config.require_secret("password"))
    assert azure.result.outputs == {"password": "hush"}
    assert azure.result.secret_outputs == {"password"}
    assert pulumi.Config("project").get("size") is None


def test_the_same_cloud_and_state_go_on_in_another_block() -> None:
    with mock_azure() as first:
        group()
    with mock_azure(azure=first, state=first.state) as second:
        group()
    assert [item.op for item in second.operations] == [Op.SAME]


def test_an_exception_in_an_apply_is_raised_as_it_is() -> None:
    def explode(_name: str) -> None:
        raise ZeroDivisionError("boom")

    with pytest.raises(ZeroDivisionError, match="boom"), mock_azure():
        group().name.apply(explode)
