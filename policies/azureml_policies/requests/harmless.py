"""Resource types that ask nothing of Azure and run nothing, read from `harmless.csv` with the reason of each.

A type that no reader knows and that isn't here could do anything, as a shell command could. So a type belongs here only
if it can neither run code, nor send a request that it is told to send, nor give anybody rights. Tokens are in lower
case; ``*`` stands for any text.
"""

import re
from fnmatch import translate
from functools import cache
from pathlib import Path

from azureml_arm.tables import read_table

_TABLE = Path(__file__).with_name("harmless.csv")


def reasons() -> dict[str, str]:
    """Return each pattern of tokens with the reason why it is harmless."""
    return {row["token"]: row["reason"] for row in read_table(_TABLE)}


@cache
def is_harmless(token: str) -> bool:
    """Return whether a token, in lower case, is of a type that asks nothing of Azure."""
    return _patterns().fullmatch(token) is not None


@cache
def _patterns() -> re.Pattern[str]:
    return re.compile("|".join(map(translate, reasons())))
