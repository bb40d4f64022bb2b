"""What this project's own dynamic resources do to ARM is judged by the action that it takes, of whoever asks."""

from typing import Any

from azureml_arm.sandbox import PEOPLE, SUBSCRIPTION
from azureml_policies.baseline.live import Live
from azureml_policies.baseline.model import Op
from azureml_policies.rbac.given import GivenRoles
from azureml_policies.requests import writes
from azureml_policies.requests.unknown import UNKNOWN
from kit.guarded import GROUP, ML, ROLES, WORKSPACE, denied_names, plan_of
from kit.rows import each

REGISTRY = f"{GROUP}/providers/Microsoft.MachineLearningServices/registries/shared"
OWN = "pulumi-python:dynamic/azureml"
SHARE = plan_of(
    f"{OWN}:Share",
    "cor",
    None,
    asset_id=f"{WORKSPACE}/models/heart/versions/1",
    registry="shared",
    registry_id=REGISTRY,
    name="cor",
    version="7",
)
UPLOAD = plan_of(f"{OWN}:RegistryUpload", "files", None, version_id=f"{REGISTRY}/codes/c/versions/1", digest="x")


def test_a_share_is_an_action_on_the_asset_and_a_write_in_the_registry() -> None:
    opaque, action, copy = writes(SHARE)
    assert opaque.opaque
    assert (action.action, action.id) == (
        f"{ML}/models/versions/publish/action",
        f"{WORKSPACE}/models/heart/versions/1",
    )
    assert copy.id == f"{REGISTRY}/models/cor/versions/7"
    assert copy.type == "Microsoft.MachineLearningServices/registries/models/versions"


@each(("there", "op"), [(True, Op.SAME), (False, Op.CREATE)])
def test_publishing_what_a_registry_has_already_is_no_change(there: bool, op: Op) -> None:
    class Registry:
        def get(self, path: str, api_version: str) -> dict[str, Any] | None:
            assert (path, bool(api_version)) == (f"{REGISTRY}/models/cor/versions/7", True)
            return {"id": path} if there else None

        def list(self, path: str, api_version: str) -> list[dict[str, Any]]:
            raise AssertionError(path, api_version)

    baseline = Live(Registry())
    opaque, action, copy = writes(SHARE)
    assert baseline.change(opaque).op is Op.CREATE
    assert [baseline.change(one).op for one in (action, copy)] == [op, op]


def test_a_trigger_is_started_by_who_may_start_it() -> None:
    trigger = f"{GROUP}/providers/Microsoft.DataFactory/factories/adf/triggers/daily"
    _, action = writes(plan_of(f"{OWN}:TriggerSwitch", "start", None, trigger_id=trigger, state="Started", content="x"))
    assert (action.action, action.id) == ("Microsoft.DataFactory/factories/triggers/start/action", trigger)


SYNAPSE = f"{GROUP}/providers/Microsoft.Synapse/workspaces/syn"
ROLE = plan_of(f"{OWN}:SynapseRole", "spark", None, workspace_id=SYNAPSE, item="bigDataPools/spark", assignment="a")


@each(("who", "denied"), [("olga", []), ("dana", ["spark"])])
def test_a_role_in_a_synapse_workspace_is_given_by_whoever_may_give_one_on_it(who: str, denied: list[str]) -> None:
    _, grant = writes(ROLE)
    assert grant.id == f"{SYNAPSE}/providers/Microsoft.Authorization/roleAssignments/a"
    assert sorted(set(denied_names([ROLE], who, "access-owners-only"))) == denied


def test_an_upload_is_an_action_on_the_version() -> None:
    _, action = writes(UPLOAD)
    assert action.action == "Microsoft.MachineLearningServices/registries/assets/write"


def test_a_databricks_token_is_for_those_who_may_change_its_workspace() -> None:
    place = f"{GROUP}/providers/Microsoft.Databricks/workspaces/dbw"
    _, action = writes(plan_of(f"{OWN}:DatabricksToken", "dbx-token", None, workspace_id=place, lifetime_days=90))
    assert (action.action, action.id) == ("Microsoft.Databricks/workspaces/write", place)


MADE = plan_of(
    "azure-native:machinelearningservices:RegistryModelVersion",
    "made",
    resourceGroupName="rg",
    registryName="shared",
    modelName="m",
    version="1",
)
BOTH = GivenRoles(
    [
        {"role": role, "scope": f"/subscriptions/{SUBSCRIPTION}", "principal": PEOPLE["dana"].object_id}
        for role in ("AzureML Data Scientist", "AzureML Registry User")
    ]
)


@each(
    ("who", "roles", "denied"),
    [("rita", ROLES, ["cor", "files", "made"]), ("dana", ROLES, ["cor", "files", "made"]), ("dana", BOTH, [])],
    ids=["a reader", "a data scientist", "a data scientist and user of registries"],
)
def test_who_may_not_do_it_may_not_plan_it(who: str, roles: GivenRoles, denied: list[str]) -> None:
    found = denied_names([SHARE, UPLOAD, MADE], who, "azure-rights-only", roles=roles)
    assert sorted(set(found)) == denied


def test_a_share_of_what_is_not_known_yet_could_be_any() -> None:
    unknown = plan_of(f"{OWN}:Share", "cor", None, asset_id=UNKNOWN, registry="shared", registry_id="")
    assert all(one.opaque for one in writes(unknown))
