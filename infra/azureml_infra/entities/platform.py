"""The file platform.yml: a platform's place and name, its access, and its entities."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, GetJsonSchemaHandler, model_validator

from azureml_arm.tags import RESOURCE, STORAGE_ACCOUNT
from azureml_infra.entities.access import AccessEntry
from azureml_infra.entities.base import LOCAL, Model, refusal
from azureml_infra.entities.fields import REGION
from azureml_infra.entities.guardrails import DATA_SCIENTIST, GuardrailsArgs
from azureml_infra.entities.notebooks import NOTEBOOKS, NotebooksArgs
from azureml_infra.entities.tags import Tags, refuse_together
from azureml_infra.entities.words import Check, name_rule, short_for
from azureml_infra.entities.workspace import RegistryChoice, RegistryMode, WorkspaceArgs
from azureml_infra.entities.workspace_kinds import AnyWorkspace, ProjectArgs
from azureml_infra.yaml.problems import quote

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


NAME = "[a-z][a-z0-9-]{1,22}[a-z0-9]"
"""A platform's name."""


NOT_YET = (
    "alerts", "budget", "budgets", "dashboards", "diagnostic_settings", "diagnostics", "dns",
    "feature_stores", "private_dns_zones", "private_endpoints", "virtual_networks",
)  # fmt: skip
"""Sections that a platform will have one day."""


_FILE_WITH_MORE = {
    "type": "object",
    "description": "The path of an az ml file, and fields over what it says.",
    "properties": {"path": {"type": "string", "pattern": r"\.ya?ml$"}},
    "required": ["path"],
}
"""An item of a section that is a file and more (`azureml_infra.description.items`)."""


class _ItemsOf:
    """The items of a section, for the editor's JSON Schema; loading a description validates them one by one."""

    def __init__(self, section: str) -> None:
        self.section = section

    def __get_pydantic_json_schema__(self, _schema: "CoreSchema", handler: GetJsonSchemaHandler) -> "JsonSchemaValue":
        # Not at the top: the kinds take every model with them.
        from azureml_infra.entities.kinds import KINDS

        models = [kind.model for kind in KINDS if kind.section == self.section]
        items = [handler(model.__pydantic_core_schema__) for model in models]
        file = {"type": "string", "description": "Path or glob of az ml files, relative to this folder."}
        more = [] if any("path" in model.model_fields for model in models) else [_FILE_WITH_MORE]
        return {"type": "array", "items": {"anyOf": [file, *more, *items]}}


_GroupName = Annotated[str, name_rule("resource_group")]


class ResourceGroup(Model):
    """The resource group that everything is in."""

    name: Annotated[_GroupName, LOCAL]
    """Its name."""
    existing: Annotated[bool, LOCAL] = False
    """Whether it is there already and only used."""


def _holds(pattern: str, expected: str, dash: str = "-") -> Check:
    def check(given: str) -> str:
        if re.fullmatch(pattern, given):
            return given
        near = re.sub("[^a-z0-9]+", dash, given.lower())
        suggestion = f'"{near}"' if re.fullmatch(pattern, near) else ""
        raise refusal(f'"{given}" can\'t be used', expected, suggestion=suggestion)

    return Check(check, lambda: {"pattern": f"^({pattern})$"})


_Items = list[str | dict[str, Any]]


