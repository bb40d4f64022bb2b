"""Field types that infrastructure shares: VM sizes, ARM ids, SSH keys, identities, settings that the GA API lacks."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BeforeValidator, model_validator

from azureml_arm import ids, regions, sizes
from azureml_infra.entities.base import LOCAL, Arm, InputStr, Model, Validator, before, is_output, refusal
from azureml_infra.entities.words import Check, in_any_case, pascal, snake

LOWER = before(lambda value: value.lower() if isinstance(value, str) else value)
"""For `type:` words: az ml takes them in any letter case."""


def _convert_type(convert: Callable[[str], str]) -> Validator:
    def check(given: Any) -> Any:
        type_ = given.get("type") if isinstance(given, Mapping) else None
        return {**given, "type": convert(type_)} if isinstance(type_, str) else given

    return before(check)


LOWER_TYPE, TYPE_IN_ANY_CASE = _convert_type(str.lower), _convert_type(snake)
"""The same for a union whose models are told by `type:`."""

M = TypeVar("M", bound=Model)


def refuse_misfits(given: M, fitting: Mapping[str, tuple[str, ...]]) -> M:
    """Return a model, or raise where a field is set that has no meaning with its `type`. `fitting` has the optional
    fields by type.
    """
    type_ = str(getattr(given, "type"))  # noqa: B009  (each model has its own words for it)
    fields = fitting.get(type_, ())
    optional = {name for names in fitting.values() for name in names}
    for name in sorted(given.model_fields_set & optional - set(fields)):
        raise refusal(f"`{name}` has no meaning with type {type_}", _fitting(name, fields, fitting))
    return given


def _fitting(name: str, fields: tuple[str, ...], fitting: Mapping[str, tuple[str, ...]]) -> str:
    words = fields or [f"type: {type_}" for type_, names in fitting.items() if name in names]
    return " or ".join(f"`{word}`" for word in words)


def _vm_size(given: Any) -> Any:
    size = sizes.find(given)
    if size is None:
        near = ", ".join(sizes.nearest(given))
        what = f'"{given}" is not a VM size that Azure ML offers'
        raise refusal(what, "one of `azureml-infra compute list-sizes`", suggestion=near)
    return size.name


def _region(given: Any) -> Any:
    if regions.canonical_region(given) in regions.KNOWN:
        return given
    near = regions.nearest(given)
    what = f'"{given}" is not a region of Azure'
    raise refusal(what, "a name of `az account list-locations`", suggestion=f'"{near}"' if near else "")


_NO_REGION = "Not a region of Azure: `az account list-locations` lists them."
REGION = Check(_region, lambda: in_any_case(sorted(regions.KNOWN), _NO_REGION, gap=" ?"))
Region = Annotated[InputStr, REGION]
"""A region by its name, ``westeurope``, or by what the portal calls it."""


_NO_SIZE = "Not a VM size that Azure ML offers: `azureml-infra compute list-sizes` lists them."
_SIZE_EXAMPLES = ["Standard_DS3_v2", "Standard_E4s_v3", "Standard_NC4as_T4_v3"]
VmSize = Annotated[
    InputStr,
    Check(_vm_size, lambda: {**in_any_case((one.name for one in sizes.sizes()), _NO_SIZE), "examples": _SIZE_EXAMPLES}),
]
"""A VM size in any letter case; becomes the size's own name."""


def upper(size: str) -> str:
    """Return a VM size as Azure ML reports it, so that letter case is no change."""
    return size.upper()


def size_name(given: str) -> str:
    """Return a VM size's own name, whatever the letter case."""
    found = sizes.find(given)
    return found.name if found is not None else given


