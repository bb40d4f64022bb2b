"""A value's change is shown by what differs."""

from typing import Any

from azureml_review.render.differences import difference, single
from azureml_review.render.phrases import LONGEST
from azureml_review.words import scope_of
from kit.rows import each

GROUP = "/subscriptions/5a4d0b0c-0000-4000-8000-000000000001/resourceGroups/rg"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
CPU = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/ml/computes/cpu"
ELSEWHERE = CPU.replace("/rg/", "/rg-other/")
FAR = CPU.replace("5a4d0b0c", "6b5e1c1d")
LONG = (
    "azureml://subscriptions/5a4d0b0c-0000-4000-8000-000000000001/resourcegroups/rg/workspaces/mlw-research-production"
)

CASES: dict[str, tuple[Any, Any, str]] = {
    "short texts": ("a", "b", "a → b"),
    "nothing before": (None, 3, "(none) → 3"),
    "ids": (CPU, f"{CPU}-2", "workspaces/ml/computes/cpu → workspaces/ml/computes/cpu-2"),
    "ids of two groups": (CPU, ELSEWHERE, "rg/workspaces/ml/computes/cpu → rg-other/workspaces/ml/computes/cpu"),
    "ids of two subscriptions": (
        CPU,
        FAR,
        f"{CPU.split('/')[2]}/rg/workspaces/ml/computes/cpu → {FAR.split('/')[2]}/rg/workspaces/ml/computes/cpu",
    ),
    "an id and a name": (CPU, "serverless", "workspaces/ml/computes/cpu → serverless"),
    "ids by case": (CPU, CPU.replace("/rg/", "/RG/"), "rg/workspaces/ml/computes/cpu → RG/workspaces/ml/computes/cpu"),
    "one more in a list": ([f"{IDENTITY}-a"], [f"{IDENTITY}-a", f"{IDENTITY}-b"], "+ userAssignedIdentities/id-b"),
    "another in a list": (
        [f"{IDENTITY}-a", f"{IDENTITY}-b"],
        [f"{IDENTITY}-a", f"{IDENTITY}-c"],
        "+ userAssignedIdentities/id-c, - userAssignedIdentities/id-b",
    ),
    "mappings in a list": ([{"a": 1}, {"b": 2}], [{"b": 2}], '- {"a": 1}'),
    "another list": (["a"], ["b"], '["a"] → ["b"]'),
    "another order": (["a", "b"], ["b", "a"], '["a", "b"] → ["b", "a"]'),
    "twice": (["a"], ["a", "a"], "+ a"),
    "long texts that end differently": (
        f"{LONG}/datastores/workspaceblobstore/paths/models/churn/1",
        f"{LONG}/datastores/workspaceblobstore/paths/models/churn/2",
        "…/paths/models/churn/1 → …/paths/models/churn/2",
    ),
}


@each("case", CASES)
def test_what_differs_is_shown(case: str) -> None:
    old, new, expected = CASES[case]
    assert difference(old, new) == expected


@each("case", CASES)
def test_two_sides_never_look_the_same(case: str) -> None:
    one, _, other = difference(*CASES[case][:2]).partition(" → ")
    assert one != other


def test_long_lists_and_long_values_stay_short() -> None:
    assert difference(["a"], ["a", *map(str, range(30))]).endswith("+ 9, and 20 more")
    assert len(single("x" * 1000)) == LONGEST
    assert len(difference("x" * 1000 + "a", "x" * 1000 + "b" * 1000)) < 3 * LONGEST
    assert difference(["a"], ["a", "b"], lambda text: f"`{text}`") == "`+ b`"


@each(
    ("resource_id", "scope"),
    [
        (f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/x", "resource group rg"),
        (f"{CPU}/providers/microsoft.authorization/roleassignments/x", "compute cpu"),
        (
            "/subscriptions/5a4d0b0c-0000-4000-8000-000000000001/providers/Microsoft.Authorization/roleAssignments/x",
            "subscription 5a4d0b0c-0000-4000-8000-000000000001",
        ),
        (
            "/providers/Microsoft.Management/managementGroups/mg/providers/Microsoft.Authorization/roleAssignments/x",
            "management group mg",
        ),
        ("/providers/Microsoft.Authorization/roleAssignments/x", "the tenant"),
    ],
)
def test_a_role_assignment_says_its_scope(resource_id: str, scope: str) -> None:
    assert scope_of(resource_id) == scope
