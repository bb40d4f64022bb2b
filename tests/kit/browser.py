"""A headless Chromium, driven by its DevTools protocol: https://chromedevtools.github.io/devtools-protocol/."""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

COMMAND = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_PATIENCE = 20.0
_KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " ")}


class Tab:
    """One page of the browser."""

    def __init__(self, connection: ClientConnection, session: str) -> None:
        self._connection = connection
        self._session = session
        self._number = 0
        self.problems: list[str] = []
        """What the console and the page's errors said."""
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a command of the protocol, and return its answer."""
        self._number += 1
        request = {"id": self._number, "method": method, "params": parameters, "sessionId": self._session}
        self._connection.send(json.dumps(request))
        while True:
            message = json.loads(self._connection.recv(timeout=_PATIENCE))
            self._hear(message)
            if message.get("id") == self._number and message.get("sessionId") == self._session:
                assert "error" not in message, message["error"]
                found: dict[str, Any] = message["result"]
                return found

    def open(self, url: str) -> None:
        """Load a page, and wait for it."""
        self.call("Page.navigate", url=url)
        wanted = json.dumps(url.partition("#")[0])
        self.until(f"document.readyState === 'complete' && location.href.split('#')[0] === {wanted}")

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition: str) -> Any:
        """Wait until an expression is true."""
        return until(
            lambda: self.run(f"(() => {{ try {{ return {condition} }} catch {{ return null }} }})()"), condition
        )

    def press(self, key: str) -> None:
        """Press and release a key, or type a character."""
        code, text = _KEYS.get(key, (0, key))
        shared = {"key": key, "windowsVirtualKeyCode": code, "text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown", **shared)
        self.call("Input.dispatchKeyEvent", type="keyUp", **shared)

    def look(self, width: int, height: int, *, dark: bool = False) -> None:
        """Set the size of the window, and the colours that somebody prefers."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def without_script(self, *, off: bool = True) -> None:
        """Set whether pages may run scripts."""
        self.call("Emulation.setScriptExecutionDisabled", value=off)

    def screenshot(self) -> bytes:
        """Return a screenshot as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def _hear(self, message: dict[str, Any]) -> None:
        event = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.problems.append(event["exceptionDetails"].get("exception", {}).get("description", "an error"))
        elif message.get("method") == "Log.entryAdded" and event["entry"]["level"] == "error":
            self.problems.append(f"{event['entry']['text']} {event['entry'].get('url', '')}")


def until(condition: Callable[[], Any], what: str) -> Any:
    """Ask again and again until the answer is true."""
    deadline = time.monotonic() + _PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {_PATIENCE} s: {what}"
        time.sleep(0.05)
    return found


@contextmanager
def browser(profile: Path) -> Iterator[ClientConnection]:
    """Yield a browser with a profile of its own, until the block ends."""
    assert COMMAND is not None
    options = ["--headless=new", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu",
               "--disable-dev-shm-usage",
               "--ignore-certificate-errors", f"--user-data-dir={profile}",
               *(["--no-sandbox"] if os.geteuid() == 0 else [])]  # fmt: skip
    with (profile.parent / "browser.log").open("wb") as log, \
            subprocess.Popen([COMMAND, *options, "about:blank"], stdout=log, stderr=log) as process:  # fmt: skip
        try:
            port_file = profile / "DevToolsActivePort"
            until(lambda: port_file.is_file() and port_file.read_text().count("\n"), "the browser listens")
            port, path = port_file.read_text().splitlines()
            with connect(f"ws://127.0.0.1:{port}{path}", max_size=None) as connection:
                yield connection
        finally:
            process.terminate()


def tab(connection: ClientConnection) -> Tab:
    """Return a new page."""
    return Tab(connection, _attach(connection))


def _attach(connection: ClientConnection) -> str:
    target = _ask(connection, 1, "Target.createTarget", url="about:blank")["targetId"]
    return str(_ask(connection, 2, "Target.attachToTarget", targetId=target, flatten=True)["sessionId"])


def _ask(connection: ClientConnection, number: int, method: str, **parameters: Any) -> dict[str, Any]:
    connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
    while True:
        message = json.loads(connection.recv(timeout=_PATIENCE))
        if message.get("id") == number and "sessionId" not in message:
            found: dict[str, Any] = message["result"]
            return found
