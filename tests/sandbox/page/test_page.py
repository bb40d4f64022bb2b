"""The page at ``/``: what it shows of a cloud, and what it never shows. In a real browser: test_page_browser.py."""

import html
import json
import re
import time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_arm import ids
from azureml_arm.roles import definition_id
from azureml_arm.sandbox import PEOPLE
from azureml_sandbox import faults
from azureml_sandbox.azure import Azure
from azureml_sandbox.data.vaults import Vaults
from azureml_sandbox.http import Request, Response
from azureml_sandbox.http.tokens import Unsigned
from azureml_sandbox.page import Recent, handle, hidden, is_ours
from azureml_sandbox.page.names import brief
from azureml_sandbox.server.front import Front
from kit.arm_requests import access_token
from kit.clouds import BODIES, GROUP, REGION, STORAGE, VAULT, WORKSPACE, compute, workspace

HERE = "https://localhost:8443"
SECRET = "S3CR3T-4711"
HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"


@pytest.fixture
def azure() -> Azure:
    return workspace(Azure())


def get(azure: Azure, path: str, recent: Recent | None = None) -> Response:
    return handle(azure, Request("GET", f"{HERE}{path}"), Recent() if recent is None else recent)


def show(azure: Azure, path: str, recent: Recent | None = None) -> str:
    """Return the HTML of a page, which is there."""
    response = get(azure, path, recent)
    assert response.status == 200, response.body.decode()
    return response.body.decode()


def page_text(azure: Azure, path: str, recent: Recent | None = None) -> str:
    """Return the text of a page, as a reader of it sees it."""
    return words_of(show(azure, path, recent))


def words_of(markup: str) -> str:
    text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", markup, flags=re.DOTALL)
    return " ".join(html.unescape(text).split())


def of(resource_id: str, **more: Any) -> str:
    """Return the path of a resource's page."""
    query = "".join(f"&{name}={quote(str(value), safe='')}" for name, value in more.items())
    return f"/_page/resource?id={quote(resource_id)}{query}"


def pages(azure: Azure) -> list[str]:
    """Return every page that there is of a cloud."""
    return ["/", "/_page/access", "/_page/activity", "/_page/data"] + [of(one["id"]) for one in azure.resources()]


def request(method: str, path: str, who: str = "", azure: Azure | None = None) -> Request:
    token = access_token(azure or Azure(), PEOPLE[who].object_id, "https://management.azure.com") if who else ""
    return Request(method, f"{HERE}{path}", {"Authorization": f"Bearer {token}"} if token else {})


# -- what is shown ---------------------------------------------------------------------------------------------------


def test_the_tree_has_every_resource_with_its_state_and_region(azure: Azure) -> None:
    found = show(azure, "/")
    for one in azure.resources():
        assert f'href="/_page/resource?id={one["id"]}"' in found
    assert f"{len(azure.resources())} resources in 1 group" in found
    assert re.search(rf"mlw-acme MachineLearningServices/workspaces Succeeded {REGION}", page_text(azure, "/"))


def test_a_cloud_with_nothing_in_it_says_what_to_do() -> None:
    text = page_text(Azure(), "/")
    assert "There is nothing here yet" in text
    assert "azureml-sandbox run -- pulumi up" in text


def test_a_resource_has_a_page_with_its_body_and_links_to_what_it_names(azure: Azure) -> None:
    found = show(azure, of(WORKSPACE))
    text = html.unescape(re.sub(r"<[^>]*>", "", found.partition("<pre")[2].partition(">")[2].partition("</pre>")[0]))
    assert json.loads(text) == azure.get(WORKSPACE)
    assert f'<a href="{of(STORAGE)}">{STORAGE}</a>' in found
    assert f'href="{of(f"{WORKSPACE}/datastores/workspaceblobstore")}"' in found


def test_a_resource_says_who_may_change_it_and_why(azure: Azure) -> None:
    text = page_text(azure, of(f"{WORKSPACE}/datastores/workspaceblobstore"))
    write, _, delete = text.partition("workspaces/datastores/write")[2].partition("workspaces/datastores/delete")
    for part in (write, delete):
        assert "yes olga Owner at the subscription" in part
        assert "no rita Reader: not granted" in part


def test_a_group_is_asked_for_by_arms_action(azure: Azure) -> None:
    assert "Microsoft.Resources/subscriptions/resourceGroups/write" in page_text(azure, of(GROUP))


