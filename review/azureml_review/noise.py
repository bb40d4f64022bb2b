"""Differences that an engine shows and that change nothing in Azure, each with its reason.

Causes: pulumi-azure-native#3225 (system data, managed network), azure-rest-api-specs#8323 (ids in another case), and
the defaults that Azure fills in.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from azureml_arm.compare import READ_ONLY
from azureml_review.model import Noise
from azureml_review.paths import at, dot_path

_REGISTRY = "containerregistry"
READ_ONLY_WHY = "only Azure sets it"
CASE_WHY = "the same id, written in another case"
REGISTRY_WHY = "the registry that Azure ML attached by itself; it stays"
DEFAULT_WHY = "Azure's default, which the description doesn't set"
SPELLING_WHY = "the same value, written in another way"


def noise_of(shown: Iterable[str], real: Iterable[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Noise]:
    """Return the paths that the engine shows although nothing changes at them.

    `shown` are the engine's, `real` the ones that change; `old` and `new` are the inputs.
    """
    known = [_plain(path) for path in real]
    quiet = [path for path in shown if not any(_covers(_plain(path), one) for one in known)]
    return [Noise(path, _why(path, at(old, path), at(new, path))) for path in quiet]


def _why(path: str, old: Any, new: Any) -> str:
    last = _plain(path).rpartition(".")[2]
    if READ_ONLY & set(_plain(path).split(".")):
        return READ_ONLY_WHY
    if last == _REGISTRY and new is None:
        return REGISTRY_WHY
    if isinstance(old, str) and isinstance(new, str) and old.lower() == new.lower():
        return CASE_WHY if old.startswith("/") else SPELLING_WHY
    return SPELLING_WHY if old is not None and new is not None else DEFAULT_WHY


def _plain(path: str) -> str:
    """Return a path without the wrapping ``properties.``, in lower case."""
    lowered = dot_path(path.lower())
    while lowered.startswith("properties."):
        lowered = lowered.removeprefix("properties.")
    return lowered


def _covers(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
