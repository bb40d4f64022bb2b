"""Cron expressions as Azure ML takes them."""

from azureml_arm.cron import fault
from kit.rows import each


@each(
    "expression",
    ["0 18 * * 1-5", "*/15 8-18 * * MON-FRI", "0,30 9 1 JAN sunday", "1-50/7 0 31 12 0,6", "  0   7 * * *  "],
)
def test_what_azure_takes(expression: str) -> None:
    assert fault(expression) is None


@each(
    ("expression", "what", "expected"),
    [
        ("noon", "is not a cron expression", "minute, hour"),
        ("0 0 18 * * *", "is not a cron expression", "minute, hour"),
        ("61 19 * * *", 'has "61"', "minutes from 0 to 59"),
        ("0 25 * * *", 'has "25"', "hours from 0 to 23"),
        ("0 22-2 * * *", 'has "22-2"', "hours from 0 to 23"),
        ("0 0 0 * *", 'has "0"', "days of the month from 1 to 31"),
        ("0 0 * 13 *", 'has "13"', "months from 1 to 12"),
        ("0 0 * * 7", 'has "7"', "days of the week (0 is Sunday) from 0 to 6"),
        ("0 0 * * funday", 'has "funday"', "days of the week"),
        ("*/0 * * * *", 'has "*/0"', "minutes from 0 to 59"),
        ("1, 2 * * *", 'has ""', "minutes from 0 to 59"),
        ("\u0663 * * * *", 'has "\u0663"', "minutes from 0 to 59"),
    ],
)
def test_what_it_does_not(expression: str, what: str, expected: str) -> None:
    found = fault(expression)
    assert found is not None
    assert found[0] == what
    assert expected in found[1]
