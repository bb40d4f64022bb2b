"""The page in a real headless Chromium: it follows what happens by itself, and works by keyboard and without script."""

import sqlite3
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection

from azureml_sandbox import faults
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from kit import browser
from kit.browser import Tab
from kit.clouds import GROUP, PROVIDERS, REGION, WORKSPACE, workspace
from kit.served import Served, serving

pytestmark = pytest.mark.skipif(browser.COMMAND is None, reason="skipped: no chromium")
IDENTITIES = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities"
MANY = 400


@dataclass(frozen=True)
class Site:
    """A real server, and its cloud as another process has it open."""

    server: Served
    azure: Azure

    @property
    def address(self) -> str:
        return self.server.url

    def ask(self, path: str) -> int:
        """Return the status of a request that isn't the browser's."""
        trusted = ssl.create_default_context(cafile=str(self.server.authority))
        try:
            with urllib.request.urlopen(f"{self.address}{path}", context=trusted) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("page")) as made:
        yield made


@pytest.fixture
def site(server: Served) -> Iterator[Site]:
    with open_site(server) as made:
        yield made


@contextmanager
def open_site(server: Served) -> Iterator[Site]:
    """Yield the server with a workspace and nothing else."""
    database = server.folder / ".sandbox" / "state.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("DELETE FROM cloud")
    azure = Azure(SqliteStore(database))
    with closing(azure):
        yield Site(server, workspace(azure))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientConnection]:
    with browser.browser(tmp_path_factory.mktemp("chromium") / "profile") as connection:
        yield connection


@pytest.fixture
def tab(chromium: ClientConnection) -> Iterator[Tab]:
    made = browser.tab(chromium)
    made.look(1360, 900)
    yield made
    made.without_script(off=False)
    made.call("Page.close")
    assert made.problems == []


def identity(site: Site, name: str) -> None:
    site.azure.provide(f"{IDENTITIES}/{name}", {"location": REGION})


def test_what_is_made_and_deleted_later_appears_and_goes_by_itself(site: Site, tab: Tab) -> None:
    tab.open(f"{site.address}/")
    assert tab.run("document.querySelectorAll('.name').length") > 10
    tab.run("window.before = document.documentElement")
    identity(site, "id-later")
    tab.until("document.querySelector('#tree').textContent.includes('id-later')")
    site.azure.delete(f"{IDENTITIES}/id-later")
    tab.until("!document.querySelector('#tree').textContent.includes('id-later')")
    assert tab.run("window.before === document.documentElement"), "the page was loaded again"


def test_requests_and_faults_appear_by_themselves(site: Site, tab: Tab) -> None:
    tab.open(f"{site.address}/")
    assert site.ask(f"{GROUP}?api-version=2024-03-01&sig=abc") == 401
    tab.until("document.querySelector('#activity .requests').textContent.includes('401')")
    faults.add(site.azure, faults.parse("unavailable"))
    tab.until("document.querySelector('#now').textContent.includes('1 rule is on')")


def test_what_somebody_has_opened_stays_open_and_keeps_the_focus(site: Site, tab: Tab) -> None:
    tab.open(f"{site.address}/")
    row = "[...document.querySelectorAll('summary')].find(one => one.textContent.includes('mlw-acme'))"
    tab.run(f"{row}.focus()")
    tab.press("Enter")
    tab.until(f"{row}.parentElement.open")
    identity(site, "id-later")
    tab.until("document.querySelector('#tree').textContent.includes('id-later')")
    assert tab.run(f"{row}.parentElement.open")
    assert tab.run(f"document.activeElement === {row}")
    assert tab.run(f"{row}.parentElement.textContent.includes('workspaceblobstore')")


def test_a_folded_row_is_filled_when_it_is_opened_and_goes_on_and_follows(site: Site, tab: Tab) -> None:
    with site.azure.changing():
        for number in range(MANY):
            identity(site, f"id-{number:03}")
    tab.open(f"{site.address}/")
    bundle = "[...document.querySelectorAll('details')].find(one => one.dataset.more?.includes('userAssigned'))"
    inside = f"[...{bundle}.querySelectorAll('.leaf .name')].map(one => one.textContent)"
    group = (
        "[...document.querySelectorAll('details')].find(one => one.textContent.includes('rg-acme') && one.dataset.more)"
    )
    tab.run(f"({group}).open = true")
    tab.until(bundle + " !== undefined")
    assert tab.run(inside) == []
    tab.run(f"{bundle}.querySelector('summary').click()")
    tab.until(f"{inside}.length === 100")
    tab.run(f"{bundle}.querySelector('[data-next]').click()")
    tab.until(f"{inside}.length === 200")
    identity(site, "id-000-after")
    tab.until(f"{inside}.includes('id-000-after')")


