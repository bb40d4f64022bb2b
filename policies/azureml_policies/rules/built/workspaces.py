"""Rules on workspaces: what reaches them, what they reach, and that they stay."""

from azureml_arm.actions import WORKSPACE
from azureml_arm.compare import Difference
from azureml_policies.baseline.model import Op
from azureml_policies.config import flag, texts
from azureml_policies.fixes import ConfigFix, Kept, Line, NoWord
from azureml_policies.requests.unknown import UnknownError, has_unknown, read
from azureml_policies.requests.write import Write
from azureml_policies.rule import Finding, Found, Level, Plan, Rule, Settings, Severity
from azureml_policies.rules.checks.beside import Pointing, at, private_endpoints
from azureml_policies.rules.checks.words import must_be_switched
from azureml_policies.run import Run
from azureml_policies.text import changes, join_words, show_value

_KEY_PARTS = ("keyVaultArmId", "keyIdentifier")


def _check_cmk(write: Write, _settings: Settings) -> Found:
    if write.text_at("kind") == "project":
        return
    if write.text_at("properties.encryption.status", "Disabled") != "enabled":
        yield f"{write.name}: customer_managed_key is needed: its data is encrypted with Microsoft's key"
    elif not all(write.read(f"properties.encryption.keyVaultProperties.{part}") for part in _KEY_PARTS):
        yield f"{write.name}: customer_managed_key needs key_vault and key_uri: without both there is no key"


WORKSPACE_CMK = Rule(
    id="workspace-cmk",
    title="Workspaces are encrypted with a key of one's own.",
    severity=Severity.MEDIUM,
    remedy="set `customer_managed_key: {key_vault: …, key_uri: …}`; a workspace that is there is replaced",
    fix=(Line("workspace", "customer_managed_key", {"key_vault": "ID", "key_uri": "URI"}, chosen=True),),
    level=Level.DISABLED,
    types=(WORKSPACE,),
    check=_check_cmk,
    family="workspace",
)


def _check_identity_datastores(write: Write, _settings: Settings) -> Found:
    mode = write.text_at("properties.systemDatastoresAuthMode")
    if write.text_at("kind") != "project" and mode != "identity":
        found = show_value("mode", mode or "access_key")
        why = "with the keys, whoever may read the datastore reads everything in the account"
        yield f"{write.name}: system_datastores_auth_mode is {found}, it must be identity: {why}"


WORKSPACE_IDENTITY_DATASTORES = Rule(
    id="workspace-identity-datastores",
    title="The workspace's own datastores are opened with identities, not with the storage account's keys.",
    severity=Severity.HIGH,
    remedy="leave `system_datastores_auth_mode` out, or set it to identity; a workspace has no other local auth",
    fix=(Line("workspace", "system_datastores_auth_mode", "identity", default="identity"),),
    level=Level.ADVISORY,
    types=(WORKSPACE,),
    check=_check_identity_datastores,
    family="workspace",
)


_AZ_ML = {
    "Disabled": "disabled",
    "AllowInternetOutbound": "allow_internet_outbound",
    "AllowOnlyApprovedOutbound": "allow_only_approved_outbound",
}
"""ARM's words and az ml's."""


def _check_managed_network(write: Write, settings: Settings) -> Found:
    mode = str(write.read("properties.managedNetwork.isolationMode", "Disabled"))
    if write.text_at("kind") != "project" and mode.lower() not in {item.lower() for item in settings["modes"]}:
        expected = join_words([_AZ_ML[item] for item in settings["modes"]], "or")
        found = f"managed_network.isolation_mode is {_AZ_ML.get(mode, mode)}, it must be {expected}"
        yield f"{write.name}: {found}: code that runs there can send data anywhere"


WORKSPACE_MANAGED_NETWORK = Rule(
    id="workspace-managed-network",
    title="Workspaces have a managed network that holds what runs in them.",
    severity=Severity.HIGH,
    remedy="set `managed_network: {isolation_mode: allow_only_approved_outbound}`, with `outbound_rules`",
    fix=(Line("workspace", "managed_network.isolation_mode", "allow_only_approved_outbound", setting="modes"),),
    level=Level.ADVISORY,
    types=(WORKSPACE,),
    check=_check_managed_network,
    settings={
        "modes": texts(
            "The isolation modes that a workspace may have.",
            ["AllowOnlyApprovedOutbound"],
            among=["AllowOnlyApprovedOutbound", "AllowInternetOutbound"],
        )
    },
    family="workspace",
)


def _check_no_public_access(write: Write, _settings: Settings) -> Found:
    if write.text_at("properties.publicNetworkAccess", "Enabled") != "disabled":
        why = "whoever gets hold of a token can use it from anywhere"
        yield f"{write.name}: public_network_access must be disabled: {why}"
    opening = "properties.allowPublicAccessWhenBehindVnet"
    yield from must_be_switched(write, opening, must_be=False, default=False, why="it opens the workspace again")


WORKSPACE_NO_PUBLIC_ACCESS = Rule(
    id="workspace-no-public-access",
    title="Workspaces are reached over private links only.",
    severity=Severity.HIGH,
    remedy="set `public_network_access: disabled`, with a private endpoint for whoever works in the workspace",
    fix=(Line("workspace", "public_network_access", "disabled"),),
    level=Level.DISABLED,
    types=(WORKSPACE,),
    check=_check_no_public_access,
    family="workspace",
)