def test_who_can_create_compute_here(azure: Azure) -> None:
    text = page_text(azure, "/_page/access")
    here = text.partition("Who can create compute here")[2].partition("Who has which role where")[0]
    assert "yes olga Owner at the subscription" in here
    assert "yes carl AzureML Compute Operator at the subscription" in here
    assert "no dana AzureML Data Scientist: not granted" in here
    assert "no rita Reader: not granted" in here


def test_a_role_given_later_and_a_deny_are_heeded(azure: Azure) -> None:
    name = "0b5a1a53-0000-4000-8000-000000000001"
    rita = PEOPLE["rita"].object_id
    given = {"roleDefinitionId": definition_id("Contributor", azure.subscription), "principalId": rita}
    azure.put(f"{WORKSPACE}/providers/Microsoft.Authorization/roleAssignments/{name}", {"properties": given})
    assert "yes rita Contributor at rg-acme / workspaces/mlw-acme" in page_text(azure, "/_page/access")
    denied = {
        "permissions": [{"actions": ["*/write"]}],
        "principals": [{"id": rita, "type": "User"}],
        "denyAssignmentName": "frozen",
    }
    azure.provide(f"{GROUP}/providers/Microsoft.Authorization/denyAssignments/{name}", {"properties": denied})
    assert "no rita deny assignment frozen at rg-acme" in page_text(azure, "/_page/access")


def test_identities_are_called_by_their_resources(azure: Azure) -> None:
    text = page_text(azure, "/_page/access")
    assert "mlw-acme (workspaces) identity of a resource" in text
    assert azure.get(WORKSPACE)["identity"]["principalId"] not in text


def test_requests_are_shown_with_who_asked_and_how_long_it_took(azure: Azure) -> None:
    recent = Recent()
    recent.add(request("PUT", f"{WORKSPACE}/computes/gpu?api-version=2025-12-01", "dana", azure), 403, 0.0123)
    recent.add(request("GET", "/subscriptions?api-version=2022-12-01"), 401, 0.0004)
    recent.add(request("GET", "/subscriptions"), None, 2.0)
    text = page_text(azure, "/_page/activity", recent)
    assert "403 PUT …/resourceGroups/rg-acme" in text
    assert "computes/gpu?api-version=2025-12-01 dana 12 ms" in text
    assert "no answer GET /subscriptions no token 2 s" in text
    brief = page_text(azure, "/", recent)
    assert "403 PUT rg-acme / workspaces/mlw-acme/computes/gpu dana" in brief


def test_a_refused_token_tells_nobody(azure: Azure) -> None:
    recent = Recent()
    recent.add(request("GET", "/subscriptions", "olga", azure), 401, 0.001)
    assert [one.who for one in recent] == ["an unknown token"]


def test_the_last_requests_are_kept_and_those_for_the_page_are_not() -> None:
    recent = Recent(3)
    for number in range(5):
        recent.add(request("GET", f"/subscriptions/{number}"), 200, 0.001)
        recent.add(request("GET", "/_page/style.css"), 200, 0.001)
        recent.add(request("GET", "/"), 200, 0.001)
    assert [one.path for one in recent] == ["/subscriptions/4", "/subscriptions/3", "/subscriptions/2"]


def test_running_operations_and_faults_and_the_clock_are_shown(azure: Azure) -> None:
    now = time.time() + 7200
    azure.clock = lambda: now
    azure.operations.seconds = 60
    with azure.changing():
        azure.operations.begin(ids.parse(f"{WORKSPACE}/computes/gpu"), "PUT", "Creating")
    faults.add(azure, faults.parse("throttle;type=*/computes;times=2"))
    now += 5
    text = page_text(azure, "/")
    assert "Running 1 operation" in text
    assert "Creating PUT rg-acme / workspaces/mlw-acme/computes/gpu 5 s" in text
    assert "(2 h 00 min ahead)" in text
    assert "1 rule is on" in text
    assert "throttle;type=*/computes;times=2 429 with Retry-After 0 0" in page_text(azure, "/_page/activity")
    now += 60
    assert "Running 0 operations" in page_text(azure, "/")


def test_a_resource_that_is_being_made_says_so(azure: Azure) -> None:
    azure.operations.seconds = 60
    with azure.changing():
        azure.operations.begin(ids.parse(WORKSPACE), "PUT", "Updating")
    assert "mlw-acme MachineLearningServices/workspaces Updating" in page_text(azure, "/")