def id_of(type_name: str | None = None) -> Check:
    """Return a validator of ARM ids, of one type if one is given (``Microsoft.KeyVault/vaults``)."""
    expected = f"/subscriptions/…/providers/{type_name or '…'}/…"

    def check(given: Any) -> Any:
        if not ids.is_id(given):
            what = "is not an ARM id"
        elif "<" in given:
            what = "has a placeholder that isn't filled in"
        elif type_name is not None and ids.parse(given).type.lower() != type_name.lower():
            what = f"is the id of something else, a {ids.parse(given).type}"
        else:
            return given
        raise refusal(f'"{given}" {what}', expected)

    return Check(check)


ArmId = Annotated[InputStr, id_of()]
"""The ARM id of anything, or a Pulumi Output."""


def refuse_both(identity: "Identity | None") -> "Identity | None":
    """Raise for an identity of both kinds, where only one is possible."""
    if identity is not None and "," in identity.type:
        expected = "type: system_assigned or type: user_assigned"
        raise refusal("it can't have both kinds of identity", expected)
    return identity


_SUBNET = "Microsoft.Network/virtualNetworks/subnets"
SubnetId = Annotated[InputStr, id_of(_SUBNET)]


def _subnet(given: Any) -> Any:
    if re.fullmatch(r"[^/\s]+/[^/\s]+", given):
        return given
    if ids.is_id(given) and ids.parse(given).type.lower() == _SUBNET.lower():
        return given
    expected = f"VNET/SUBNET of the workspace's resource group, or /subscriptions/…/providers/{_SUBNET}/…"
    raise refusal(f'"{given}" names no subnet', expected)


Subnet = Annotated[InputStr, Check(_subnet)]
"""A subnet: ``VNET/SUBNET`` of the workspace's resource group, an ARM id, or a Pulumi Output."""
IdentityId = Annotated[InputStr, id_of("Microsoft.ManagedIdentity/userAssignedIdentities")]
StorageId = Annotated[InputStr, id_of("Microsoft.Storage/storageAccounts")]
KeyVaultId = Annotated[InputStr, id_of("Microsoft.KeyVault/vaults")]
ApplicationInsightsId = Annotated[InputStr, id_of("Microsoft.Insights/components")]
RegistryId = Annotated[InputStr, id_of("Microsoft.ContainerRegistry/registries")]

_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def _guid(given: Any) -> Any:
    if re.fullmatch(_GUID, given):
        return given
    raise refusal("this is not a GUID", "00000000-0000-0000-0000-000000000000's form")


def guid_form() -> dict[str, Any]:
    """Return the JSON Schema of a GUID."""
    return {"pattern": f"^{_GUID}$"}


Guid = Annotated[InputStr, Check(_guid, guid_form)]
"""An id of Microsoft Entra: a tenant's, an application's or an object's."""

_PUBLIC_KEY = re.compile(r"(ssh-(rsa|ed25519|dss)|ecdsa-sha2-\S+|sk-\S+) [A-Za-z0-9+/=]+( .*)?\s*", re.DOTALL)


def _public_key(given: Any) -> Any:
    if _PUBLIC_KEY.fullmatch(given):
        return given
    what = "this is a private key" if "PRIVATE KEY" in given else "this is not an SSH public key"
    raise refusal(what, "ssh-rsa AAAA…, the text of a .pub file")


SshPublicKey = Annotated[InputStr, Check(_public_key)]
"""The text of an SSH public key."""


NOT_IN_GA = "Azure's GA API doesn't have it"


def only(value: Any, why: str) -> Check:
    """Return a validator for a setting that Azure's GA API lacks: only the service's own default is accepted."""

    def check(given: Any) -> Any:
        if given != value:
            raise refusal(f"this can't be set: {why}", "nothing" if value is None else f"{_yaml(value)}, or nothing")
        return given

    return Check(check, lambda: {"type": "null"} if value is None else {"enum": [value, None]})


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def whole_minutes(count: int) -> str:
    """Return an ISO 8601 duration in minutes: 60 -> ``PT60M``."""
    return f"PT{count}M"


