"""Assets in a registry: made there, or copied there from the workspace as ``az ml model share`` does."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import model_validator

from azureml_arm import ids
from azureml_infra.entities.base import LOCAL, Entity, InputStr, LocalPath, Model, Refers, is_output, refusal
from azureml_infra.entities.body import leaves
from azureml_infra.entities.references import BadReferenceError, parse
from azureml_infra.entities.words import Check, Version, name_rule

_TYPE = "Microsoft.MachineLearningServices/registries"


def _id_of_a_registry(given: Any) -> Any:
    if ids.is_id(given) and ids.parse(given).type.lower() != _TYPE.lower():
        expected = f"/subscriptions/…/providers/{_TYPE}/…"
        raise refusal("this isn't the id of an Azure ML registry", expected)
    return given


if TYPE_CHECKING:
    RegistryName = str
else:
    RegistryName = Annotated[InputStr, Check(_id_of_a_registry)]
"""An Azure ML registry: the name of one in the description, or the ARM id of one that is there."""


class InRegistry(Model):
    """An asset that may be made in a registry."""

    registry: Annotated[RegistryName | None, Refers(("registries",)), LOCAL] = None
    """Makes it in a registry in place of the workspace, as `--registry-name` of az ml does: the name of one in this
    description, or the ARM id of one that is there. What it refers to by a short name is in that registry, too."""

    @model_validator(mode="after")
    def _can_be_in_a_registry(self) -> Self:
        if self.registry is None:
            return self
        if not getattr(self, "version", None):
            what, expected = "an asset in a registry has a version that everybody names", "version: …"
            raise refusal(what, expected)
        built = next((leaf for leaf in leaves(self) if leaf.spec.uploads and leaf.spec.uploads.url), None)
        if built is not None and isinstance(built.value, LocalPath):
            what = "a registry takes no folder to build an image from"
            expected = "an image, with a conda_file or not; or an environment of the workspace under `share`"
            raise refusal(what, expected, *built.location)
        return self


SHARED = {"component": "components", "environment": "environments", "model": "models", "data": "data"}
"""What can be shared -> its family."""


class ShareArgs(Entity):
    """An asset of the workspace that is copied into a registry, for other workspaces."""

    family: ClassVar[str] = "share"
    kind: ClassVar[str] = "share"

    component: Annotated[InputStr | None, Refers(("components",)), LOCAL] = None
    """The component: `azureml:NAME:VERSION`, or `azureml:NAME` of one in this description."""
    environment: Annotated[InputStr | None, Refers(("environments",)), LOCAL] = None
    """The environment."""
    model: Annotated[InputStr | None, Refers(("models",)), LOCAL] = None
    """The model."""
    data: Annotated[InputStr | None, Refers(("data",)), LOCAL] = None
    """The data asset."""
    registry: Annotated[RegistryName, Refers(("registries",)), LOCAL]
    """The registry: the name of one in this description, the ARM id of one that is there, or its name."""
    share_with_name: Annotated[str | None, name_rule("model"), LOCAL] = None
    """The asset's name in the registry; its own if left out."""
    share_with_version: Annotated[Version | None, LOCAL] = None
    """The asset's version in the registry; its own if left out."""

    @model_validator(mode="after")
    def _is_one_asset_with_a_version(self) -> Self:
        given = [word for word in SHARED if getattr(self, word) is not None]
        if len(given) != 1:
            what = "this is several assets" if given else "no asset is named"
            raise refusal(what, "one of component, environment, model and data")
        reference = self.shared
        if not is_output(reference):
            try:
                found = parse(reference)
            except BadReferenceError:
                return self
            if found.form not in ("workspace", "resource") or found.label is not None or found.path is not None:
                expected = "azureml:NAME:VERSION, an asset of the workspace"
                what = "a version of the workspace's own is shared"
                raise refusal(what, expected, given[0])
        return self

    @property
    def shared_family(self) -> str:
        """Return the family of the asset."""
        return next(family for word, family in SHARED.items() if getattr(self, word) is not None)

    @property
    def shared(self) -> Any:
        """Return the reference to the asset."""
        return next(given for word in SHARED if (given := getattr(self, word)) is not None)

    @property
    def name(self) -> str:
        """Return the asset's name in the registry; empty where only the run knows it."""
        return self.share_with_name or self._part("name")

    @property
    def version(self) -> str | None:
        """Return the asset's version in the registry, as far as the description says it."""
        return self.share_with_version or self._part("version") or None

    def _part(self, part: str) -> str:
        try:
            return "" if is_output(self.shared) else getattr(parse(self.shared), part) or ""
        except BadReferenceError:
            return ""