def test_a_deletion_that_has_ended_is_done(azure: Azure) -> None:
    now = time.time()
    azure.clock = lambda: now
    azure.operations.seconds = 60
    with azure.changing():
        azure.operations.begin(ids.parse(STORAGE), "DELETE", "Deleting", query={})
    assert "stacme Storage/storageAccounts Deleting" in page_text(azure, "/")
    now += 61
    assert "stacme" not in page_text(azure, "/")


@pytest.mark.parametrize(("path", "said"), [
    (GROUP, "rg-acme"), (f"{GROUP}/resources", "/resourceGroups/rg-acme/resources"),
    (f"{WORKSPACE}/computes", "rg-acme / workspaces/mlw-acme/computes"),
    (f"{STORAGE}/listKeys", "rg-acme / storageAccounts/stacme/listKeys"),
    (GROUP.rpartition("/")[0], "/resourceGroups"), (GROUP.rpartition("/resourceGroups")[0], "the subscription"),
    ("/5a4d0b0c-0000-4000-8000-00000000aaaa/oauth2/v2.0/token", "/oauth2/v2.0/token"), ("/x//y", "/x//y"),
])  # fmt: skip
def test_a_path_is_shown_in_few_words(path: str, said: str) -> None:
    assert brief(path) == said


def test_the_names_of_secrets_and_blobs(azure: Azure) -> None:
    vaults = Vaults(azure)
    vaults.set("kv-acme", "sql-password", SECRET)
    vaults.set("kv-acme", "old-one", SECRET)
    vaults.delete("kv-acme", "old-one")
    container = f"{STORAGE}/blobServices/default/containers/models"
    azure.put(container, {"properties": {}})
    azure.blobs.put("stacme", "models", "a/b.bin", b"x" * 1500)
    text = page_text(azure, "/_page/data")
    assert "kv-acme sql-password old-one deleted" in text
    assert "models stacme 1 1.5 kB" in text
    assert "a/b.bin application/octet-stream 1.5 kB" in page_text(azure, of(container))
    assert "sql-password" in page_text(azure, of(VAULT))


@pytest.mark.parametrize(
    ("words", "hits"), [("stacme", {STORAGE}), ("MICROSOFT.STORAGE acme", {STORAGE}), ("nowhere", set())]
)
def test_the_filter_finds_what_has_all_words(azure: Azure, words: str, hits: set[str]) -> None:
    found = show(azure, f"/?q={quote(words)}")
    linked = {html.unescape(one) for one in re.findall(r'class="name" href="/_page/resource\?id=([^"]+)"', found)}
    every = {one["id"] for one in azure.resources() if all(word in one["id"].lower() for word in words.lower().split())}
    assert linked == every
    assert hits <= linked


# -- what never is ---------------------------------------------------------------------------------------------------


@pytest.mark.any_body("properties that hold what doesn't belong there")
def test_no_page_has_a_secret(azure: Azure) -> None:
    azure.put(
        f"{WORKSPACE}/computes/vm-cluster",
        compute(
            "AmlCompute",
            vmSize="STANDARD_DS3_V2",
            scaleSettings={"maxNodeCount": 1},
            userAccountCredentials={"adminUserName": "a", "adminUserPassword": SECRET},
        ),
    )
    account_key = {"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey", "key": SECRET}}
    azure.put(
        f"{WORKSPACE}/datastores/keyed",
        {
            "properties": {
                "datastoreType": "AzureBlob",
                "accountName": "stacme",
                "containerName": "c",
                "credentials": account_key,
            }
        },
    )
    azure.put(
        STORAGE,
        {
            **BODIES[STORAGE],
            "tags": {
                "note": f"https://x.blob.core.windows.net/c?sv=1&sig={SECRET}",
                "password": SECRET,
                "git": f"https://u:{SECRET}@h/",
                "link": f"DefaultEndpointsProtocol=https;AccountKey={SECRET};EndpointSuffix=x",
                "API_TOKEN": SECRET,
            },
        },
    )
    Vaults(azure).set("kv-acme", "name", SECRET)
    recent = Recent()
    recent.add(request("GET", f"/blob/stacme/c/b?sv=2&sig={SECRET}&comp=list&code={SECRET}"), 200, 0.001)
    recent.add(Request("PUT", f"{HERE}/x", {"Authorization": f"SharedKey stacme:{SECRET}"}, SECRET.encode()), 200, 1)
    for path in pages(azure):
        assert SECRET not in show(azure, path, recent), path
    assert "/blob/stacme/c/b?sv=•••&sig=•••&comp=list" in page_text(azure, "/_page/activity", recent)
    assert [one.who for one in recent] == ["an account key", "a signature"]


