"""Programs under a policy pack's own process, the same through both doors."""

import json
import re

import pytest

from azureml_sandbox import Sandbox
from kit.packs import DOORS, EXPORT, SUBSCRIPTION, Project, pack_of

UNKNOWN = pack_of("policy('tagged', lambda args, report: report(args.props['tags']['made']), only=IDENTITY)")
STACK = """
def whole(args, report):
    report(f"{len(args.resources)} resources")
    for resource in args.resources:
        if resource.resource_type == GROUP:
            report("a group", resource.urn)
"""


JUDGING = STACK + pack_of(
    "policy('mandatory', no)",
    "policy('advisory', no, ADVISORY)",
    "policy('made-advisory', no, severity=Severity.HIGH)",
    "policy('disabled', no)",
    "StackValidationPolicy('whole', 'All.', whole, MANDATORY)",
    "policy('unknown', lambda args, report: report(args.props['tags']['made']), only=IDENTITY)",
    "policy('default', no, only='pulumi:providers:azure-native')",
    "policy('component', no, only='shop:index:Team')",
)


def test_a_preview_has_the_verdicts_of_the_pack(project: Project) -> None:
    project.pack(JUDGING, {"made-advisory": "advisory", "disabled": "disabled", "no-policy": "mandatory"})
    assert project.verdicts("preview", code=2) == {
        *{("mandatory", "mandatory", name) for name in ("rg", "second")},
        *{("advisory", "advisory", name) for name in ("rg", "second")},
        *{("advisory", "made-advisory", name) for name in ("rg", "second")},
        *{("mandatory", "whole", name) for name in ("shop-sandbox", "rg", "second")},
        ("advisory", "unknown", "robot"),
        ("mandatory", "default", "default_3_29_0"),
        ("mandatory", "component", "red"),
    }
    project.pack(JUDGING, {"all": "disabled"})
    assert project.verdicts("preview") == set()
    project.pack(JUDGING, {"all": "disabled", "advisory": "mandatory"})
    assert project.verdicts("preview", code=2) == {("mandatory", "advisory", name) for name in ("rg", "second")}
    assert project.live() == {}


def test_an_update_is_previewed_and_nothing_of_a_denied_one_is_done(project: Project) -> None:
    project.pack(pack_of("policy('no-groups', lambda args, report: args.name == 'second' and no(args, report))"))
    output = project.run("up", code=2)
    assert "no second please" in output
    assert "Traceback" not in output
    assert project.live() == {}
    project.pack(pack_of("policy('no-groups', no)"), {"no-groups": "advisory"})
    assert "no second please" in project.run("up")
    assert set(project.live()) == {"rg", "second"}


def test_what_a_preview_does_not_know_is_enforced_at_the_update(project: Project) -> None:
    project.pack(UNKNOWN)
    assert "can't run policy 'tagged'" in project.run("preview")
    output = project.run("up", code=2)
    assert f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg" in output
    with Sandbox(project.folder / ".sandbox" / "state.db") as sandbox:
        assert [item["type"] for item in sandbox.azure.resources() if "userAssigned" in item["type"]] == []
    assert "rg" in project.live()


def test_a_remediation_changes_the_inputs_and_is_shown(project: Project) -> None:
    project.pack(pack_of("ResourceValidationPolicy('owned', 'Owned.', None, REMEDIATE, remediate=fix)"))
    output = project.run("up")
    assert "owned" in output
    assert {name: group["tags"] for name, group in project.live().items()} == {
        "rg": {"team": "red", "owner": "ops"},
        "second": {"key": "hush", "owner": "ops"},
    }
    assert "hush" not in output
    assert "unchanged" in project.run("preview")


BROKEN = {
    "raises": (pack_of("policy('bad', lambda args, report: 1 / 0, ADVISORY)"), "division by zero"),
    "raises for the stack": (
        pack_of("StackValidationPolicy('bad', 'Bad.', lambda args, report: 1 / 0, ADVISORY)"),
        "division by zero",
    ),
    "ends its process": (pack_of("policy('bad', lambda args, report: os._exit(3), ADVISORY)"), "pack"),
    "import error": ("import no_such_module\n", "no_such_module"),
    "ends at once": ("raise SystemExit(4)\n", "pack"),
    "makes no pack": ("", "pack"),
    "empty": (pack_of(), "Missing policies argument"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_pack_that_breaks_fails_the_run_with_what_happened(project: Project, name: str) -> None:
    code, expected = BROKEN[name]
    project.pack(code)
    assert expected in project.run("up", code=2)
    assert project.live() == {}


def limit(name: str) -> str:
    """Return a policy that says what its settings are."""
    return (
        f"policy('{name}', lambda args, report: report(str(sorted(args.get_config().items()))), ADVISORY,"
        " config_schema=PolicyConfigSchema({'most': {'type': 'integer', 'default': 5}, 'why': {'type': 'string'}}))"
    )


def test_a_configuration_is_completed_and_passed_on(project: Project) -> None:
    project.pack(
        pack_of(limit("limit"), limit("why"), limit("more")),
        {"why": {"enforcementLevel": "mandatory", "why": "cost"}, "more": {"most": 7}},
    )
    output = project.run("preview", code=2)
    for settings in ("[('most', 5.0)]", "[('most', 5.0), ('why', 'cost')]", "[('most', 7.0)]"):
        assert settings in output


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"limit": {"most": "seven"}}, "most"),
        ({"limits": {"most": 7}}, "pack"),
        ({"limit": "loud"}, "loud"),
        ({"limit": 7}, "limit"),
    ],
)
def test_a_configuration_is_checked(project: Project, config: object, expected: str) -> None:
    project.pack(pack_of(limit("limit")), config)
    assert expected in project.run("preview", code=2)


