"""The file fleet.yml: the stacks, and what they have in common."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from azureml_infra.entities.base import LOCAL, Model

_STACK = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$"
_KUBERNETES = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"


class SecretKey(Model, use_attribute_docstrings=True):
    """One value of a Kubernetes Secret."""

    name: Annotated[str, LOCAL]
    """Name of the Secret."""
    key: Annotated[str, LOCAL]
    """Which of its values."""


class Operator(Model, use_attribute_docstrings=True):
    """How the Pulumi Kubernetes Operator runs stacks: where it finds code and state, and as whom."""

    repository: Annotated[str | None, LOCAL] = None
    """Address of the git repository that holds the project."""
    branch: Annotated[str | None, LOCAL] = None
    """The branch that is deployed, such as `main`."""
    directory: Annotated[str | None, LOCAL] = None
    """Folder of Pulumi.yaml in the repository; its top if left out."""
    backend: Annotated[str | None, Field(pattern=r"^azblob://[a-z0-9$-]+(/[^?]*)?(\?.+)?$"), LOCAL] = None
    """Where state is: `azblob://CONTAINER?storage_account=ACCOUNT`."""
    namespace: Annotated[str | None, Field(pattern=_KUBERNETES), LOCAL] = None
    """The Kubernetes namespace."""
    service_account: Annotated[str | None, Field(pattern=_KUBERNETES), LOCAL] = None
    """The Kubernetes service account that workspaces run as; one is made of this name."""
    client_id: Annotated[str | None, LOCAL] = None
    """Client id of the managed identity that the service account stands for (Microsoft Entra Workload ID)."""
    tenant_id: Annotated[str | None, LOCAL] = None
    """The tenant of that identity."""
    image: Annotated[str | None, LOCAL] = None
    """The container image with the pulumi CLI and Python."""
    git_secret: Annotated[SecretKey | None, LOCAL] = None
    """A personal access token for a private repository."""
    secrets: Annotated[dict[str, SecretKey] | None, LOCAL] = None
    """Environment variables from Secrets: `PULUMI_CONFIG_PASSPHRASE: {name: …, key: …}`."""
    resync_minutes: Annotated[int | None, Field(ge=1), LOCAL] = None
    """How often a stack is compared with Azure although nothing was pushed; never if left out."""
    preview_only: Annotated[bool | None, LOCAL] = None
    """Whether it only previews."""


class Layer(Model, use_attribute_docstrings=True):
    """What all stacks, those of an environment, or one stack say."""

    region: Annotated[str | None, Field(pattern=r"^[a-z0-9]+$"), LOCAL] = None
    """Azure region: the description's `location`."""
    config: Annotated[dict[str, Any] | None, LOCAL] = None
    """Settings of the stack, as in Pulumi.STACK.yaml: `azure-native:subscriptionId: …`."""
    secrets_provider: Annotated[str | None, LOCAL] = None
    """What encrypts secrets: `azurekeyvault://VAULT.vault.azure.net/keys/KEY`, or `passphrase`."""
    overrides: Annotated[dict[str, Any] | None, LOCAL] = None
    """Overrides of the description: a part of a platform.yml."""
    operator: Annotated[Operator | None, LOCAL] = None
    """How the Pulumi Kubernetes Operator runs it."""


class StackEntry(Layer):
    """One stack."""

    name: Annotated[str, Field(pattern=_STACK), LOCAL]
    """Its name, as in `pulumi stack select`."""
    description: Annotated[str, LOCAL]
    """The folder of platform.yml, seen from Pulumi.yaml."""
    environment: Annotated[str, LOCAL]
    """One of `environments`: dev, test, production."""


class FleetFile(Model, use_attribute_docstrings=True):
    """A fleet."""

    called: ClassVar[str] = "the fleet"

    defaults: Annotated[Layer, LOCAL] = Field(default_factory=Layer)
    """What all stacks have in common."""
    environments: Annotated[dict[str, Layer], Field(min_length=1), LOCAL]
    """What the stacks of an environment have in common; it takes precedence over `defaults`."""
    stacks: Annotated[list[StackEntry], Field(min_length=1), LOCAL]
    """The stacks."""
