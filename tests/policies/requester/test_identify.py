"""Who asks on a person's own machine and in the sandbox, and what a config says about people."""

import base64
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import CredentialUnavailableError
from hypothesis import given
from hypothesis import strategies as st

from azureml_arm import roles
from azureml_arm.sandbox import PEOPLE, TENANT
from azureml_policies.requester import Person, Requester, SettingsError, identify, read
from azureml_policies.requester.github import GitHubActions
from azureml_policies.requester.settings import Settings
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.identities import CALLER
from azureml_sandbox.pulumi.transport import intercept
from kit.rows import each

CONTOSO = "72f988bf-0000-4000-8000-00000000c0de"
DANA, GROUP = "9F2D6C1E-0000-4000-8000-0000000000DA", "9F2D6C1E-0000-4000-8000-00000000DA7A"
SIGNED_IN = {"oid": DANA, "tid": CONTOSO, "upn": "dana@contoso.com", "idtyp": "user", "exp": time.time() + 3600}
APPLICATION = {"oid": DANA, "tid": CONTOSO, "appid": "deployer", "idtyp": "app", "exp": time.time() + 3600}
IN_SANDBOX = {**APPLICATION, "tid": TENANT}


def unsigned_token(claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.signature"


@dataclass
class Credential:
    """A credential with a token of our making, or with none."""

    token: str = ""
    error: Exception | None = None
    scopes: tuple[str, ...] = ()

    def __call__(self) -> TokenCredential:
        return self

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.scopes += scopes
        if self.error:
            raise self.error
        return AccessToken(self.token, 0)


def local(claims: Any, config: dict[str, Any] | None = None, **environ: str) -> Requester:
    return identify(environ, config or {}, credential=Credential(unsigned_token(claims)))


# -- signed in -------------------------------------------------------------------------------------------------------


def test_whoever_is_signed_in_asks() -> None:
    credential = Credential(unsigned_token({**SIGNED_IN, "groups": [GROUP]}))
    found = identify({}, {}, credential=credential)
    assert found == Requester((Person(DANA.lower(), "dana@contoso.com", frozenset({GROUP.lower()}), CONTOSO),))
    assert credential.scopes == ("https://management.azure.com/.default",)


def test_the_sandbox_signs_in_by_azure_identity() -> None:
    with intercept(Azure()):
        found = identify({}, {})
    (person,) = found.persons
    assert (person.object_id, person.tenant) == (CALLER, TENANT)


def test_the_config_names_the_one_who_is_signed_in() -> None:
    found = local(SIGNED_IN, {"people": {"github:dana": {"object_id": DANA, "name": "dana"}}})
    assert found.persons[0].name == "dana"


@each("overage", [{"_claim_names": {"groups": "src1"}}, {"hasgroups": True}])
def test_groups_that_a_token_has_no_room_for_are_unknown(overage: dict[str, Any]) -> None:
    assert local({**SIGNED_IN, "groups": [GROUP], **overage}).persons[0].groups == frozenset()


@each("name", ["preferred_username", "unique_name", "name", "appid"])
def test_other_claims_name_who_has_no_upn(name: str) -> None:
    assert local({"oid": DANA, "exp": time.time() + 60, name: "dana"}).persons[0].name == "dana"


LOGIN = "run `az login`"
FAILURES: dict[str, tuple[Exception, str]] = {
    "no credential": (
        CredentialUnavailableError("No credential in this chain.\nAttempted: many"),
        f"no one is signed in: {LOGIN} (No credential in this chain.)",
    ),
    "refused": (
        ClientAuthenticationError("AADSTS700082: expired"),
        f"no one is signed in: {LOGIN} (AADSTS700082: expired)",
    ),
    "unreachable": (
        HttpResponseError("service is down"),
        f"Entra can't be asked who is signed in (service is down): try again, or {LOGIN}",
    ),
    "offline": (OSError(), f"Entra can't be asked who is signed in (OSError): try again, or {LOGIN}"),
}


@each("case", FAILURES)
def test_no_one_is_signed_in(case: str) -> None:
    error, message = FAILURES[case]
    found = identify({}, {}, credential=Credential(error=error))
    assert found == Requester(problem=message)


def test_no_credential_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    for name in ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "AZURE_USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert identify({}, {}).problem.startswith(f"no one is signed in: {LOGIN} (")


def test_an_expired_sign_in() -> None:
    assert local({**SIGNED_IN, "exp": 1_767_225_600}) == Requester(
        problem="the sign-in of dana@contoso.com expired at 2026-01-01 00:00:00 UTC: run `az login` again",
    )


@each(
    ("token", "why"),
    [
        ("opaque", "it is not a JSON Web Token"),
        (unsigned_token([1]), "its claims are not an object"),
        ("a.%%%.c", "Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_a_token_that_cannot_be_read(token: str, why: str) -> None:
    found = identify({}, {}, credential=Credential(token))
    assert found.problem == f"the token for Azure can't be read ({why}): run `az login` again"


@each("exp", [None, "tomorrow", float("nan"), True])
def test_a_sign_in_whose_end_is_unknown_is_over(exp: Any) -> None:
    found = local({**SIGNED_IN, "exp": exp}).problem
    assert found.startswith("the sign-in of dana@contoso.com expired at ")


def test_a_token_of_no_one() -> None:
    assert local({"exp": time.time() + 60}).problem == (
        "the token for Azure names no object id (`oid`): sign in with a work account, by `az login`"
    )


def test_an_application_asks_where_there_is_no_pipeline() -> None:
    assert local(APPLICATION).persons[0].name == "deployer"


PIPELINES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "a pipeline of another make": ({"CI": "true"}, {}),
    "GITHUB_ACTIONS taken away": ({}, {"github": {"repository": "contoso/ml"}}),
    "GITLAB_CI taken away": ({}, {"gitlab": {"project": "contoso/ml"}}),
    "TF_BUILD taken away": ({}, {"azure_devops": {"repository": "https://dev.azure.com/c/p/_git/r"}}),
}


@each("case", PIPELINES)
def test_a_pipelines_own_identity_never_asks(case: str) -> None:
    environ, config = PIPELINES[case]
    assert local(APPLICATION, config, **environ).problem == (
        "the application 'deployer' is signed in, and a pipeline's own identity is not who asks: run it in the CI "
        "system that the pack's config sets up, or sign in yourself"
    )
    assert local(SIGNED_IN, config, **environ).persons


def test_the_sandboxs_own_identity_asks_in_a_pipeline_too() -> None:
    assert local(IN_SANDBOX, CI="true").persons == (Person(DANA.lower(), "deployer", tenant=TENANT),)


@each("variable", ["GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"])
def test_in_a_pipeline_the_signed_in_identity_has_no_say(variable: str) -> None:
    found = local(SIGNED_IN, {}, **{variable: "true"})
    assert found.persons == ()
    assert "pack's config" in found.problem


# -- named -----------------------------------------------------------------------------------------------------------


@each("name", PEOPLE)
def test_the_sandboxs_people_by_name(name: str) -> None:
    found = local(IN_SANDBOX, GUARDRAILS_REQUESTER=name.upper())
    assert found == Requester((Person(PEOPLE[name].object_id, name, tenant=TENANT),))


def test_the_sandboxs_people_have_roles_that_there_are() -> None:
    assert {person.role for person in PEOPLE.values()} <= {role.name for role in roles.ROLES}
    assert len({person.object_id for person in PEOPLE.values()}) == len(PEOPLE)


def test_by_object_id() -> None:
    assert local(IN_SANDBOX, GUARDRAILS_REQUESTER=PEOPLE["dana"].object_id.upper()).persons[0].name == "dana"
    people = {"people": {"github:d": {"object_id": DANA, "name": "other dana"}}}
    assert local(IN_SANDBOX, people, GUARDRAILS_REQUESTER=DANA).persons == (
        Person(DANA.lower(), "other dana", tenant=TENANT),
    )


def test_in_the_sandbox_by_azure_identity() -> None:
    with intercept(Azure()):
        assert identify({"GUARDRAILS_REQUESTER": "carl"}, {}).persons[0].object_id == PEOPLE["carl"].object_id


def test_a_name_that_the_sandbox_does_not_know() -> None:
    assert local(IN_SANDBOX, GUARDRAILS_REQUESTER="bob").problem == (
        "the sandbox knows no 'bob': name one of carl, dana, olga, rita, or an object id, in GUARDRAILS_REQUESTER"
    )


NOT_IN_THE_SANDBOX = (
    "an explicit requester is for the sandbox only, and this run is not in it: unset GUARDRAILS_REQUESTER (it is "
    "'olga'), and sign in by `az login`"
)


@each("claims", [SIGNED_IN, {**IN_SANDBOX, "exp": 1}, {"tid": TENANT}, "nothing"])
def test_against_azure_a_name_is_refused(claims: Any) -> None:
    found = local(claims, GUARDRAILS_REQUESTER="olga")
    assert found == Requester(problem=NOT_IN_THE_SANDBOX)


def test_the_caller_may_say_whether_it_is_the_sandbox() -> None:
    credential = Credential(error=AssertionError("not asked"))
    environ = {"GUARDRAILS_REQUESTER": "olga", "GITHUB_ACTIONS": "true"}
    assert identify(environ, {}, credential=credential, sandbox=lambda: True).persons
    refused = identify(environ, {}, credential=Credential(unsigned_token(IN_SANDBOX)), sandbox=lambda: False)
    assert refused.problem == NOT_IN_THE_SANDBOX


def test_an_empty_name_names_no_one() -> None:
    assert local(SIGNED_IN, GUARDRAILS_REQUESTER=" ").persons[0].name == "dana@contoso.com"


# -- the config ------------------------------------------------------------------------------------------------------

MALFORMED: dict[str, tuple[dict[str, Any], str]] = {
    "no object id": ({"people": {"github:eve": {}}}, 'guardrails.people["github:eve"].object_id: Field required'),
    "a name for an object id": (
        {"people": {"github:eve": {"object_id": "eve"}}},
        (
            "guardrails.people[\"github:eve\"].object_id: 'eve' is not an object id: "
            "take it from `az ad user show --id NAME --query id`"
        ),
    ),
    "a group": (
        {"people": {"gitlab:eve": {"object_id": DANA, "groups": ["admins"]}}},
        (
            "guardrails.people[\"gitlab:eve\"].groups[0]: 'admins' is not an object id: "
            "take it from `az ad user show --id NAME --query id`"
        ),
    ),
    "an unknown field": (
        {"people": {"github:eve": {"object_id": DANA, "role": "Owner"}}},
        'guardrails.people["github:eve"].role: Extra inputs are not permitted',
    ),
    "not an entry": (
        {"people": {"github:eve": DANA}},
        'guardrails.people["github:eve"]: Input should be a valid dictionary or instance of Entry',
    ),
    "an unknown system": (
        {"people": {"eve": {"object_id": DANA}}},
        "guardrails.people['eve']: expected github:LOGIN, gitlab:LOGIN or azure-devops:UNIQUE_NAME",
    ),
    "one login twice": (
        {"people": {"github:eve": {"object_id": DANA}, "github:Eve": {"object_id": GROUP}}},
        "guardrails.people['github:Eve'] and people['github:eve'] are one login: keep one of them",
    ),
    "an issuer in plain text": (
        {"github": {"issuer": "http://token.example"}},
        "guardrails.github.issuer: 'http://token.example' is not an https:// address",
    ),
    "an event": (
        {"github": {"events": ["pull_request_target"]}},
        "guardrails.github.events[0]: Input should be 'pull_request', 'push', 'workflow_dispatch' or 'schedule'",
    ),
    "a branch": (
        {"gitlab": {"main": ["main"]}},
        "guardrails.gitlab.main[0]: 'main' is not a branch's full name: write 'refs/heads/main'",
    ),
}


@each("case", MALFORMED)
def test_a_malformed_config_is_reported_with_its_place(case: str) -> None:
    config, message = MALFORMED[case]
    with pytest.raises(SettingsError) as refused:
        read(config)
    assert str(refused.value) == message
    assert local(SIGNED_IN, config) == Requester(problem=f"the pack's config is malformed, fix it first:\n{message}")


def test_all_mistakes_of_a_config_are_reported_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        read({"people": {"github:eve": {}}, "github": {"issuer": "none"}})
    assert len(str(refused.value).splitlines()) == 2


def test_what_others_read_in_the_config_is_left_to_them() -> None:
    assert read({"assignments": "anything", "people": {}}) == Settings()


# -- whatever happens ------------------------------------------------------------------------------------------------


def test_persons_are_each_there_once() -> None:
    people = {"github:one": {"object_id": DANA}, "github:same": {"object_id": DANA}, "github:two": {"object_id": GROUP}}
    found = read({"people": people}).requester("github", ["one", "two", "same", "ONE"])
    assert [(person.object_id, person.name) for person in found.persons] == [
        (DANA.lower(), "one"),
        (GROUP.lower(), "two"),
    ]


def test_a_fault_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: Any) -> Requester:
        raise KeyError("x")

    monkeypatch.setattr(GitHubActions, "requester", break_off)
    assert identify({"GITHUB_ACTIONS": "true"}, {}) == Requester(
        problem="a fault in the pack, to be reported (KeyError: 'x')"
    )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([DANA, "https://a.example"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["oid", "tid", "exp", "upn", "groups", "idtyp", "hasgroups", "appid"])
KEYS = st.sampled_from(["people", "github", "gitlab", "azure_devops", "other"])


@given(
    claims=st.dictionaries(NAMES, ANYTHING) | ANYTHING,
    config=st.dictionaries(KEYS, ANYTHING | st.dictionaries(st.just("github:eve"), ANYTHING)),
    named=st.text(max_size=5),
)
def test_whatever_is_said_someone_or_nobody_with_a_reason_asks(claims: Any, config: dict[str, Any], named: str) -> None:
    found = local(claims, config, GUARDRAILS_REQUESTER=named)
    assert bool(found.persons) != bool(found.problem)
    assert "fault in the pack" not in found.problem
    assert all(isinstance(person.object_id, str) and person.object_id for person in found.persons)


def test_the_import_brings_nothing_heavy() -> None:
    code = "import sys, azureml_policies.requester; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "azureml_policies" in loaded
    assert not {"azure", "jwt", "cryptography", "requests", "pulumi"} & set(loaded)