def _check_private_link(plan: Plan, _run: Run, _settings: Settings) -> Found:
    there = private_endpoints(plan)
    for write in plan.writes:
        if write.is_a(WORKSPACE) and not any(_is_for_workspaces(item) for item in at(there, write)):
            message = f"{write.name}: no private endpoint leads to it: it can be used over public addresses only"
            yield Finding(message, write.planned.urn)


def _is_for_workspaces(item: Pointing) -> bool:
    groups = read(item.properties, "groupIds")
    return isinstance(groups, list | tuple) and "amlworkspace" in {str(group).lower() for group in groups}


WORKSPACE_PRIVATE_LINK = Rule(
    id="workspace-private-link",
    title="Every workspace has a private endpoint in the stack.",
    severity=Severity.MEDIUM,
    remedy="add a private endpoint for the group `amlworkspace`, with its private DNS zones",
    fix=(NoWord("a private endpoint for the group amlworkspace"),),
    level=Level.DISABLED,
    check_all=_check_private_link,
    family="workspace",
)


def _check_user_identity(write: Write, _settings: Settings) -> Found:
    primary = write.read("properties.primaryUserAssignedIdentity")
    own = write.read("identity.userAssignedIdentities")
    if "userassigned" not in write.text_at("identity.type") or not own or not primary:
        why = "its roles can be given and reviewed before there is a workspace"
        yield f"{write.name}: identity must be user_assigned, with primary_user_assigned_identity: {why}"


WORKSPACE_USER_IDENTITY = Rule(
    id="workspace-user-identity",
    title="Workspaces have a user-assigned identity.",
    severity=Severity.LOW,
    remedy="set `identity: {type: user_assigned, user_assigned_identities: […]}` and `primary_user_assigned_identity`",
    fix=(
        Line(
            "workspace",
            "identity",
            {"type": "user_assigned", "user_assigned_identities": ["ID"]},
            chosen=True,
        ),
        Line("workspace", "primary_user_assigned_identity", "ID", chosen=True),
    ),
    level=Level.DISABLED,
    types=(WORKSPACE,),
    check=_check_user_identity,
    family="workspace",
)


_WHY_V1_MODE = {
    True: "requests of the v2 API don't stay in the private network of a v1 workspace",
    False: "it keeps the features of the v2 API away",
}


def _check_v1_legacy_mode(write: Write, settings: Settings) -> Found:
    wanted = settings["wanted"]
    yield from must_be_switched(
        write, "properties.v1LegacyMode", must_be=wanted, default=False, why=_WHY_V1_MODE[wanted]
    )


WORKSPACE_V1_LEGACY_MODE = Rule(
    id="workspace-v1-legacy-mode",
    title="Workspaces are in the v1 legacy mode, or out of it, as the config says.",
    severity=Severity.LOW,
    remedy="leave `v1LegacyMode` out, or set it as the config says",
    fix=(Kept("v1LegacyMode as the setting `wanted` says"),),
    level=Level.DISABLED,
    types=(WORKSPACE,),
    check=_check_v1_legacy_mode,
    settings={"wanted": flag("Whether workspaces must be in the mode, as Azure Policy's built-in wants it for v1.")},
    family="workspace",
)


_LOST = "the runs, metrics and endpoints in it would be lost"
_MOVES = ("name", "id")
"""What the baseline calls a change of the path."""
_FIXED = ("location", "hbiWorkspace", "storageAccount", "keyVault", "encryption", "enableDataIsolation")
"""What Azure fixes as it makes a workspace."""


def _check_kept(write: Write, run: Run, settings: Settings) -> Found:
    if _may_go(write.name, settings):
        return
    change = run.change(write)
    replacing = [item for item in change.differences if _replaces(item)] if change.op is Op.UPDATE else []
    known = [item for item in replacing if not has_unknown(item.new)]
    if change.replaces and not replacing:
        yield f"{write.name}: it would be replaced: {_LOST}"
    elif replacing and not known:
        raise UnknownError(f"{write.name}: {replacing[0].path}")
    if known:
        yield f"{write.name}: it would be replaced ({changes(known)}): {_LOST}"


def _replaces(difference: Difference) -> bool:
    path = difference.path.lower()
    return any(path == name.lower() or path.startswith(f"{name.lower()}.") for name in (*_FIXED, *_MOVES))


def _removed_workspaces(plan: Plan, run: Run, settings: Settings) -> Found:
    planned = {item.urn for item in plan.planned}
    for write in run.baseline.removals(plan.planned):
        if write.is_a(WORKSPACE) and write.planned.urn not in planned and not _may_go(write.name, settings):
            yield Finding(f"{write.name}: it would be deleted: {_LOST}", write.planned.urn)


def _may_go(name: str, settings: Settings) -> bool:
    return name.lower() in {str(item).lower() for item in settings["allow"]}


WORKSPACE_KEPT = Rule(
    id="workspace-kept",
    title="No workspace is replaced or deleted.",
    severity=Severity.CRITICAL,
    remedy="take the change back, or have the workspace's name put into the rule's `allow`",
    fix=(ConfigFix('{"workspace-kept": {"allow": ["NAME"]}}'),),
    types=(WORKSPACE,),
    check_run=_check_kept,
    check_all=_removed_workspaces,
    settings={"allow": texts("The names of workspaces that may be replaced or deleted.")},
    family="workspace",
)
"""Its runs, metrics, endpoints and role assignments are in it and nowhere else. What was there comes from the pack's
`baseline`: an exported state shows replacements and deletions; Azure itself (`live`) shows replacements, but not what
belongs to the stack; with `none` nothing was there, so nothing can be lost. `pulumi destroy` shows its deletions to no
policy: the workspace's `protect`, which is on by default, is what stops it.
"""
