"""Azure Policy's resources: definitions, and their assignments to scopes.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics,
https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from azureml_arm import ids
from azureml_arm.names import NameRule
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.resource import Cloud, ResourceType, Write
from azureml_sandbox.model.tables import POLICIES
from azureml_sandbox.services.authorization import listing
from azureml_sandbox.services.authorization.policy.conditions import holds
from azureml_sandbox.services.authorization.policy.enforcement import at_or_below, values_of
from azureml_sandbox.services.authorization.policy.rule import ACTING, EFFECTS, INERT, check, effect, not_modelled

MODES = ("all", "indexed")
_NAME = NameRule(
    r"[^<>*%&:?+/\\#\x00-\x1f]{0,63}[^<>*%&:?+/\\#.\s\x00-\x1f]", "1 to 64 characters without <>*%&:?+/#", "account"
)
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "array": (list,),
    "object": (dict,),
    "boolean": (bool,),
    "integer": (int,),
    "float": (int, float),
    "datetime": (str,),
}
"""What a parameter of each type may be."""


class _OfPolicies(ResourceType):
    """What definitions and assignments share."""

    state = None
    system_data = True
    created_status = updated_status = 201
    name_rule = _NAME


class PolicyDefinition(_OfPolicies):
    """What a policy looks for, and its effect. Those at the tenant (scope "") are Azure's own."""

    type = "Microsoft.Authorization/policyDefinitions"
    name_code = "InvalidPolicyDefinitionName"
    shapes: ClassVar = {"properties.mode": str, "properties.parameters": dict}

    def check(self, write: Write) -> None:
        """Refuse a rule that can't be read or doesn't use the parameters that are declared."""
        mode = str(write.properties.get("mode") or "Indexed")
        if mode.lower() not in MODES:
            raise not_modelled(
                f"the policy mode '{mode}'", "MODES in azureml_sandbox/services/authorization/policies.py"
            )
        for name, declared in (write.properties.get("parameters") or {}).items():
            _check_declared(write.id.name, name, declared)
        check(write.id.name, write.properties)

    def defaults(self, write: Write) -> Body:
        """Return whose it is, and what it looks at."""
        return {"policyType": "Custom" if write.id.scope else "BuiltIn", "mode": "Indexed", "parameters": {}}

    def check_delete(self, azure: Cloud, resource: Body) -> None:
        """Refuse to delete a definition that is assigned."""
        users = [one["id"] for one in _assignments(azure) if ids.same(_definition(one), resource["id"])]
        if users:
            raise bad_request(
                f"The policy definition '{resource['name']}' can't be deleted: it is assigned by {', '.join(users)}.",
                "InvalidDeletePolicyDefinitionRequest",
            )

    def listing(self, azure: Cloud, scope: str, filter: str) -> list[Body]:  # noqa: A002 - ARM's word
        """Return those that can be assigned at a scope."""
        chosen = listing.parse(filter, ("atExactScope",), ("policyType",))
        kinds = chosen.equal.get("policytype", "")
        found = [one for one in azure.resources(self.type) if at_or_below(ids.parse(one["id"]).scope, scope)]
        exact = [one for one in found if ids.same(ids.parse(one["id"]).scope, scope)]
        wanted = exact if "atexactscope" in chosen.functions else found
        return [one for one in wanted if not kinds or one["properties"]["policyType"].lower() == kinds]


