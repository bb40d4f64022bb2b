"""Who may do what by Azure's rules: roles, scopes, principals, denies."""

from azureml_arm.rbac.builtin import definition
from azureml_arm.rbac.evaluate import decide, roles_of
from azureml_arm.rbac.model import EVERYONE, Decision, DenyAssignment, Effect, Permission, RoleDefinition, RoleFacts
from azureml_arm.rbac.patterns import permits
from azureml_arm.roles import ROLES
from azureml_policies.requester.model import Person
from azureml_policies.requests.unknown import UNKNOWN
from kit.rbac import (
    CLUSTER,
    CREATE,
    DANA,
    EVE,
    MANAGEMENT_GROUP,
    OTHER_TEAM,
    RG,
    TEAM,
    WORKSPACE,
    WS,
    S,
    builtin,
    custom,
    decision_on,
    denies,
    holds,
    why,
)
from kit.rows import each

# Roles


@each(
    ("role", "action", "allowed"),
    [
        ("Owner", CREATE, True),
        ("Owner", "Microsoft.Authorization/roleAssignments/write", True),
        ("Contributor", CREATE, True),
        ("Contributor", "Microsoft.Authorization/roleAssignments/write", False),
        ("Contributor", "Microsoft.Authorization/roleDefinitions/delete", False),
        ("Contributor", "Microsoft.Authorization/roleAssignments/read", True),
        ("Reader", f"{WS}/computes/read", True),
        ("Reader", CREATE, False),
        ("Reader", f"{WS}/listKeys/action", False),
        ("Role Based Access Control Administrator", "Microsoft.Authorization/roleAssignments/write", True),
        ("Role Based Access Control Administrator", "Microsoft.Authorization/roleDefinitions/write", False),
        ("User Access Administrator", "Microsoft.Authorization/roleDefinitions/write", True),
        ("User Access Administrator", CREATE, False),
        ("AzureML Compute Operator", CREATE, True),
        ("AzureML Compute Operator", f"{WS}/computes/start/action", True),
        ("AzureML Compute Operator", f"{WS}/jobs/write", False),
        ("AzureML Data Scientist", CREATE, False),
        ("AzureML Data Scientist", f"{WS}/computes/delete", False),
        ("AzureML Data Scientist", f"{WS}/computes/listKeys/action", False),
        ("AzureML Data Scientist", f"{WS}/listKeys/action", False),
        ("AzureML Data Scientist", f"{WS}/write", False),
        ("AzureML Data Scientist", f"{WS}/hubs/write", False),
        ("AzureML Data Scientist", f"{WS}/computes/start/action", True),
        ("AzureML Data Scientist", f"{WS}/jobs/write", True),
        ("AzureML Data Scientist", f"{WS}/onlineEndpoints/deployments/write", True),
        ("AzureML Data Scientist", f"{WS}/connections/listsecrets/action", True),
        ("Azure AI Developer", CREATE, True),
        ("Azure AI Administrator", f"{WS}/write", True),
        ("Storage Blob Data Owner", CREATE, False),
        ("Key Vault Data Access Administrator", "Microsoft.Authorization/roleAssignments/write", False),
        ("Key Vault Data Access Administrator", "Microsoft.Authorization/roleAssignments/read", False),
    ],
)
def test_built_in_roles(role: str, action: str, *, allowed: bool) -> None:
    assert decision_on(holds(builtin(role)), action=action).allowed is allowed


def test_two_roles_together_grant_what_the_not_actions_of_one_take_out() -> None:
    scientist, operator = holds(builtin("AzureML Data Scientist")), holds(builtin("AzureML Compute Operator"))
    assert not decision_on(scientist).allowed
    both = decision_on(scientist, operator)
    assert both.allowed
    assert [reason.effect for reason in both.reasons] == [Effect.NOTHING, Effect.GRANTS]


def test_reasons_say_what_was_looked_at() -> None:
    decision = decision_on(
        holds(builtin("AzureML Data Scientist"), WORKSPACE),
        holds(builtin("Reader"), S, TEAM),
        person=Person(DANA.object_id, "dana", frozenset({TEAM})),
    )
    assert why(decision) == (
        f"AzureML Data Scientist at {WORKSPACE}: its NotActions take {CREATE} out\n"
        f"Reader at {S}: its actions don't have {CREATE}"
    )
    granted = decision_on(holds(builtin("Owner"), S, TEAM), person=Person(DANA.object_id, "dana", frozenset({TEAM})))
    assert why(granted) == f"Owner at {S}: grants {CREATE} through group {TEAM}"


def test_nobody_without_an_assignment_may_do_anything() -> None:
    assert decide(CREATE, CLUSTER, DANA, RoleFacts()) == Decision(allowed=False, action=CREATE, scope=CLUSTER)