def test_keys_of_endpoints_and_the_tokens_of_requests_stay_out(azure: Azure) -> None:
    keys = azure.action(STORAGE, "listKeys")["keys"]
    token = request("GET", "/", "olga", azure).header("authorization").split()[1]
    recent = Recent()
    recent.add(request("GET", "/subscriptions", "olga", azure), 200, 0.001)
    everything = "".join(show(azure, path, recent) for path in pages(azure))
    assert keys
    assert not [one for one in (token, token.split(".")[1], *(key["value"] for key in keys)) if one in everything]


@given(
    st.text(min_size=8).filter(lambda text: text.strip("•") != ""),
    st.sampled_from(
        [
            "adminPassword",
            "accountKey",
            "client_secret",
            "SAS_TOKEN",
            "sasUri",
            "connectionString",
            "primaryKey",
            "apiKeys",
        ]
    ),
)
def test_a_property_with_a_telling_name_is_masked_wherever_it_is(value: str, name: str) -> None:
    masked = hidden.mask({"properties": {"list": [{"deep": {name: value}}], name: [value]}})
    assert masked == {"properties": {"list": [{"deep": {name: hidden.HIDDEN}}], name: [hidden.HIDDEN]}}


@pytest.mark.parametrize(
    "plain",
    [
        {"keyVault": "/subscriptions/x"},
        {"allowSharedKeyAccess": False},
        {"credentialsType": "AccountKey"},
        {"sshPublicKey": "ssh-ed25519 AAAA"},
        {"adminUserName": "me"},
        {"secrets": {"secretsType": "Sas"}},
        {"authMode": "Key"},
        {"vaultUri": "https://kv.vault.azure.net/"},
        {"key": "value"},
        {"count": 3, "nothing": None},
    ],
)
def test_what_is_no_secret_is_shown(plain: dict[str, Any]) -> None:
    assert hidden.mask(plain) == plain


# -- hostile input ---------------------------------------------------------------------------------------------------


@pytest.mark.any_body("tags and a display name that nobody should have")
def test_hostile_names_are_text_and_nothing_else(azure: Azure) -> None:
    azure.put(STORAGE, {**BODIES[STORAGE], "tags": {"hostile": HOSTILE}})
    azure.put(f"{STORAGE}/blobServices/default/containers/models", {"properties": {}})
    azure.blobs.put("stacme", "models", HOSTILE, b"")
    recent = Recent()
    recent.add(Request(HOSTILE[:18], f"{HERE}/{quote(HOSTILE)}?api-version={quote(HOSTILE)}"), 400, 0.001)
    searched = f"/?q={quote(HOSTILE)}"
    for path in (*pages(azure), searched, of(f"/providers/A.B/c/{quote(HOSTILE)}/d/e"), f"/_page/{quote(HOSTILE)}"):
        found = get(azure, path, recent).body.decode()
        assert "<script>" not in found, path
        assert "49" not in found.partition("7*7")[2][:4]
    assert "&lt;script&gt;" in show(azure, "/_page/activity", recent)
    assert "&lt;script&gt;" in show(azure, searched)


@pytest.mark.parametrize(
    "path",
    [
        "/_page/resource",
        "/_page/resource?id=",
        "/_page/resource?id=nonsense",
        "/_page/resource?id=/subscriptions/a/b/c",
        f"/_page/resource?id={GROUP}x",
        "/_page/children?id=../../etc/passwd",
        "/_page/static/../__init__.py",
        "/_page/nothing",
        "/_page/../../etc/passwd",
        "/_page/templates/base.html",
        "/_page/%00",
    ],
)
def test_what_is_not_there_is_said_in_a_line(azure: Azure, path: str) -> None:
    response = get(azure, path)
    assert response.status in (400, 404)
    assert "To all resources" in response.body.decode()


@pytest.mark.parametrize("skip", ["-1", "x", "9" * 40, "²", ""])
def test_a_place_in_a_list_that_makes_no_sense_is_no_error(azure: Azure, skip: str) -> None:
    assert get(azure, f"/?q=acme&skip={quote(skip)}").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_it_only_reads(azure: Azure, method: str) -> None:
    before = azure.resources()
    response = handle(azure, Request(method, f"{HERE}/", {}, b"{}"), Recent())
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")
    assert azure.resources() == before