class PolicyAssignment(_OfPolicies):
    """A definition that holds at a scope and below it, with values for its parameters."""

    type = "Microsoft.Authorization/policyAssignments"
    name_code = "InvalidPolicyAssignmentName"

    def check(self, write: Write) -> None:
        """Refuse a definition that isn't at or above the scope, and parameters' values that it doesn't allow."""
        for unknown in ("resourceSelectors", "overrides"):
            if write.properties.get(unknown):
                raise not_modelled(
                    f"'{unknown}' of policy assignments",
                    "azureml_sandbox/services/authorization/policy/enforcement.py",
                )
        definition = _assigned_definition(write)
        _check_values(write, definition)
        values = values_of(definition["properties"], write.properties)
        found = effect(definition["properties"]["policyRule"], values).lower()
        if found not in EFFECTS:
            raise _invalid(write, f"'{found}' is not an effect; effects are {', '.join(sorted(EFFECTS))}")
        if found not in ACTING | INERT:
            raise not_modelled(
                f"the policy effect '{found}'", "azureml_sandbox/services/authorization/policy/enforcement.py"
            )

    def defaults(self, write: Write) -> Body:
        """Return that it is enforced."""
        return {"enforcementMode": "Default", "displayName": write.id.name}

    def computed_properties(self, write: Write) -> Body:
        """Return the scope, which is part of the id."""
        return {"scope": write.id.scope or "/", "instanceId": derived.guid("policyAssignment", write.id.text)}

    def after(self, write: Write, resource: Body) -> None:
        """Make it hold from now on."""
        write.azure.store.set(POLICIES, resource["id"].lower(), "")

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Remove it from the assignments that are enforced."""
        azure.store.remove(POLICIES, resource["id"].lower())

    def listing(self, azure: Cloud, scope: str, filter: str) -> list[Body]:  # noqa: A002 - ARM's word
        """Return those that hold at a scope, and those below it."""
        chosen = listing.parse(filter, ("atScope", "atExactScope"), ("policyDefinitionId",))
        found = listing.applying(azure.resources(self.type), scope, chosen)
        if "atexactscope" in chosen.functions:
            found = [one for one in found if ids.same(one["properties"]["scope"], scope)]
        wanted = chosen.equal.get("policydefinitionid")
        return [one for one in found if wanted is None or ids.same(_definition(one), wanted)]


def _assignments(azure: Cloud) -> list[Body]:
    return [azure.get(key) for key, _ in azure.store.scan(POLICIES)]


def _definition(assignment: Body) -> str:
    return str(assignment["properties"]["policyDefinitionId"])


def _assigned_definition(write: Write) -> Body:
    target = str(write.properties.get("policyDefinitionId") or "")
    if not ids.is_id(target):
        raise _invalid(write, f"'policyDefinitionId' must be the id of a policy definition, not '{target}'")
    parsed = ids.parse(target)
    if parsed.type.lower() != PolicyDefinition.type.lower():
        raise not_modelled(f"the assignment of {parsed.type}", "azureml_sandbox/services/authorization/policies.py")
    if not write.azure.exists(target):
        raise ArmError(
            404,
            "PolicyDefinitionNotFound",
            f"The policy definition '{target}' could not be found. (The sandbox has no built-in definitions; make one "
            "with a PUT, or with Azure.provide where it is Azure's own.)",
        )
    if not at_or_below(parsed.scope, write.id.scope):
        raise bad_request(
            f"The policy definition specified in policy assignment '{write.id.name}' is out of scope. Policy "
            "definitions should be specified only at or above the policy assignment scope.",
            "InvalidCreatePolicyAssignmentRequest",
        )
    return write.azure.get(target)


def _check_declared(policy: str, name: str, declared: Body) -> None:
    kind = str(dig({"it": declared}, "it.type") or "").lower()
    if kind not in _TYPES:
        raise bad_request(
            f"The policy definition '{policy}' parameter '{name}' needs a 'type': one of {', '.join(_TYPES)}.",
            "InvalidPolicyParameters",
        )
    if declared.get("defaultValue") is not None:
        _check_value(policy, name, declared, declared["defaultValue"])


def _check_values(write: Write, definition: Body) -> None:
    declared = {name.lower(): (name, one) for name, one in definition["properties"]["parameters"].items()}
    given = write.properties.get("parameters") or {}
    unknown = sorted(set(given) - {name for name in given if name.lower() in declared})
    if unknown:
        known = ",".join(definition["properties"]["parameters"])
        raise bad_request(
            f"The policy assignment '{write.id.name}' has undefined parameters '{','.join(unknown)}', which the policy "
            f"definition '{definition['name']}' doesn't declare; it has '{known}'.",
            "UndefinedPolicyParameter",
        )
    for name, value in given.items():
        _check_value(definition["name"], *declared[name.lower()], value.get("value"))
    missing = ",".join(_missing(declared.values(), {name.lower() for name in given}))
    if missing:
        raise bad_request(
            f"The policy assignment '{write.id.name}' is missing the parameter(s) '{missing}' as defined in the policy "
            f"definition '{definition['name']}'. Please either assign values to these parameters in the policy "
            "assignment or specify default values in the policy definition.",
            "MissingPolicyParameter",
        )


def _missing(declared: Any, given: set[str]) -> Iterator[str]:
    for name, one in declared:
        if name.lower() not in given and one.get("defaultValue") is None:
            yield name


def _check_value(policy: str, name: str, declared: Body, value: Any) -> None:
    kind = str(declared["type"]).lower()
    fits = isinstance(value, _TYPES[kind]) and isinstance(value, bool) == (kind == "boolean")
    if not fits:
        raise bad_request(
            f"The value '{value}' of the policy parameter '{name}' in policy definition '{policy}' is not of type "
            f"'{declared['type']}'.",
            "InvalidPolicyParameters",
        )
    allowed = declared.get("allowedValues") or []
    for one in (value if isinstance(value, list) else [value]) if allowed else ():
        if not holds("in", one, allowed):
            raise bad_request(
                f"The value '{one}' is not allowed for policy parameter '{name}' in policy definition '{policy}'. The "
                f"allowed values are '{', '.join(map(str, allowed))}'.",
                "PolicyParameterValueNotAllowed",
            )


def _invalid(write: Write, what: str) -> ArmError:
    return bad_request(
        f"The policy assignment '{write.id.name}' request is invalid: {what}.", "InvalidCreatePolicyAssignmentRequest"
    )