def test_each_block_of_a_role_has_its_own_not_actions() -> None:
    role = RoleDefinition(
        "c", "Two blocks", (Permission((f"{WS}/*",), (f"{WS}/computes/*",)), Permission((f"{WS}/computes/write",)))
    )
    assert decision_on(holds(role)).allowed
    assert not decision_on(holds(role), action=f"{WS}/computes/delete").allowed


def test_data_actions_never_grant_a_management_action() -> None:
    decision = decision_on(holds(custom("Microsoft.Storage/*", data=("*",))))
    assert not decision.allowed
    assert why(decision).endswith(f"it has {CREATE} only among its data actions")


def test_a_condition_does_not_grant_and_is_reported() -> None:
    decision = decision_on(holds(builtin("Owner"), condition="@Resource[x] StringEquals 'y'"))
    assert not decision.allowed
    assert why(decision) == (
        f"Owner at {S}: it holds only under a condition, which isn't evaluated here, so it isn't counted: "
        "@Resource[x] StringEquals 'y'"
    )
    assert decision_on(holds(builtin("Owner"), condition="c"), holds(builtin("Contributor"))).allowed


def test_a_condition_inside_a_role_does_not_grant_either() -> None:
    decision = decision_on(holds(builtin("Foundry Owner")), action="Microsoft.Authorization/roleAssignments/write")
    assert not decision.allowed
    assert "only under a condition in the role itself" in why(decision)


def test_a_role_that_is_not_known_does_not_grant() -> None:
    decision = decision_on(holds(RoleDefinition("abc", "role abc", (Permission(("*",)),), known=False)))
    assert not decision.allowed
    assert why(decision) == f"role abc at {S}: the definition of role abc isn't known, so it isn't counted"


def test_roles_of_names_what_someone_has_at_a_scope() -> None:
    facts = RoleFacts(
        (
            holds(builtin("AzureML Data Scientist")),
            holds(builtin("AzureML Data Scientist"), WORKSPACE),
            holds(builtin("Reader"), f"{S}/resourceGroups/other"),
            holds(builtin("Owner"), S, EVE),
            holds(builtin("Contributor"), condition="c"),
        )
    )
    assert roles_of(DANA, facts, CLUSTER) == ["AzureML Data Scientist", "Contributor (under a condition)"]
    assert roles_of(DANA, facts, "not a scope") == []


def test_roles_that_grant_an_action() -> None:
    granting = [role.name for role in ROLES if not role.conditional and permits(definition(role).permissions, CREATE)]
    assert granting == [
        "Owner",
        "Contributor",
        "AzureML Compute Operator",
        "Azure AI Administrator",
        "Azure AI Developer",
    ]


# Scopes


@each(
    "above",
    [
        "/",
        MANAGEMENT_GROUP,
        MANAGEMENT_GROUP.upper(),
        S,
        f"{S}/",
        RG,
        RG.replace("resourceGroups", "RESOURCEGROUPS").replace("/rg", "/RG"),
        WORKSPACE,
        f"{CLUSTER}//",
        f"{S}/resourceGroups/%72g",
    ],
)
def test_a_role_holds_at_its_scope_and_below(above: str) -> None:
    assert decision_on(holds(builtin("Owner"), above)).allowed


@each(
    "beside",
    [
        f"{RG}-2",
        RG[:-1],
        S[:-1] + "2",
        f"{WORKSPACE}2",
        f"{CLUSTER}/nodes/1",
        f"{RG}/providers/Microsoft.Storage/storageAccounts/ws",
        "",
        "rg",
        "subscriptions/11111111-0000-4000-8000-000000000001",
        f"{S}/resourceGroups/rg%2Fproviders",
        f"{S}/resourceGroups/../resourceGroups/rg",
        f"{S}/resourceGroups//rg",
        f"{MANAGEMENT_GROUP}/subscriptions/x",
    ],
)
def test_a_role_does_not_hold_beside_its_scope(beside: str) -> None:
    assert not decision_on(holds(builtin("Owner"), beside)).allowed


@each("group", ["rg", "RG", "%72g", "r%67"])
def test_the_scope_asked_for_is_read_as_azure_reads_it(group: str) -> None:
    scope = f"{S}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/ws/computes/c/"
    assert decision_on(holds(builtin("Owner"), RG), scope=scope).allowed


@each("group", ["own/../rg", "own%2F..%2Frg", "%2e%2e", "own%252Frg", "own\\rg", "own?x=", "own%00", "", "own%"])
def test_a_scope_that_could_be_another_is_denied_to_all(group: str) -> None:
    scope = f"{S}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/ws"
    decision = decision_on(holds(builtin("Owner")), scope=scope)
    assert not decision.allowed
    assert why(decision) == f"scope {scope!r}: it can't be read as an ARM id; write it as Azure shows it"


