"""The https server beside moto's and Azurite's, with wrk on the same machine: requests a second, median, memory.

Ours has TLS and authorisation on; the others have neither. Each of the others is measured where it is installed.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from urllib.parse import urlencode

from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_sandbox.model.identities import CLIENT, SECRET
from azureml_sandbox.server.files import Home

ABSENT = "not measured: needs wrk on PATH (Debian's package)"
CONNECTIONS, SECONDS, LISTED = 16, 5, 50
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-bench"
ACCOUNTS = f"{GROUP}/providers/Microsoft.Storage/storageAccounts"
_ACCOUNT = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
_SCOPE = "x/20260101/us-east-1/ec2/aws4_request"
# Azurite's well-known account (https://learn.microsoft.com/azure/storage/common/storage-use-azurite).
_AZURITE = "devstoreaccount1"
_AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass(frozen=True)
class Rate:
    """What wrk has measured."""

    each_second: float
    median: float
    """Milliseconds."""
    cpu: float
    """Milliseconds of the server's processors for each request, which other load on the machine changes little."""


@dataclass(frozen=True)
class Server:
    """One server's rates by what was asked, and its memory under that load in MiB."""

    rates: Mapping[str, Rate]
    memory: float


def measure() -> dict[str, Server]:
    """Ours, and those of the others that are installed; nothing without wrk."""
    if shutil.which("wrk") is None:
        return {}
    others = {"moto": _moto, "azurite": _azurite}
    found = {"ours": _ours()}
    return found | {name: run() for name, run in others.items() if shutil.which(_COMMANDS[name])}


_COMMANDS = {"moto": "moto_server", "azurite": "azurite-blob"}


def _ours() -> Server:
    with tempfile.TemporaryDirectory() as folder:
        home = Home.of(Path(folder))
        command = [sys.executable, "-m", "azureml_sandbox", "serve", "--cwd", folder]
        with _started(command, None) as (process, first):
            url = re.findall(r"https://\S+", first)[0]
            context = ssl.create_default_context(cafile=str(home.bundle))
            token = {"Authorization": f"Bearer {_token(url, context)}", "Content-Type": "application/json"}
            _ask(f"{url}{GROUP}?api-version=2024-03-01", "PUT", {"location": "westeurope"}, token, context)
            for number in range(LISTED):
                account = f"{url}{ACCOUNTS}/account{number:03}?api-version=2023-05-01"
                _ask(account, "PUT", _ACCOUNT, token, context)
            rates = {
                "GET": _wrk(process.pid, f"{url}{ACCOUNTS}/account001?api-version=2023-05-01", token),
                "PUT": _wrk(
                    process.pid, f"{url}{GROUP}?api-version=2024-03-01", token, "PUT", '{"location": "westeurope"}'
                ),
                f"list of {LISTED}": _wrk(process.pid, f"{url}{ACCOUNTS}?api-version=2023-05-01", token),
            }
            return Server(rates, _memory(process.pid))


def _token(url: str, context: ssl.SSLContext) -> str:
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
    data = urlencode({**form, "scope": "https://management.azure.com/.default"}).encode()
    with urllib.request.urlopen(f"{url}/{TENANT}/oauth2/v2.0/token", data, context=context) as answer:
        return str(json.load(answer)["access_token"])


def _ask(
    url: str, method: str, body: object, headers: Mapping[str, str], context: ssl.SSLContext | None = None
) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, dict(headers), method=method)
    urllib.request.urlopen(request, context=context).close()


def _moto() -> Server:
    """EC2's description of a security group, and of many; moto signs nobody in."""
    port = _free_port()
    with _started(["moto_server", "-H", "127.0.0.1", "-p", str(port)], port) as (process, _):
        url = f"http://127.0.0.1:{port}/"
        signed = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={_SCOPE}, SignedHeaders=host, Signature=x",
        }
        for number in range(LISTED):
            made = _ec2("CreateSecurityGroup", GroupName=f"group{number:03}", GroupDescription="x")
            _ask(url, "POST", made.encode(), signed)
        one = {"Filter.1.Name": "group-name", "Filter.1.Value.1": "group001"}
        rates = {
            "GET": _wrk(process.pid, url, signed, "POST", _ec2("DescribeSecurityGroups", **one)),
            f"list of {LISTED}": _wrk(process.pid, url, signed, "POST", _ec2("DescribeSecurityGroups")),
        }
        return Server(rates, _memory(process.pid))