@pytest.mark.parametrize("path", ["/", "/_page/activity", "/_page/style.css", "/_page/page.js", "/_page/nothing"])
def test_other_sites_can_neither_frame_it_nor_run_scripts_in_it(azure: Azure, path: str) -> None:
    headers = get(azure, path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not [name for name in headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "192.168.1.7", "127.0.0.1.nip.io"])
def test_another_name_that_leads_here_shows_nothing(azure: Azure, host: str) -> None:
    front = Front(azure, Unsigned(), 8443)
    assert front.answer(Request("GET", f"{HERE}/")).status == 200
    for path in ("/", "/_page/activity"):
        response = front.answer(Request("GET", f"https://{host}:8443{path}"))
        assert response.status == 421
        assert b"rg-acme" not in response.body


def test_the_server_keeps_its_requests_for_the_page(azure: Azure) -> None:
    front = Front(azure, Unsigned(), 8443)
    asked = request("GET", f"{GROUP}?api-version=2024-03-01", "rita", azure)
    assert front.answer(asked).status == 200
    assert "200 GET rg-acme rita" in words_of(front.answer(Request("GET", f"{HERE}/")).body.decode())


def test_pages_hold_no_script_and_name_no_other_host(azure: Azure) -> None:
    for path in ("/", "/_page/access", "/_page/activity", "/_page/data"):
        found = show(azure, path)
        assert re.findall(r"<script[^>]*>", found) == ['<script src="/_page/page.js" defer>']
        assert not re.search(r"\son\w+=|style=|(src|href)=\"(?!/|#)", found)


def test_what_the_browser_has_is_not_sent_again(azure: Azure) -> None:
    azure.clock = lambda: 1_800_000_000.0
    mark = get(azure, "/").headers["ETag"]
    again = Request("GET", f"{HERE}/", {"If-None-Match": mark})
    assert [handle(azure, again, Recent()).status for _ in range(2)] == [304, 304]
    azure.put(f"{GROUP}2", {"location": REGION})
    assert handle(azure, again, Recent()).status == 200
    head = handle(azure, Request("HEAD", f"{HERE}/_page/access"), Recent())
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize(
    ("path", "ours"), [("/", True), ("/_page", True), ("/_page/x", True), ("/_pages", False), ("/subscriptions", False)]
)
def test_which_paths_are_the_pages(path: str, ours: bool) -> None:
    assert is_ours(path) is ours


# -- a big cloud -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def big() -> Azure:
    """Return 10,000 resources: 201 groups, one of which has 5,000 data assets in its workspace."""
    azure = workspace(Azure())
    for number in range(200):
        group = f"{GROUP}-{number:03}"
        azure.provide(group, {"location": REGION})
        identities = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
        _provide_many(azure, identities, [f"id-{other:02}" for other in range(24)], {"location": REGION})
    data = {"properties": {"dataType": "uri_file"}}
    _provide_many(azure, f"{WORKSPACE}/data", [f"d{number:04}" for number in range(5000)], data)
    return azure


def _provide_many(azure: Azure, place: str, names: list[str], body: dict[str, Any]) -> None:
    """Make the first, and store the others as it came out."""
    first = azure.provide(f"{place}/{names[0]}", body)
    for name in names[1:]:
        azure.update({**first, "id": f"{place}/{name}", "name": name})


def test_a_big_clouds_pages_stay_small(big: Azure) -> None:
    assert len(big.resources()) > 10_000
    for path in ("/", "/?q=id", of(WORKSPACE), of(GROUP), "/_page/access", "/_page/activity", "/_page/data"):
        assert len(show(big, path)) < 300_000, path


def test_what_a_big_cloud_folds_is_there_part_by_part(big: Azure) -> None:
    groups = {
        name
        for skip in (0, 100, 200)
        for name in re.findall(
            r">(rg-acme[^<]*)</a>", show(big, f"/_page/children?id=/subscriptions/{big.subscription}&skip={skip}")
        )
    }
    assert len(groups) == 201
    assert 'data-more="/_page/children?id=' in show(big, "/")
    kind = "Microsoft.MachineLearningServices/workspaces/data"
    last = show(big, of(WORKSPACE, type=kind, skip=4950))
    assert re.findall(r">(d\d{4})</a>", last) == [f"d{number:04}" for number in range(4950, 5000)]
    searched = show(big, "/?q=id-07&skip=100")
    assert "101 to 200 of 200" in searched
