"""What the tests of entities share: reading YAML text, request bodies without a program, and real files of az ml."""

from typing import Any, TypeVar

import pytest
import yaml
from pydantic import ValidationError

from azureml_infra.entities.base import Entity, LocalPath, Model
from azureml_infra.entities.body import body
from kit.arm_types import ArmTypes
from kit.paths import SHARED

API = "2025-12-01"
CORPUS = SHARED / "azureml-examples" / "cli" / "resources"
SUBSCRIPTION = "00000000-1111-2222-3333-444444444444"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-ml"
SUBNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/nodes"

TYPES = ArmTypes()
M = TypeVar("M", bound=Model)


class PlainResolver:
    """Answers with texts that say what was asked."""

    def reference(self, families: tuple[str, ...], text: str) -> Any:
        return f"{families[0]}:{text}"

    def anonymous(self, entity: Entity) -> Any:
        return f"anonymous:{entity.kind}"

    def upload(self, path: LocalPath) -> Any:
        return f"upload:{path}"

    def url(self, path: LocalPath) -> Any:
        return f"url:{path}"

    def code(self, path: LocalPath) -> Any:
        return f"code:{path}"

    def secret(self, name: str) -> Any:
        return f"value of {name}"


def load(model: type[M], text: str) -> M:
    """Return an entity from YAML text."""
    return model.model_validate(yaml.safe_load(text))


def request_body(entity: Model, arm_type: str | None = None) -> dict[str, Any]:
    """Return the request body; it conforms to Microsoft's type below a workspace (``computes``) if that is at hand."""
    made = body(entity, PlainResolver())
    if arm_type is not None:
        conforms(f"Microsoft.MachineLearningServices/workspaces/{arm_type}".rstrip("/"), API, made)
    return made


def conforms(arm_type: str, api_version: str, made: dict[str, Any]) -> None:
    """Assert that Microsoft's types allow a request body; nothing where they aren't at hand."""
    if TYPES.present:
        assert TYPES.problems(arm_type, api_version, made) == []


def refusals(model: type[Model], text: str) -> list[tuple[str, str, str]]:
    """Return where, what and what was expected, of each mistake in an entity's YAML."""
    with pytest.raises(ValidationError) as caught:
        load(model, text)
    return [
        (".".join(map(str, error["loc"])), error["msg"], str(error.get("ctx", {}).get("expected", "")))
        for error in caught.value.errors()
    ]