def _ec2(action: str, **form: str) -> str:
    return urlencode({"Version": "2016-11-15", "Action": action, **form})


def _azurite() -> Server:
    """A blob that is read, and written, in memory."""
    port = _free_port()
    line = ["azurite-blob", "--inMemoryPersistence", "--silent", "--blobPort", str(port), "--skipApiVersionCheck"]
    with _started(line, port) as (process, _):
        url = f"http://127.0.0.1:{port}/{_AZURITE}/data"
        _ask(f"{url}?restype=container", "PUT", b"", _shared_key("PUT", "/data", {}, "\nrestype:container"))
        blob = {"x-ms-blob-type": "BlockBlob"}
        write = _shared_key("PUT", "/data/blob", blob, "", 26)
        _ask(f"{url}/blob", "PUT", b"x" * 26, write)
        rates = {
            "GET": _wrk(process.pid, f"{url}/blob", _shared_key("GET", "/data/blob", {}, "")),
            "PUT": _wrk(process.pid, f"{url}/blob", write, "PUT", "x" * 26),
        }
        return Server(rates, _memory(process.pid))


def _shared_key(method: str, path: str, headers: Mapping[str, str], query: str, size: int = 0) -> dict[str, str]:
    """Headers with Shared Key (https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key)."""
    kind = {"Content-Type": "application/octet-stream"} if method == "PUT" else {}
    signed = {**headers, "x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-10-04"}
    canonical = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    length = str(size) if size else ""
    text = f"{method}\n\n\n{length}\n\n{kind.get('Content-Type', '')}\n\n\n\n\n\n\n{canonical}"
    text += f"/{_AZURITE}/{_AZURITE}{path}{query}"
    mac = hmac.new(base64.b64decode(_AZURITE_KEY), text.encode(), hashlib.sha256).digest()
    return {**kind, **signed, "Authorization": f"SharedKey {_AZURITE}:{base64.b64encode(mac).decode()}"}


def _wrk(process: int, url: str, headers: Mapping[str, str], method: str = "GET", body: str = "") -> Rate:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f"wrk.method = {json.dumps(method)}\nwrk.body = {json.dumps(body)}\n")
        script.flush()
        options = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
        line = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", *options, "-s", script.name, url]
        before = _processor_seconds(process)
        shown = subprocess.run(line, capture_output=True, text=True, check=True).stdout
        spent = _processor_seconds(process) - before
    if "Non-2xx" in shown:
        raise RuntimeError(f"{method} {url} is refused: {shown}")
    amount, unit = re.findall(r"50%\s+([\d.]+)(us|ms|s)", shown)[0]
    each_second = float(re.findall(r"Requests/sec:\s*([\d.]+)", shown)[0])
    requests = int(re.findall(r"(\d+) requests in", shown)[0])
    return Rate(each_second, float(amount) * _MILLISECONDS[unit], spent / requests * 1000)


def _processor_seconds(process: int) -> float:
    """Seconds of all processors that a process has used (Linux)."""
    times = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@contextlib.contextmanager
def _started(command: list[str], port: int | None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server, and its first line where it has no port that is known."""
    quiet = subprocess.DEVNULL if port else subprocess.PIPE
    with subprocess.Popen(command, stdout=quiet, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            first = process.stdout.readline() if process.stdout else ""
            if port:
                _await(port)
            yield process, first
        finally:
            process.terminate()


def _await(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nothing answers on port {port}")


def _free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def _memory(process: int) -> float:
    """MiB in use by a process (Linux)."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text("ascii"))
    return int(found[1]) / 1024 if found else 0.0
