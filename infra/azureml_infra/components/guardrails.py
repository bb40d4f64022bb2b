"""Rules that Azure holds by itself: a role without compute, and an Azure Policy on the platform's resource group."""

import pulumi

from azureml_arm.names import assignment_guid, azure_name
from azureml_arm.roles import definition_id
from azureml_arm.types import native_type
from azureml_infra.components.allowed import assignment_body, definition_body
from azureml_infra.components.base import Component
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.known import Known
from azureml_infra.components.scientist import role_body
from azureml_infra.entities.guardrails import DATA_SCIENTIST, AllowedCompute, DataScientistRole, GuardrailsArgs

_DEFINITION = "authorization:PolicyDefinition"
_ASSIGNMENT = "authorization:PolicyAssignment"


class Guardrails(Component):
    """What `args` switches on. `name` is the platform's; names in Azure derive from it, the stack and the group.

    `Access` takes the component, so that its entries can name the role.
    """

    role: pulumi.Resource | None = None
    role_id: pulumi.Output[str] | None = None
    """The ARM id of the role Data Scientist without compute, None without it."""
    role_definition: str | None = None
    """The same, as text, for what waits for the role anyway."""
    policy_assignment_id: pulumi.Output[str] | None = None
    """The ARM id of the policy's assignment, None without it."""

    def __init__(
        self,
        name: str,
        args: GuardrailsArgs,
        *,
        workspace: AnyWorkspace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        workspace = use(workspace)
        super().__init__("Guardrails", f"{name}-guardrails", workspace.inside(opts))
        self._platform = name
        self._foundation = workspace.foundation
        group = self._foundation.made.get("resource_group")
        self._group = pulumi.ResourceOptions(depends_on=[group] if group is not None else [])
        if args.data_scientist_role is not None:
            self._make_role(args.data_scientist_role)
        if args.allowed_compute is not None:
            self._make_policy(args.allowed_compute)
        self.register_outputs(self.outputs)

    @property
    def outputs(self) -> dict[str, pulumi.Output[str]]:
        """Return the ids of what is switched on."""
        found = {"data_scientist_role": self.role_id, "policy_assignment": self.policy_assignment_id}
        return {key: value for key, value in found.items() if value is not None}

    def covers(self, scope: pulumi.Input[str]) -> bool:
        """Return whether the role can be assigned at a scope; one that isn't known yet is left to Azure."""
        if not isinstance(scope, str):
            return True
        return f"{scope}/".lower().startswith(f"{self._foundation.group_id}/".lower())

    def _make_role(self, args: DataScientistRole) -> None:
        group = self._foundation.group_id
        # The name isn't part of it: another name is the same role.
        guid = assignment_guid(group, DATA_SCIENTIST, self._platform, pulumi.get_stack())
        name = args.name or f"{DATA_SCIENTIST} ({self._azure_name()})"
        self.role = self.child(
            "authorization:RoleDefinition",
            f"{self._platform}-data-scientist",
            {"scope": group, "roleDefinitionId": guid},
            role_body(name, args, group),
            self._group,
        )
        self.role_definition = definition_id(guid, self._foundation.azure.subscription)
        self.role_id = Known(self.role_definition, self.role)

    def _make_policy(self, args: AllowedCompute) -> None:
        """Assign the policy; its definition is the subscription's, as none can be in a resource group."""
        path = {"policyDefinitionName": self._azure_name("allowed-compute")}
        label = f"{self._platform}-allowed-compute"
        made = self.child(_DEFINITION, f"{label}-definition", path, definition_body())
        definition = native_type(_DEFINITION).id(path, self._foundation.azure.subscription)
        where = {"scope": self._foundation.group_id, "policyAssignmentName": path["policyDefinitionName"]}
        after = pulumi.ResourceOptions.merge(self._group, pulumi.ResourceOptions(depends_on=[made]))
        assigned = self.child(_ASSIGNMENT, label, where, assignment_body(args, definition, self._platform), after)
        self.policy_assignment_id = Known(
            native_type(_ASSIGNMENT).id(where, self._foundation.azure.subscription), assigned
        )

    def _azure_name(self, word: str = "") -> str:
        salt = self._foundation.group_id
        return azure_name("policy", self._platform, pulumi.get_stack(), salt, word)