def test_what_is_no_single_action_is_denied() -> None:
    assert not decision_on(holds(builtin("Owner")), action="*").allowed
    assert not decision_on(holds(builtin("Owner")), action="").allowed


def test_a_management_group_is_above_subscriptions_only() -> None:
    other = "/providers/Microsoft.Management/managementGroups/other"
    assert decision_on(holds(builtin("Owner"), MANAGEMENT_GROUP), scope=MANAGEMENT_GROUP).allowed
    assert not decision_on(holds(builtin("Owner"), other), scope=MANAGEMENT_GROUP).allowed
    assert not decision_on(holds(builtin("Owner"), S), scope=MANAGEMENT_GROUP).allowed
    assert not decision_on(holds(builtin("Owner"), S), scope="/").allowed


# Principals and denies


def test_an_assignment_is_for_its_principal_unless_the_source_looked_groups_up() -> None:
    theirs = holds(builtin("Owner"), S, TEAM)
    assert not decision_on(theirs).allowed
    assert why(decision_on(theirs)).endswith(f"it is for {TEAM}, who is neither dana nor a known group of theirs")
    assert decision_on(theirs, person=Person(DANA.object_id, "dana", frozenset({TEAM.upper()}))).allowed
    assert decide(CREATE, CLUSTER, DANA, RoleFacts((theirs,), resolved=True)).allowed
    assert decide(CREATE, CLUSTER, DANA, RoleFacts((theirs,), groups=frozenset({TEAM}))).allowed
    assert not decision_on(holds(builtin("Owner"), S, ""), person=Person("", "nobody")).allowed


def test_a_deny_wins() -> None:
    decision = decision_on(holds(builtin("Owner")), deny=denies(f"{WS}/computes/*"))
    assert not decision.allowed
    assert str(decision.of(Effect.DENIES)[0]) == (
        f"deny assignment Lock at {S}: denies {CREATE} to everyone but those it excludes"
    )
    assert decision_on(holds(builtin("Owner")), deny=denies(f"{WS}/jobs/*")).allowed


@each(
    ("deny", "allowed"),
    [
        (denies("*", principals=[DANA.object_id]), False),
        (denies("*", principals=[TEAM]), False),
        (denies("*", principals=[OTHER_TEAM]), False),
        (denies("*", principals=[EVE], individuals=[EVE]), True),
        (denies("*", excluded=[DANA.object_id]), True),
        (denies("*", excluded=[TEAM]), True),
        (denies("*", excluded=[OTHER_TEAM]), False),
        (denies("*", scope=f"{RG}-2"), True),
        (denies("*", scope=MANAGEMENT_GROUP), False),
        (denies("*", scope=RG, not_for_children=True), True),
        (denies("*", scope=CLUSTER, not_for_children=True), False),
        (denies("*", scope="unreadable"), False),
        (denies("*/read"), True),
        (denies(), True),
    ],
)
def test_denies(deny: DenyAssignment, *, allowed: bool) -> None:
    person = Person(DANA.object_id, "dana", frozenset({TEAM}))
    assert decision_on(holds(builtin("Owner")), deny=deny, person=person).allowed is allowed


def test_not_actions_of_a_deny_are_spared() -> None:
    spares = DenyAssignment("id", "", S, (Permission(("*",), (f"{WS}/computes/*",)),), (EVERYONE,))
    assert decision_on(holds(builtin("Owner")), deny=spares).allowed
    assert not decision_on(holds(builtin("Owner")), deny=spares, action=f"{WS}/jobs/write").allowed


def test_a_deny_for_a_group_of_unknown_members_counts_and_says_so() -> None:
    decision = decision_on(holds(builtin("Owner")), deny=denies("*", principals=[OTHER_TEAM]))
    assert not decision.allowed
    assert why(decision).endswith(f"to {OTHER_TEAM}; whether dana is in there isn't known, so it counts")
    facts = RoleFacts(
        (holds(builtin("Owner")),), (denies("*", principals=[OTHER_TEAM]),), other_groups=frozenset({OTHER_TEAM})
    )
    assert decide(CREATE, CLUSTER, DANA, facts).allowed


def test_an_unknown_part_of_a_scope_could_be_where_a_deny_is() -> None:
    scope = f"{S}/resourceGroups/{UNKNOWN}/providers/Microsoft.MachineLearningServices/workspaces/ws"
    assert decision_on(holds(builtin("Owner")), scope=scope).allowed
    assert not decision_on(holds(builtin("Owner"), RG), scope=scope).allowed
    assert not decision_on(holds(builtin("Owner")), scope=scope, deny=denies("*", scope=RG)).allowed
    assert decision_on(holds(builtin("Owner")), scope=scope, deny=denies("*", scope=S[:-1] + "2")).allowed
