"""A template's parameters and outputs: what their types allow, and what of them is shown."""

from collections.abc import Iterator, Mapping
from typing import Any

from azureml_arm import ids
from azureml_arm.template.evaluate import TemplateScope, member
from azureml_arm.template.functions import equals, string
from azureml_arm.template.resources import lower_names, mapping
from azureml_arm.unknown import has_unknown
from azureml_sandbox.data.vaults import Vaults
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.deployments.order import Order
from azureml_sandbox.services.deployments.refusals import invalid

_HELP = "Please see https://aka.ms/arm-pass-parameter-values for usage details."
_TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "string": ("String", (str,)),
    "securestring": ("SecureString", (str,)),
    "int": ("Int", (int,)),
    "bool": ("Bool", (bool,)),
    "object": ("Object", (dict,)),
    "secureobject": ("SecureObject", (dict,)),
    "array": ("Array", (list,)),
}
_SECURE = frozenset({"securestring", "secureobject"})


def resolve(azure: Cloud, order: Order) -> dict[str, Any]:
    """Return the given parameters, those that are in a key vault fetched; ArmError for what isn't the template's."""
    declared = mapping(order.template.get("parameters"))
    unknown = [name for name in order.given if member(declared, name) is None]
    if unknown:
        known = ", ".join(declared)
        raise invalid(
            f"The template parameters '{', '.join(unknown)}' in the parameters file are not valid; they are not "
            "present in the original template and can therefore not be provided at deployment time. The only supported "
            f"parameters for this template are '{known}'. {_HELP}"
        )
    found = {name: _resolve(azure, order, name, one) for name, one in order.given.items() if one is not None}
    # A null is no value: the default holds, as azure-ai-ml's own template needs it.
    return {name: one for name, one in found.items() if one.get("value") is not None}


def check(order: Order, scope: TemplateScope) -> None:
    """Refuse parameters without a value, or with one that their declaration doesn't allow."""
    for name, declared in _declarations(order):
        if member(scope.given or {}, name) is None and "defaultvalue" not in declared and not declared.get("nullable"):
            raise invalid(
                f"The value for the template parameter '{name}' is not provided. Please see "
                "https://aka.ms/arm-create-parameter-file for usage details."
            )
        value = scope.parameter(name)
        if not has_unknown(value) and not (value is None and declared.get("nullable")):
            _check_value(name, declared, value)


def render(order: Order, scope: TemplateScope) -> dict[str, Any]:
    """Return the parameters as a deployment shows them: what is secret without its value."""
    rendered = {}
    for name, declared in _declarations(order):
        kind = _kind(declared)
        rendered[name] = {"type": _TYPES[kind][0]} | ({} if kind in _SECURE else {"value": scope.parameter(name)})
    return rendered


def outputs(order: Order, scope: TemplateScope) -> dict[str, Any]:
    """Return a template's outputs as a deployment shows them; TemplateError."""
    values = {}
    for name, output in mapping(order.template.get("outputs")).items():
        declared = lower_names(output)
        declared = _with_definition(order, declared) if isinstance(declared, Mapping) else {}
        if _kind(declared) not in _TYPES:
            raise invalid(f"The template output '{name}' has no type, or one that isn't a template's.")
        if scope.value(declared.get("condition", True)) is not False:
            values[name] = _output(name, declared, scope)
    return values


def _output(name: str, declared: Mapping[str, Any], scope: TemplateScope) -> dict[str, Any]:
    kind = _kind(declared)
    loop = declared.get("copy")
    value = scope.repeat(loop) if isinstance(loop, Mapping) else scope.value(declared.get("value"))
    if value is not None and not has_unknown(value) and not _is_of(kind, value):
        raise invalid(
            f"The template output '{name}' is not valid: Template output JToken type is not valid. Expected "
            f"'{_TYPES[kind][0]}'. Actual '{_actual(value)}'."
        )
    return {"type": _TYPES[kind][0]} | ({} if kind in _SECURE else {"value": value})


def _declarations(order: Order) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, given in mapping(order.template.get("parameters")).items():
        declared = lower_names(given)
        if not isinstance(declared, Mapping):
            raise invalid(f"The template parameter '{name}' must be an object with a type.")
        declared = _with_definition(order, declared)
        if _kind(declared) not in _TYPES:
            raise invalid(f"The template parameter '{name}' has the type '{declared.get('type')}', which isn't one.")
        yield name, declared


