"""no-plaintext-secrets: no credential stands where everybody who may read a resource reads it.

Looked for are texts whose form only a credential has (`checks.credentials`), anywhere but in the places that
are made for secrets, and environment variables whose name says so. Two things can't be determined. Whether a value was
marked as a secret in the program: Pulumi unwraps secrets for policies, so in the places made for them (a datastore's
or a connection's credentials, an endpoint's keys, an administrator's password) nothing is looked at; there Azure hides
the value, and ``pulumi.Output.secret`` keeps it out of the state. And a secret that has no form, such as a word.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from azureml_policies.config import texts
from azureml_policies.fixes import Line
from azureml_policies.requests.unknown import UnknownError, is_unknown
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Rule, Settings, Severity
from azureml_policies.rules.checks.credentials import is_named_like_one, kind_of_credential, may_be_one
from azureml_policies.text import is_like

_HOMES = frozenset(
    {
        "credentials",
        "secrets",
        "keys",
        "adminpassword",
        "administratoraccount",
        "administratorloginpassword",
        "useraccountcredentials",
        "sslconfiguration",
        "databricksaccesstoken",
        "relayconnectionstring",
        "servicebusconnectionstring",
        "protectedsettings",
        "configurationprotectedsettings",
        "securevalue",
        "imageregistrycredentials",
        "serviceprincipalprofile",
    }
)
"""Properties that Azure keeps as secrets and doesn't give back."""
_OPEN = frozenset({"environmentvariables", "tags", "inputs", "outputs", "command", "args", "metadata"})
"""Below these, names are the user's own: one that is called `keys` is no place made for secrets."""
_VAULT_SECRETS = "microsoft.keyvault/vaults/secrets"
_DEPLOYMENTS = frozenset({"microsoft.resources/deployments", "microsoft.resources/deploymentstacks"})
_VARIABLES = "environmentvariables"

Path = tuple[str, ...]


def _check(write: Write, settings: Settings) -> Found:
    if write.type.lower() == _VAULT_SECRETS:
        return
    unknown = ""
    for path, value in _texts(write.body, _secure_parameters(write)):
        place = ".".join(path[1:] if path[0].lower() == "properties" else path)
        variable = _variable(path)
        if is_unknown(value):
            unknown = unknown or (place if is_named_like_one(variable) else "")
            continue
        found = kind_of_credential(value)
        if not found and is_named_like_one(variable) and may_be_one(value):
            found = "a secret, by its name"
        if found and not is_like(f"{write.name}:{place}", settings["allow"]):
            yield f"{write.name}: {place} holds {found}: whoever may read it here can use it"
    if unknown:
        raise UnknownError(f"{write.name}: {unknown}")


def _texts(body: Any, secure: frozenset[str]) -> Iterator[tuple[Path, str]]:
    """Yield every text of a body outside of the places made for secrets. With a list of its own: bodies may be deep."""
    pending: list[tuple[Path, Any, bool]] = [((), body, False)]
    while pending:
        path, value, free = pending.pop()
        if isinstance(value, str) and path:
            yield path, value
        elif isinstance(value, Mapping):
            pending += [((*path, str(key)), item, free or str(key).lower() in _OPEN) for key, item in value.items()
                        if free or not _made_for_secrets((*path, str(key).lower()), secure)]  # fmt: skip
        elif isinstance(value, list | tuple):
            pending += [((*path, str(index)), item, free) for index, item in enumerate(value)]


def _made_for_secrets(path: Path, secure: frozenset[str]) -> bool:
    lowered = tuple(part.lower() for part in path)
    if lowered[:2] == ("properties", "parameters"):
        return len(lowered) > 2 and lowered[2] in secure  # noqa: PLR2004
    return lowered[-1] in _HOMES or lowered == ("properties", "template", "resources")


def _secure_parameters(write: Write) -> frozenset[str]:
    """Return the parameters that a deployment's template declares as secure; its resources are writes of their own."""
    if write.type.lower() not in _DEPLOYMENTS:
        return frozenset()
    declared = write.read("properties.template.parameters")
    items = declared.items() if isinstance(declared, Mapping) else ()
    return frozenset(
        name.lower()
        for name, item in items
        if isinstance(item, Mapping) and str(item.get("type")).lower().startswith("secure")
    )


def _variable(path: Path) -> str:
    """Return the environment variable that a value is of; empty for any other value."""
    lowered = [part.lower() for part in path]
    at = lowered.index(_VARIABLES) + 1 if _VARIABLES in lowered else len(path)
    if at < len(path) - 1 and lowered[at + 1] != "value":
        return ""
    return path[at] if at < len(path) else ""


RULE = Rule(
    id="no-plaintext-secrets",
    title="No credential stands in a description, a command, a tag or an environment variable.",
    severity=Severity.CRITICAL,
    remedy="keep it in the Key Vault and read it by the identity of what runs, or use a connection; then renew it",
    fix=(Line("jobs", "environment_variables.NAME", chosen=True),),
    check=_check,
    settings={
        "allow": texts(
            "Places that hold no secret although it looks so: `RESOURCE:PLACE` as the message has "
            "them, with `*` for any text."
        )
    },
    family="workspace",
)