def same_id(one: Any, other: Any) -> bool:
    """Return whether two ids, or Outputs of ids, are of one thing as far as that is known before the run."""
    return one is other or (isinstance(one, str) and isinstance(other, str) and ids.same(one, other))


class UserAssignedIdentity(Model):
    """A user-assigned managed identity."""

    resource_id: IdentityId
    """Its ARM id."""
    client_id: Annotated[InputStr | None, LOCAL] = None
    """Client id; Azure finds it by the resource id."""
    principal_id: Annotated[InputStr | None, LOCAL] = None
    """Object id of its service principal: needed where this program gives the identity roles."""
    tenant_id: Annotated[InputStr | None, LOCAL] = None
    """Tenant; Azure finds it by the resource id."""

    @property
    def principal(self) -> Any:
        """Return the object id that roles are assigned to, or None if it wasn't given."""
        return self.principal_id


def _identities(given: Any) -> Any:
    """Turn az ml's two shapes into one: a list of ids or mappings (computes), a mapping by id (workspaces)."""
    if isinstance(given, Mapping):
        named = ((key, {} if more is None else more) for key, more in given.items())
        return [{"resource_id": key, **more} if isinstance(more, Mapping) else more for key, more in named]
    if isinstance(given, list | tuple):
        return [{"resource_id": item} if isinstance(item, str) or is_output(item) else item for item in given]
    return given


def _by_id(identities: list[dict[str, Any]]) -> Any:
    """Return ARM's shape, a mapping by id; an Output if ids are known only when the program runs."""
    known = [identity["resourceId"] for identity in identities]
    outputs = [one for one in known if is_output(one)]
    if outputs:
        return outputs[0].all(*known).apply(lambda all_known: {one: {} for one in all_known})
    return {one: {} for one in known}


def _id_list(given: Any) -> Any:
    """Return the list of a mapping by id; what Azure says of each identity is left out."""
    return [{"resourceId": key} for key in given] if isinstance(given, Mapping) else given


def _identity_type(given: Any) -> Any:
    return ",".join(snake(part.strip(" _")) for part in given.split(",")) if isinstance(given, str) else given


def _arm_identity_type(word: str) -> str:
    return ",".join(pascal(part) for part in word.split(","))


_IdentitiesInput = list[str | UserAssignedIdentity] | dict[str, dict[str, Any] | None] | None


class Identity(Model):
    """The Microsoft Entra identity that a resource acts with."""

    type: Annotated[
        Literal["system_assigned", "user_assigned", "system_assigned,user_assigned", "none"],
        BeforeValidator(_identity_type),
        Arm("type", _arm_identity_type, back=_identity_type),
    ]
    """The resource's own identity, given ones, both, or none."""
    user_assigned_identities: Annotated[
        list[UserAssignedIdentity] | None,
        BeforeValidator(_identities, json_schema_input_type=_IdentitiesInput),
        Arm("userAssignedIdentities", _by_id, back=_id_list),
    ] = None
    """The given identities: a list of `resource_id`s, or a mapping by id as `az ml workspace` has it."""
    principal_id: Annotated[str | None, LOCAL] = None
    """Set by Azure; taken so that what az ml prints can be read back."""
    tenant_id: Annotated[str | None, LOCAL] = None
    """Set by Azure; taken so that what az ml prints can be read back."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Refuse a type without the identities that it needs (ARM: MissingIdentityIds), and identities without it."""
        uses = "user_assigned" in self.type.split(",")
        if uses and not self.user_assigned_identities:
            what, expected = f"type: {self.type} has no identities", "user_assigned_identities"
        elif self.user_assigned_identities and not uses:
            what, expected = f"type: {self.type} leaves out the user_assigned_identities", "type: user_assigned"
        else:
            return self
        raise refusal(what, expected)

    @property
    def user_identities(self) -> list[UserAssignedIdentity]:
        """Return the given identities, if the type uses them."""
        return (self.user_assigned_identities or []) if "user_assigned" in self.type.split(",") else []