class PlatformDescription(Model):
    """A platform. Each section holds az ml's fields in place, or paths or globs of az ml files."""

    not_yet = NOT_YET

    schema_: Annotated[str | None, LOCAL] = Field(default=None, alias="$schema")
    """Where an editor finds the JSON Schema of this file."""
    name: Annotated[str, LOCAL, _holds(NAME, "3 to 24 lower-case letters, digits and dashes, with a letter first")]
    """Name of the platform: 3 to 24 lower-case letters, digits and dashes. Azure names derive from it."""
    location: Annotated[
        str, LOCAL, REGION, _holds("[a-z0-9]+", "a region as `az account list-locations` names it: westeurope", "")
    ]
    """Azure region, such as `westeurope`."""
    resource_group: Annotated[ResourceGroup | None, short_for("name", _GroupName | ResourceGroup | None), LOCAL] = None
    """Resource group: a name, or `{name: …, existing: true}`; one is made and named after the platform if left out."""
    tags: Annotated[Tags | None, LOCAL] = None
    """Names and values for everything that has tags."""
    workspace: Annotated[AnyWorkspace, LOCAL] = Field(default_factory=WorkspaceArgs)
    """The workspace, in the fields of `az ml workspace create --file`."""
    registry: Annotated[RegistryChoice, LOCAL] = Field(default_factory=RegistryMode)
    """The container registry: `lazy`, `managed` or `existing`, or a mapping with more."""
    access: Annotated[list[AccessEntry], LOCAL] = Field(default_factory=list)
    """Role assignments."""
    notebooks: Annotated[list[NotebooksArgs], NOTEBOOKS, LOCAL] = Field(default_factory=list)
    """Notebooks and scripts for everyone's compute instance: a file or folder, or a list of them."""
    guardrails: Annotated[GuardrailsArgs | None, LOCAL] = None
    """What Azure itself enforces, also outside of this description: a role, a policy."""
    adopt: Annotated[bool | list[str], LOCAL] = False
    """What is taken into the stack as it is in Azure, where somebody else made it: everything, or a list of `workspace`
    (with what it stands on) and of sections and names (`computes/cpu`). What differs from the description is updated,
    and never replaced."""
    retain: Annotated[bool | list[str], LOCAL] = False
    """What stays in Azure when it leaves the stack: everything, or a list of sections and names (`computes/cpu`). After
    an `up` with it, its lines can go, or `pulumi destroy` be run: none of it is deleted, nor protected from that. What
    was adopted is given back so."""
    deleted: Annotated[Literal["fail", "recover", "purge"], LOCAL] = "recover"
    """What becomes of what Azure still keeps under a name of this platform, deleted: `recover` takes its vault back,
    `fail` ends the run. `purge` deletes it for good where Azure lets it, and frees the workspace's name on `destroy`.
    """
    preflight: Annotated[Literal["warn", "refuse", "none"], LOCAL] = "warn"
    """What becomes of what Azure won't take, asked before anything is made: quota, sizes, regions, names, providers,
    rights, policies. `warn` tells it with its line, `refuse` ends the run, `none` doesn't ask.
    """
    strict: Annotated[bool, LOCAL] = False
    """Whether a reference to something that isn't described here is an error, not a warning."""
    keep_aliases: Annotated[bool, LOCAL] = False
    """Keeps azure-native's own type aliases, for a stack whose state has versioned types."""
    include: Annotated[list[str], LOCAL] = Field(default_factory=list)
    """Paths or globs of az ml files of any kind, which `$schema` or `type` determines."""
    registries: Annotated[_Items, _ItemsOf("registries"), LOCAL] = Field(default_factory=list)
    """Azure ML registries, which workspaces share assets by."""
    computes: Annotated[_Items, _ItemsOf("computes"), LOCAL] = Field(default_factory=list)
    """Clusters, instances and attached computes."""
    datastores: Annotated[_Items, _ItemsOf("datastores"), LOCAL] = Field(default_factory=list)
    """Connections to storage."""
    environments: Annotated[_Items, _ItemsOf("environments"), LOCAL] = Field(default_factory=list)
    """What code runs in."""
    data: Annotated[_Items, _ItemsOf("data"), LOCAL] = Field(default_factory=list)
    """Data assets."""
    models: Annotated[_Items, _ItemsOf("models"), LOCAL] = Field(default_factory=list)
    """Registered models."""
    components: Annotated[_Items, _ItemsOf("components"), LOCAL] = Field(default_factory=list)
    """The building blocks of pipelines."""
    share: Annotated[_Items, _ItemsOf("share"), LOCAL] = Field(default_factory=list)
    """Assets of the workspace that are copied into a registry, as `az ml model share` does."""
    online_endpoints: Annotated[_Items, _ItemsOf("online_endpoints"), LOCAL] = Field(default_factory=list)
    """Addresses that answer requests."""
    online_deployments: Annotated[_Items, _ItemsOf("online_deployments"), LOCAL] = Field(default_factory=list)
    """Deployments of online endpoints."""
    batch_endpoints: Annotated[_Items, _ItemsOf("batch_endpoints"), LOCAL] = Field(default_factory=list)
    """Addresses that start jobs over a lot of data."""
    batch_deployments: Annotated[_Items, _ItemsOf("batch_deployments"), LOCAL] = Field(default_factory=list)
    """Deployments of batch endpoints."""
    marketplace_subscriptions: Annotated[_Items, _ItemsOf("marketplace_subscriptions"), LOCAL] = Field(
        default_factory=list
    )
    """Consents to the prices of models that are rented."""
    serverless_endpoints: Annotated[_Items, _ItemsOf("serverless_endpoints"), LOCAL] = Field(default_factory=list)
    """Addresses that answer requests to rented models, paid by the token."""
    feature_store_entities: Annotated[_Items, _ItemsOf("feature_store_entities"), LOCAL] = Field(default_factory=list)
    """In a feature store: what features are about."""
    feature_sets: Annotated[_Items, _ItemsOf("feature_sets"), LOCAL] = Field(default_factory=list)
    """In a feature store: features that are computed together."""
    jobs: Annotated[_Items, _ItemsOf("jobs"), LOCAL] = Field(default_factory=list)
    """Commands and pipelines that `up` submits."""
    connections: Annotated[_Items, _ItemsOf("connections"), LOCAL] = Field(default_factory=list)
    """Other services, and what the workspace signs in to them with."""
    capability_hosts: Annotated[_Items, _ItemsOf("capability_hosts"), LOCAL] = Field(default_factory=list)
    """In a hub or a project: what agents work with."""
    schedules: Annotated[_Items, _ItemsOf("schedules"), LOCAL] = Field(default_factory=list)
    """What is started again and again: jobs, monitors of models, imports of data."""
    data_imports: Annotated[_Items, _ItemsOf("data_imports"), LOCAL] = Field(default_factory=list)
    """Data that is copied from outside of Azure into a data asset, by a connection."""
    ingestion: Annotated[_Items, _ItemsOf("ingestion"), LOCAL] = Field(default_factory=list)
    """Data that comes into the lake again and again, each time as a version of a data asset, and starts a job."""

    @model_validator(mode="after")
    def _tags_fit_together(self) -> Self:
        """Check the platform's tags as they are on the storage account, and with those of workspace and registry."""
        own = self.tags or {}
        makes_storage = self.workspace.storage_account is None and not isinstance(self.workspace, ProjectArgs)
        for name in own if makes_storage else ():
            if expected := STORAGE_ACCOUNT.name_fault(name):
                what = f"{quote(name)} can't be the name of a tag of the storage account, which gets it, too"
                raise refusal(what, expected, "tags")
        for word, more in (("workspace", self.workspace.tags), ("registry", self.registry.tags)):
            refuse_together({**own, **(more or {})}, RESOURCE, word)
        return self

    @model_validator(mode="after")
    def _notebooks_have_places(self) -> Self:
        """Refuse two entries that are one thing in the file share, whose names have no case."""
        seen: set[str] = set()
        for entry in self.notebooks:
            if entry.target.lower() in seen:
                what = f"two entries become {quote(entry.target)} in the file share"
                raise refusal(what, "another folder in `to`", "notebooks")
            seen.add(entry.target.lower())
        return self

    @model_validator(mode="after")
    def _existing_is_only_used(self) -> Self:
        """Refuse what would change a workspace that is there already."""
        if not self.workspace.existing:
            return self
        if self.resource_group is None:
            raise refusal("the resource group of an existing workspace isn't known", "resource_group")
        for word in ("registry", "deleted"):
            if word in self.model_fields_set:
                raise refusal(f"{word} would change a workspace that is only used", "nothing, or existing: false", word)
        return self

    @model_validator(mode="after")
    def _has_one_registry(self) -> Self:
        """Refuse a registry of a project's own."""
        if isinstance(self.workspace, ProjectArgs) and "registry" in self.model_fields_set:
            raise refusal("a project has the registry of its hub", "no registry", "registry")
        return self

    @model_validator(mode="before")
    @classmethod
    def _call_the_role_by_one_name(cls, given: Any) -> Any:
        """Accept in `access` the name that the role has in Azure."""
        if not isinstance(given, dict) or not isinstance(given.get("access"), list):
            return given
        name = _name_of_the_role(given.get("guardrails"))
        return {**given, "access": [_rename(entry, name) for entry in given["access"]]} if name else given


def _name_of_the_role(guardrails: Any) -> str:
    role = guardrails.get("data_scientist_role") if isinstance(guardrails, dict) else None
    name = role.get("name") if isinstance(role, dict) else None
    return name.strip().lower() if isinstance(name, str) else ""


def _rename(entry: Any, name: str) -> Any:
    role = entry.get("role") if isinstance(entry, dict) else None
    return {**entry, "role": DATA_SCIENTIST} if isinstance(role, str) and role.strip().lower() == name else entry


def platform_name(workspace: str) -> str:
    """Return a platform's name that is close to a workspace's, within its own rule."""
    plain = re.sub(r"[^a-z0-9]+", "-", workspace.lower()).strip("-")[:24].strip("-")
    return plain if re.fullmatch(NAME, plain) else f"ml-{plain}"[:24].strip("-")