ENVIRONMENT = """
SAID = "PULUMI_PROJECT PULUMI_STACK PULUMI_ORGANIZATION PULUMI_DRY_RUN GUARDRAILS_REQUESTER ARM_SUBSCRIPTION_ID".split()


def tell(args, report):
    report(" ".join(str(os.environ.get(name)) for name in SAID) + " " + os.path.basename(os.getcwd()))
"""


def test_a_pack_knows_the_stack_and_who_asks(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", "the real one")
    project.pack(ENVIRONMENT + pack_of("policy('tell', tell, ADVISORY)"))
    assert "shop sandbox organization true dana None pack" in project.run("preview", "--requester", "dana")
    output = project.run("up")
    assert "shop sandbox organization false None None pack" in output


AZURE = """
from azure.core import PipelineClient
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.core.rest import HttpRequest
from azure.identity import DefaultAzureCredential


def look(args, report):
    scope = "https://management.azure.com/.default"
    signed = BearerTokenCredentialPolicy(DefaultAzureCredential(), scope)
    with PipelineClient("https://management.azure.com", policies=[signed]) as client:
        url = "https://management.azure.com/subscriptions/5a4d0b0c-0000-4000-8000-000000000001/resourceGroups?api-version=2024-03-01"
        found = client.send_request(HttpRequest("GET", url)).json()
    report("there: " + ", ".join(sorted(item["name"] for item in found["value"])))
"""


def test_a_packs_azure_is_the_sandbox_while_the_run_writes_to_it(project: Project) -> None:
    project.pack(AZURE + pack_of("policy('look', look, ADVISORY, only=IDENTITY)"))
    output = project.run("up")
    assert re.search(r"there: rg(, second)?$", output, re.MULTILINE)
    assert "there: rg, second" in project.run("preview")


def test_the_state_before_a_run_is_there_for_the_pack(project: Project) -> None:
    project.pack(EXPORT + pack_of("StackValidationPolicy('past', 'Past.', past, ADVISORY)"))
    assert "before: ." in project.run("preview")
    assert "before: ." in project.run("up")
    assert "before: red rg robot second shop-sandbox." in project.run("preview")
    exported = (project.folder / ".sandbox" / "export.json").read_text()
    assert "hush" not in exported
    (second,) = [
        item
        for item in json.loads(exported)["deployment"]["resources"]
        if item["urn"].endswith("ResourceGroup::second")
    ]
    identity = {name: second[name] for name in ("custom", "id", "type", "parent")}
    assert identity == {
        "custom": True,
        "id": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/second",
        "type": "azure-native:resources:ResourceGroup",
        "parent": "urn:pulumi:sandbox::shop::pulumi:pulumi:Stack::shop-sandbox",
    }
    secret = second["inputs"].pop("tags")["key"]
    version = second["inputs"].pop("azureApiVersion")  # azure-native 3 fills it in at Check
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", version)
    assert second["inputs"] == {"location": "westeurope", "resourceGroupName": "second"}
    assert secret.pop("4dabf18193072939515e22adb298388d") == "1b47061264138c4ac30d75fd1eb44270"
    assert list(secret) == ["ciphertext"]


@pytest.mark.parametrize("project", DOORS[1:], indirect=True)
def test_a_bare_command_compares_with_its_own_stack_as_it_is(project: Project) -> None:
    project.pack(EXPORT + pack_of("StackValidationPolicy('past', 'Past.', past, ADVISORY)"))
    export = project.folder / ".sandbox" / "export.json"
    judged = ["preview", "--policy-pack", "pack", "--policy-pack-config", "config.json"]
    project.run("up")
    export.write_text(json.dumps({"deployment": {"resources": [{"urn": "urn::of::another::stack"}]}}))
    assert "before: red rg robot second shop-sandbox." in project.bare("pulumi", *judged)
    project.bare("pulumi", "stack", "init", "other")
    assert "before: ." in project.bare("pulumi", *judged, "--stack", "other")
    project.bare("pulumi", "preview")
    assert not export.exists()
    export.write_text("{}")
    project.bare("true")
    assert not export.exists()
