"""No inputs of a planned resource break their reader."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from azureml_arm.types import TYPES
from azureml_policies.requests.tables import EXTRA
from azureml_policies.requests.terraform_table import TABLE
from azureml_policies.requests.unknown import UNKNOWN
from kit.arm_writes import CLUSTER, COMPUTE, WORKSPACE, behind, only

KNOWN = sorted(
    {
        *(entry.token for entry in (*EXTRA, *TYPES)),
        *(f"azure:{token.replace(':', '/x:')}" for entry in TABLE for token in entry.classic),
        *(f"contoso:tf:azurerm_{entry.terraform}" for entry in TABLE),
        "azure-native:resources:Resource",
        "azapi:index/resource:Resource",
        "azapi:index/updateResource:UpdateResource",
        "azapi:index/resourceAction:ResourceAction",
        "command:local:Command",
        "kubernetes:apiextensions.k8s.io:CustomResource",
    }
)
WORDS = sorted(
    {
        *(name for entry in (*EXTRA, *TYPES) for name in entry.path_names),
        *(argument.partition(".")[0] for entry in TABLE for argument in entry.fields),
        *("properties", "template", "parameters", "resources", "type", "name", "copy", "count", "condition", "body"),
        *(
            "parentId",
            "resourceId",
            "action",
            "method",
            "templateContent",
            "mode",
            "scope",
            "apiVersion",
            "templateLink",
        ),
    }
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=True),
    st.text(max_size=8),
    st.sampled_from(
        [UNKNOWN, f"x{UNKNOWN}", "/", "..", "%2F", "[", "[[x]", "[variables('a')]", "[]", "{}", '{"resources": [1]}']
    ),
    st.sampled_from([WORKSPACE, f"{COMPUTE}@1", COMPUTE, "Microsoft.Resources/deployments", "PUT", "computes/x"]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), inner, max_size=4),
    ),
    max_leaves=12,
)


@given(st.sampled_from(KNOWN), st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=8))
def test_no_inputs_of_a_known_type_break_its_reader(token: str, inputs: dict[str, Any]) -> None:
    for write in behind(token, inputs):
        assert bool(write.opaque) != bool(write.type)
        assert isinstance(write.body, dict) or dict(write.body)
        assert ".." not in write.id.split("/") or write.opaque


@given(st.text(max_size=40), st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=3))
def test_no_token_breaks_the_doors(token: str, inputs: dict[str, Any]) -> None:
    assert isinstance(behind(token, inputs), tuple)


def test_values_that_are_nested_beyond_reason_are_opaque() -> None:
    deep: Any = {}
    for _ in range(5_000):
        deep = {"a": deep}
    found = only("azure-native:machinelearningservices:Compute", {**CLUSTER, "properties": deep})
    assert found.opaque == "values that are nested too deep"
