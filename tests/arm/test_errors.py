"""The reason of a refusal, from bodies as Azure sends them."""

import json
from typing import Any

from azureml_arm.errors import code_of, explain, reason
from kit.rows import each

INNER = {"code": "NotFound", "innerError": {"code": "EndpointNotFound", "innerError": None}}
QUOTA = "Not enough quota available for Standard_F4s_v2. Current usage/limit: 0/6."
VAULT = "A vault with the same name already exists in deleted state."
NESTED: Any = {"error": {"code": "ConflictError", "message": VAULT}}
for code in ("Conflict", "DeploymentFailed"):
    details = [{"code": "Conflict", "message": json.dumps(NESTED, indent=1)}]
    NESTED = {"error": {"code": code, "message": "At least one operation failed.", "details": details}}

BODIES = {
    "a plain one": ({"error": {"code": "Conflict", "message": "It is taken."}}, "Conflict: It is taken."),
    "quota, in the details only": (
        {
            "error": {
                "code": "BadRequest",
                "message": "The request is invalid.",
                "details": [
                    {
                        "code": "InferencingClientCreateDeploymentFailed",
                        "message": QUOTA,
                    }
                ],
            }
        },
        f"BadRequest: The request is invalid. InferencingClientCreateDeploymentFailed: {QUOTA}",
    ),
    "Azure ML's inner code": (
        {
            "error": {
                "code": "UserError",
                "message": "An endpoint with the name 'e' does not exist.",
                "details": [],
                "additionalInfo": [
                    {"type": "Time", "info": {"value": "2023-12-02T02:20:26+00:00"}},
                    {"type": "InnerError", "info": {"value": INNER}},
                ],
            }
        },
        "UserError (EndpointNotFound): An endpoint with the name 'e' does not exist.",
    ),
    "an inner error of its own": (
        {"error": {"code": "UserError", "message": "No connection c.", "innerError": {"code": "NotFoundError"}}},
        "UserError (NotFoundError): No connection c.",
    ),
    "JSON text in JSON text": (
        NESTED,
        f"DeploymentFailed: At least one operation failed. ConflictError: {VAULT}",
    ),
    "a detail that repeats it": (
        {"error": {"code": "A", "message": "No.", "details": [{"code": "A", "message": "No."}]}},
        "A: No.",
    ),
    "without a wrapping": ({"code": "NotFound", "message": "Not here."}, "NotFound: Not here."),
    "a message alone": ({"error": {"message": "Not here."}}, "Not here."),
    "a poll's answer": ({"status": "Failed", "error": {"code": "X", "message": "y"}}, "X: y"),
    "details without a message above": (
        {"error": {"message": None, "details": [{"code": "X", "message": "y"}]}},
        "X: y",
    ),
    "no error": ({"status": "Succeeded"}, ""),
    "text": ("no", ""),
    "a list": ([1], ""),
    "sign-in's": ({"error": "invalid_grant", "error_description": "AADSTS70000"}, ""),
    "strange details": ({"error": {"code": "X", "message": "y", "details": "z", "additionalInfo": "w"}}, "X: y"),
}


@each("case", BODIES)
def test_the_reason_is_all_that_the_body_says(case: str) -> None:
    body, expected = BODIES[case]
    assert reason(body) == expected


def test_the_code_is_the_outermost() -> None:
    assert code_of(BODIES["quota, in the details only"][0]) == "BadRequest"
    assert code_of("text") == ""


def test_a_body_in_a_text_is_explained() -> None:
    body, expected = BODIES["quota, in the details only"]
    assert explain(f'Status=400 Code="BadRequest" Message="{json.dumps(body)}"') == (
        f'Status=400 Code="BadRequest" Message="{expected}"'
    )
    assert explain("nothing {here} at all") == "nothing {here} at all"
    assert explain('{"a": 1} then {"code": "X", "message": "y"}') == '{"a": 1} then X: y'


def test_a_body_without_end_ends() -> None:
    deep: dict[str, Any] = {"code": "X", "message": "y"}
    for _ in range(50):
        deep = {"code": "X", "message": "y", "details": [deep]}
    assert reason(deep) == "X: y"
    for begun in ("{" * 50_000, '{"' * 5_000, '{"a":' * 1_500):
        assert explain(begun) == begun