def test_the_filter_follows_what_is_typed(site: Site, tab: Tab) -> None:
    tab.open(f"{site.address}/")
    tab.run("document.querySelector('#q').focus()")
    for letter in "stacme":
        tab.press(letter)
    tab.until("document.querySelector('#hits')?.textContent.includes('“stacme”')")
    names = "[...document.querySelectorAll('#tree .name')].map(one => one.textContent)"
    assert "stacme" in tab.run(names)
    assert "mlw-acme" not in tab.run(names)
    assert tab.run("location.search") == "?q=stacme"
    assert tab.run("document.activeElement.value") == "stacme"
    site.azure.provide(f"{IDENTITIES}/id-stacme", {"location": REGION})
    tab.until(f"{names}.includes('id-stacme')")


def test_it_can_be_paused(site: Site, tab: Tab) -> None:
    tab.open(f"{site.address}/")
    tab.run("pause.click()")
    assert tab.run("status.textContent") == "Paused"
    identity(site, "id-later")
    later = "clearTimeout(timer), await follow(), document.querySelector('#tree').textContent.includes('id-later')"
    assert not tab.run(f"(async () => ({later}))()")
    tab.run("pause.click()")
    assert tab.run(f"(async () => ({later}))()")


def test_a_server_that_stops_is_shown(tmp_path: Path, tab: Tab) -> None:
    with serving(tmp_path) as server, open_site(server) as site:
        tab.open(f"{site.address}/")
    tab.until("document.querySelector('#status').textContent === \"The sandbox doesn't answer.\"")
    tab.problems.clear()


def test_it_works_by_keyboard_alone(site: Site, tab: Tab) -> None:
    tab.open(f"{site.address}/")
    tab.press("Tab")
    assert tab.run("document.activeElement.textContent") == "Skip to content"
    assert tab.run("document.activeElement.getBoundingClientRect().left") >= 0
    reached = []
    for _ in range(12):
        tab.press("Tab")
        reached.append(tab.run("document.activeElement.textContent.trim() || document.activeElement.id"))
    assert {"Resources", "Access", "Activity", "Data", "Pause", "q", "Filter"} <= set(reached)


def test_it_works_without_script(site: Site, tab: Tab) -> None:
    tab.without_script()
    tab.open(f"{site.address}/?q=mlw-acme")
    assert tab.run("document.querySelector('#pause').hidden"), "the script ran"
    tab.run("[...document.querySelectorAll('.name')].find(one => one.textContent === 'mlw-acme').click()")
    tab.until("document.querySelector('#resource h1').textContent === 'mlw-acme'")
    assert tab.run("document.querySelector('pre').textContent.includes('provisioningState')")
    tab.run("document.querySelector('header nav a[href=\"/_page/access\"]').click()")
    tab.until("document.querySelector('#access').textContent.includes('olga')")


@pytest.mark.parametrize(
    "path", ["/", f"/_page/resource?id={WORKSPACE}", "/_page/access", "/_page/activity", "/_page/data"]
)
def test_it_fits_a_phone_and_has_landmarks_and_labels(site: Site, tab: Tab, path: str) -> None:
    tab.look(360, 740)
    tab.open(f"{site.address}{path}")
    assert tab.run("document.documentElement.scrollWidth <= 360")
    assert tab.run(
        "['header', 'main', 'footer', 'header nav'].every(one => document.querySelectorAll(one).length === 1)"
    )
    assert tab.run("document.querySelectorAll('h1').length") == 1
    assert tab.run("[...document.querySelectorAll('input')].every(one => one.labels.length === 1)")
    ids = tab.run("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("dark", [False, True])
def test_texts_stand_out_from_their_ground(site: Site, tab: Tab, dark: bool) -> None:
    faults.add(site.azure, faults.parse("unavailable"))
    assert site.ask(f"{GROUP}?api-version=2024-03-01") == 401
    tab.look(1360, 900, dark=dark)
    tab.open(f"{site.address}/_page/activity")
    assert tab.run(_WEAK) == []
    tab.open(f"{site.address}/")
    assert tab.run(_WEAK) == []


_WEAK = """(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => {
    const linear = (one) => one <= .04045 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4;
    const [r, g, b] = rgb(text).map((one) => linear(one / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const found = getComputedStyle(one).backgroundColor;
      if (rgb(found)[3] !== 0) return found;
    }
  };
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.offsetParent && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((one) => {
      const [high, low] = [light(getComputedStyle(one).color), light(ground(one))].sort((a, b) => b - a);
      return (high + .05) / (low + .05) < 4.5;
    }).map((one) => one.outerHTML);
})()"""
"""The elements whose text has a contrast below 4.5 to 1: https://www.w3.org/TR/WCAG22/#contrast-minimum."""