def _with_definition(order: Order, declared: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a declaration by ``$ref``, with what it refers to."""
    reference = str(declared.get("$ref") or "")
    for _ in range(10):
        if not reference.startswith("#/definitions/"):
            return declared
        found = lower_names(mapping(order.template.get("definitions")).get(reference.removeprefix("#/definitions/")))
        declared = {**mapping(found), **{key: value for key, value in declared.items() if key != "$ref"}}
        reference = str(declared.get("$ref") or "")
    return declared


def _kind(declared: Mapping[str, Any]) -> str:
    return str(declared.get("type", "")).lower()


def _is_of(kind: str, value: Any) -> bool:
    whole = isinstance(value, float) and value.is_integer() and kind == "int"
    return whole or (isinstance(value, _TYPES[kind][1]) and (kind == "bool" or not isinstance(value, bool)))


def _actual(value: Any) -> str:
    names = {bool: "Boolean", int: "Integer", float: "Float", str: "String", list: "Array"}
    return names.get(type(value), "Null" if value is None else "Object")


def _check_value(name: str, declared: Mapping[str, Any], value: Any) -> None:
    kind = _kind(declared)
    if not _is_of(kind, value):
        raise invalid(
            f"Template parameter JToken type is not valid for '{name}'. Expected '{_TYPES[kind][0]}'. Actual "
            f"'{_actual(value)}'. {_HELP}"
        )
    allowed = declared.get("allowedvalues")
    if isinstance(allowed, list) and not _is_allowed(value, allowed):
        shown = "" if kind in _SECURE else f" '{string(value)}'"
        listed = ",".join(map(string, allowed))
        raise invalid(
            f"The provided value{shown} for the template parameter '{name}' is not valid. The value{shown} is not part "
            f"of the allowed value(s): '{listed}'."
        )
    measure, what = (value, "value") if isinstance(value, int | float) else (len(value), "length")
    for limit, word, sign in (("min", "greater", 1), ("max", "less", -1)):
        bound = declared.get(f"{limit}{what}")
        if isinstance(bound, int) and measure * sign < bound * sign:
            raise invalid(
                f"The provided value for the template parameter '{name}' is not valid. Its {what} should be {word} "
                f"than or equal to '{bound}'."
            )


def _is_allowed(value: Any, allowed: list[Any]) -> bool:
    """Return whether it is one of the values, or an array of nothing else."""
    if any(equals(value, one) for one in allowed):
        return True
    return isinstance(value, list) and all(any(equals(one, other) for other in allowed) for one in value)


def _resolve(azure: Cloud, order: Order, name: str, given: Any) -> Any:
    """Return a parameter's value, which may be in a key vault
    (https://learn.microsoft.com/azure/azure-resource-manager/templates/key-vault-parameter).
    """
    if not isinstance(given, Mapping):
        raise invalid(f"The template parameter '{name}' must be given as {{value: …}}. {_HELP}")
    reference = lower_names(given.get("reference"))
    if not isinstance(reference, Mapping):
        if "value" not in given:
            raise invalid(f"The template parameter '{name}' is given without a value. {_HELP}")
        return given
    vault_id = str(mapping(lower_names(reference.get("keyvault"))).get("id") or "")
    vault = azure.find(vault_id) if ids.is_id(vault_id) else None
    if vault is None:
        text = f"The specified KeyVault '{vault_id}' could not be found."
        raise ArmError(400, "KeyVaultParameterReferenceNotFound", text)
    azure.authorise(order.caller, "Microsoft.KeyVault/vaults/deploy/action", vault_id)
    if vault["properties"].get("enabledForTemplateDeployment") is not True:
        text = f"The specified KeyVault '{vault_id}' is not enabled for template deployment."
        raise ArmError(400, "KeyVaultParameterReferenceSecretRetrieveFailed", text)
    secret = azure.part(Vaults).get(
        vault["name"], str(reference.get("secretname") or ""), str(reference.get("secretversion") or "")
    )
    return {"value": secret.value}
