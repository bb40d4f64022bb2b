"""What the real service was asked and answered (shared/azure-recorded), replayed against the model.

A recording holds one type's exchanges in the order in which they were made. What they stand on (groups, workspaces,
accounts) is seldom recorded, so it is made first, with the least that the model takes.
"""

import contextlib
import copy
import json
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from azureml_arm import ids
from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_sandbox.azure import Azure
from azureml_sandbox.data.blobs import Blobs
from azureml_sandbox.http import Request, Response, keyvault
from azureml_sandbox.http.arm.checks import namespace_of, supported_versions
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.services import TYPES
from kit.arm_requests import ARM, read, send
from kit.paths import SHARED
from kit.recorded_before import AS_READ, BEFORE, FILES, NOT_REPLAYED, SHUFFLED, WORKSPACE
from kit.recorded_quoted import QUOTED, Quoted

REGION = "eastus"
FOLDER = SHARED / "azure-recorded"
HEADERS = ("Location", "Azure-AsyncOperation", "Retry-After", "x-ms-async-operation-timeout")
"""The headers that clients act on."""
OK, CREATED, ACCEPTED, REFUSED = 200, 201, 202, 400
UNKNOWN = {"error": {"code": "Unknown", "message": "What is polled is what the sandbox doesn't model."}}
DONE = ("Succeeded", "Failed", "Canceled")
SECONDS, START = 60.0, 1_800_000_000.0
POLL = re.compile(
    r"/(\w*OperationsStatus|operationStatuses|operationResults|operations|asyncoperations|mfeOperationResults)/",
    re.IGNORECASE,
)
_ID = re.compile(r"/subscriptions/[^\s\"']+", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(r"\d{4}(?:-\d\d){5}-\d{7}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_EDITED = re.compile(r"REDACTED|REGION|CUT\b.*|COMMIT|OBJECT|…")
"""What recorders write in place of what they take out."""
_PLACEHOLDER = re.compile(r"\b(?:WSGUID|OPGUID|OPERATION|OP|REQUEST|WORKSPACE-GUID)\b|\b[0-9a-f]{16}\b")
_WORDS = {
    "SUB": SUBSCRIPTION,
    "ACCOUNT": "account",
    "TENANT": TENANT,
    "WS": "workspace",
    "PRINCIPAL": "c0ffee00-0000-4000-8000-000000000001",
    "eastus2euap": "eastus2",
    "centraluseuap": "centralus",
}


@dataclass(frozen=True, eq=False)
class Exchange:
    """One request to the real service, and what it answered."""

    file: str
    number: int
    method: str
    path: str
    version: str
    request: Any
    status: int | None
    headers: Mapping[str, Any]
    response: Any
    provenance: str
    note: str
    source: str

    @property
    def id(self) -> str:
        return f"{self.file}-{self.number}"

    @property
    def where(self) -> str:
        """Return the path without its query."""
        return self.path.partition("?")[0]

    @property
    def is_replayed(self) -> bool:
        """Return whether it can be asked again."""
        return self.id not in NOT_REPLAYED

    @property
    def is_quoted(self) -> bool:
        """Return whether it is what somebody pasted, of which only the body is known."""
        return self.provenance == "quoted"


@cache
def exchanges() -> tuple[Exchange, ...]:
    """Return every exchange, by file and in order; none where the recordings aren't beside the checkout."""
    return tuple(one for file in sorted(FOLDER.glob("*.json")) for one in _of_file(file.stem))


def _of_file(name: str) -> Iterator[Exchange]:
    for number, found in enumerate(json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["exchanges"], 1):
        yield Exchange(
            name,
            number,
            found.get("method") or "",
            _own(found.get("path") or ""),
            found.get("api_version") or "",
            _own_body(found.get("request")),
            found.get("status"),
            found.get("headers") or {},
            _own_body(found.get("response")),
            found.get("provenance", "recorded"),
            found.get("note") or "",
            found.get("source") or "",
        )


def _own(text: str) -> str:
    """Return a text with names that the model takes: some of the neutral ones are too short, and a region is one that
    only Microsoft's own subscriptions have.
    """
    for neutral_word, ours in _WORDS.items():
        text = re.sub(rf"(?<![\w-]){neutral_word}(?![\w-])", ours, text)
    return text.replace("ml-ws-", "ml-workspace-")


def _own_body(value: Any) -> Any:
    return json.loads(_own(json.dumps(value)))


@dataclass(frozen=True)
class Difference:
    """A difference between two answers; `what` is status, value, missing, extra, missing header or extra header."""

    what: str
    where: str
    real: Any = None
    ours: Any = None

    def __str__(self) -> str:
        return f"{self.what} {self.where}: {self.real!r} -> {self.ours!r}"


class Cloud:
    """A model whose operations take a while, as the recorded service's do; one for each recording."""

    def __init__(self, send: Callable[..., Response] = send) -> None:
        self.azure = Azure()
        self._send = send
        self.azure.operations.seconds = SECONDS
        self.now = START
        self.azure.clock = lambda: self.now
        self._polled = ""
        self._exchange: Exchange | None = None

    def replay(self, one: Exchange) -> Response:
        """Send a recorded request; what it stands on is there, and a poll asks for the operation that goes on."""
        self._exchange = one
        if one.is_quoted:
            return self._refuse(one, QUOTED[one.id])
        if one.path.startswith("https://"):
            return self._vault(one)
        if POLL.search(one.where) or not one.where.startswith("/"):
            return self._poll(one)
        if not _is_going_on(one):
            self._finish()
        self._stand(one)
        query = "" if "api-version" in one.path else f"{'&' if '?' in one.path else '?'}api-version={one.version}"
        answer = self._send(self.azure, one.method, one.path + query, one.request)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        where = headers.get("azure-asyncoperation") or headers.get("location")
        if one.method != "GET":
            self._polled = where or self._polled if answer.status < REFUSED else ""
        return answer

    def _refuse(self, one: Exchange, quoted: Quoted) -> Response:
        """Return the refusal that somebody quotes, of a request of ours."""
        path = quoted.path or one.path
        self._above(path if ids.is_id(path) else _nearest(path), REGION)
        for resource_id, body in (quoted.there or {}).items():
            self.azure.provide(resource_id, copy.deepcopy(dict(body)))
            self._finish()
            if quoted.gone and resource_id.endswith(f"/{quoted.gone}"):
                self._send(self.azure, "DELETE", f"{resource_id}?api-version={_newest(resource_id)}")
        if quoted.prepare is not None:
            quoted.prepare(self.azure)
        return self._send(self.azure, one.method, f"{path}?api-version={_newest(path)}", quoted.body)

    def _vault(self, one: Exchange) -> Response:
        """Ask a vault's own host, which takes no request without a token."""
        base, _, path = one.path.removeprefix("https://").partition("/")
        name = base.partition(".")[0]
        if "no token" in one.note:
            return keyvault.challenge("login.windows.net", self.azure.tenant)
        vault = f"{ids.resource_group_id(SUBSCRIPTION, 'GROUP')}/providers/Microsoft.KeyVault/vaults/{name}"
        self._above(vault, REGION)
        for resource_id, body in BEFORE.get(one.id, {}).items():
            self._make(resource_id, body or {}, REGION)
        self._there(vault, REGION)
        content = json.dumps(one.request).encode() if one.request is not None else b""
        asked = Request(one.method, f"{one.path}?api-version={one.version}", {}, content)
        return keyvault.handle(self.azure, name, asked, f"https://{base}", f"/{path}")

    def _poll(self, one: Exchange) -> Response:
        is_over = (_body(one) or {}).get("status") in DONE
        has_result = one.status == OK and "status" not in (_body(one) or {})
        if is_over or has_result or one.status not in (OK, ACCEPTED):
            self._finish()
        return (
            self._send(self.azure, "GET", self._polled.removeprefix(ARM))
            if self._polled
            else Response.json(REFUSED, UNKNOWN)
        )

    def _finish(self) -> None:
        """Let what goes on come to its end."""
        self.now += SECONDS + 1
        self.azure.settle()

    def _stand(self, one: Exchange) -> None:
        """Make what a request stands on: all above its path, what its body names, and what it reads or changes."""
        region = _region(one)
        for resource_id, body in BEFORE.get(one.id, {}).items():
            self._above(resource_id, region)
            if not ids.is_id(resource_id):
                self.azure.action(resource_id.rpartition("/")[0], resource_id.rpartition("/")[2], body)
                self._finish()
            elif body is not None:
                self.azure.provide(resource_id, copy.deepcopy(body))
                self._finish()
        for path, text in FILES.get(one.id, {}).items():
            self._file(path, text, region)
        named = [text for text in _ID.findall(json.dumps(one.request)) if ids.is_id(text)] if one.request else []
        named = [text for text in named if not _is_absent(one, text)]
        target = one.where if one.method != "POST" else one.where.rpartition("/")[0]
        for text in (target, *named):
            self._above(text, region)
        for text in named:
            self._there(text, region)
        if one.status is None or one.status >= REFUSED or not ids.is_id(target):
            self._items(one)
            return
        is_made = one.method == "PUT" and (one.status != OK or one.note.startswith("create"))
        if not is_made and not one.where.endswith("/startPendingUpload"):
            self._make(target, _past(one) or {}, region, anew=one.id in AS_READ)

    def _file(self, path: str, text: str, region: str) -> None:
        """Put a file into the workspace's default datastore."""
        self._above(f"{WORKSPACE}/datastores/any", region)
        store = self.azure.get(f"{WORKSPACE}/datastores/workspaceblobstore")["properties"]
        self.azure.part(Blobs).put(store["accountName"], store["containerName"], path, text.encode())

    def _items(self, one: Exchange) -> None:
        """Make what a list was read of."""
        found = (_body(one) or {}).get("value") or []
        for item in sorted(found[::-1] if isinstance(found, list) else [], key=_stands_on_another):
            if isinstance(item, dict) and ids.is_id(str(item.get("id"))):
                self._above(item["id"], _region(one))
                self._make(item["id"], item, _region(one))

    def _above(self, resource_id: str, region: str) -> None:
        parent = ids.parse(resource_id).parent if ids.is_id(resource_id) else _nearest(resource_id)
        if parent and ids.is_id(parent):
            self._above(parent, region)
            self._there(parent, region)

    def _there(self, resource_id: str, region: str) -> None:
        if self._exchange is not None and _is_absent(self._exchange, resource_id):
            return
        self._make(resource_id, {}, region)

    def _make(self, resource_id: str, body: Mapping[str, Any], region: str, *, anew: bool = False) -> None:
        """Make a resource where the model has its type and it isn't there: as an answer shows it, or the least."""
        if not anew and not self.azure.is_missing(resource_id):
            return
        given = {key: value for key, value in body.items() if key not in ("id", "name", "type", "systemData", "etag")}
        if isinstance(given.get("properties"), dict):
            given["properties"] = {
                key: one for key, one in given["properties"].items() if key != "associatedWorkspaces"
            }
        for one in (given, _least(ids.parse(resource_id), region)):
            if not one:
                continue
            for text in filter(ids.is_id, _ID.findall(json.dumps(one))):
                if not ids.same(text, resource_id):
                    self._above(text, region)
                    self._there(text, region)
            with contextlib.suppress(ArmError, KeyError, TypeError, AttributeError):
                self.azure.provide(resource_id, one)
                self._finish()
                return


def _newest(path: str) -> str:
    return supported_versions(namespace_of(path))[0]


def _stands_on_another(item: Any) -> bool:
    """Return whether an item of a list needs another one of the list, as a project needs its hub."""
    return isinstance(item, dict) and "hubResourceId" in (item.get("properties") or {})


def _body(one: Exchange) -> dict[str, Any] | None:
    return one.response if isinstance(one.response, dict) else None


def _past(one: Exchange) -> dict[str, Any] | None:
    """Return what was there before a request: what it asks for again, or what any answer shows of it."""
    if one.method == "PUT":
        return one.request if isinstance(one.request, dict) else None
    if one.method == "DELETE" and "properties" in (_body(one) or {}):
        return _body(one)
    target = one.where if one.method != "POST" else one.where.rpartition("/")[0]
    answers = [other for other in exchanges() if other.method in ("GET", "PUT") and ids.same(other.where, target)]
    answers.sort(key=lambda other: (other.source != one.source, other.method != "GET", other is not one))
    bodies = [other.response for other in answers if other.status in (OK, CREATED) and isinstance(other.response, dict)]
    return next((body for body in bodies if "properties" in body), None)


def _nearest(path: str) -> str:
    """Return the id that a path, such as a list's, begins with; an empty text where it begins with none."""
    while path and not ids.is_id(path):
        path = path.rpartition("/")[0]
    return path


def _is_going_on(one: Exchange) -> bool:
    """Return whether a read found what was still being made or changed."""
    properties = (_body(one) or {}).get("properties")
    state = properties.get("provisioningState") if isinstance(properties, dict) else None
    return one.method == "GET" and state is not None and state not in DONE


def _is_absent(one: Exchange, resource_id: str) -> bool:
    """Return whether a refusal says that a resource isn't there."""
    message = json.dumps((_body(one) or {}).get("error") or {})
    if one.status is None or one.status < REFUSED or not re.search("not found|unknown", message, re.IGNORECASE):
        return False
    name, kind = resource_id.rpartition("/")[2], ids.parse(resource_id).type.lower()
    if kind == "microsoft.resources/resourcegroups" or (
        kind.endswith("/workspaces") and '"ResourceNotFound"' not in message
    ):
        return False
    return (
        resource_id in BEFORE.get(one.id, {})
        or re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", message) is not None
    )


_PLACES = (
    r"/locations/(?!REGION|global)(\w+)/",
    r"//(\w+)\.api\.azureml\.ms",
    r'"Location", "info": {"value": "(\w+)"',
    r'"location": "(?!global)(\w+)"',
)
"""Where a recording has its region, the surest first."""


@cache
def _region(one: Exchange) -> str:
    """Return where a recording was made: as the exchange says, or another one of the same recording."""
    alike = [other for other in exchanges() if (other.file, other.source) == (one.file, one.source)]
    for other in (one, *alike):
        text = _own(json.dumps([other.path, dict(other.headers), other.response, other.request]))
        found = next((match for place in _PLACES if (match := re.search(place, text))), None)
        if found:
            return str(found[1]).lower()
    return REGION


def differences(one: Exchange, answer: Response) -> list[Difference]:
    """Return how an answer differs from the recorded one; texts that differ by run (ids, times) are one to us."""
    found: list[Difference] = []
    if one.status is not None and one.status != answer.status:
        found.append(Difference("status", "", one.status, answer.status))
    ours = {name.lower() for name in answer.headers}
    for name in () if one.is_quoted else HEADERS:
        real = any(name.lower() == header.lower() for header in one.headers)
        if real != (name.lower() in ours):
            found.append(Difference("missing header" if real else "extra header", name, real, not real))
    try:
        body = read(answer)
    except ValueError:
        body = answer.body.decode()
    path = "" if POLL.search(one.where) else one.path  # a poll is of our operation
    found += _compare("", one.response, _cut(one, body), _guids(f"{path} {json.dumps(one.request)}"))
    return found


def _guids(text: str) -> frozenset[str]:
    """Return the GUIDs in a text, but for ours (the subscription, the tenant) and the one that is nobody's."""
    return frozenset(map(_plain, _GUID.findall(text))) - {_plain(SUBSCRIPTION), _plain(TENANT), "0" * 32}


def _plain(guid: str) -> str:
    return guid.replace("-", "").lower()


def _cut(one: Exchange, body: Any) -> Any:
    """Return a list as the recorder has cut it: what the recording has of it, in the recording's order."""
    real = one.response
    if not isinstance(real, dict) or not isinstance(real.get("value"), list) or not isinstance(body, dict):
        return body
    is_cut, is_shuffled = "cut" in one.note, one.id in SHUFFLED
    if not (is_cut or is_shuffled):
        return body
    kept = [json.dumps(_key(item)).lower() for item in real["value"]]
    found = [item for item in body.get("value") or [] if not is_cut or json.dumps(_key(item)).lower() in kept]
    if is_shuffled:
        place = {key: number for number, key in enumerate(kept)}
        found.sort(key=lambda item: place.get(json.dumps(_key(item)).lower(), len(kept)))
    return {**body, "value": found}


def _key(item: Any) -> Any:
    return (item.get("id") or "", item.get("name")) if isinstance(item, dict) else item


def _compare(path: str, real: Any, ours: Any, asked: frozenset[str]) -> Iterator[Difference]:
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in real.keys() | ours.keys():
            where = f"{path}.{key}" if path else key
            if key not in ours:
                yield Difference("missing", where, real[key])
            elif key not in real:
                yield Difference("extra", where, None, ours[key])
            else:
                yield from _compare(where, real[key], ours[key], asked)
    elif isinstance(real, list) and isinstance(ours, list):
        if len(real) != len(ours):
            yield Difference("value", f"{path}[]", len(real), len(ours))
        for index, (one, other) in enumerate(zip(real, ours, strict=False)):
            yield from _compare(f"{path}[{index}]", one, other, asked)
    elif not _alike(neutral(real, asked), neutral(ours, asked)):
        yield Difference("value", path, real, ours)


def _alike(real: Any, ours: Any) -> bool:
    """Return whether two values are the same but for what the recorder has taken out."""
    if isinstance(real, str) and _EDITED.fullmatch(real):
        return True
    if not isinstance(real, str) or not isinstance(ours, str) or not _EDITED.search(real):
        return bool(real == ours)
    return re.fullmatch(".*".join(re.escape(part) for part in _EDITED.split(real)), ours, re.DOTALL) is not None


def neutral(value: Any, asked: Container[str] = ()) -> Any:
    """Return a value without what differs from run to run; GUIDs that were asked with are what the answer repeats, and
    any other is one that the service chose.
    """
    if isinstance(value, str):
        text = _GUID.sub(lambda found: found[0] if _plain(found[0]) in asked else "GUID", value)
        return _TIME.sub("TIME", _PLACEHOLDER.sub("GUID", text))
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _least(target: ids.ResourceId, region: str) -> dict[str, Any]:
    """Return the least that makes one of a type."""
    kind = target.type.lower()
    group = ids.resource_group_id(target.subscription or "", target.resource_group or "")
    bodies: dict[str, dict[str, Any]] = {
        "microsoft.storage/storageaccounts": {"sku": {"name": "Standard_LRS"}, "kind": "StorageV2"},
        "microsoft.keyvault/vaults": {
            "properties": {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}, "accessPolicies": []}
        },
        "microsoft.insights/components": {"kind": "web", "properties": {"Application_Type": "web"}},
        "microsoft.containerregistry/registries": {"sku": {"name": "Basic"}},
        "microsoft.machinelearningservices/workspaces": {
            "identity": {"type": "SystemAssigned"},
            "properties": {
                "storageAccount": f"{group}/providers/Microsoft.Storage/storageAccounts/account",
                "keyVault": f"{group}/providers/Microsoft.KeyVault/vaults/vault",
            },
        },
        "microsoft.machinelearningservices/workspaces/computes": {
            "properties": {
                "computeType": "AmlCompute",
                "properties": {"vmSize": "STANDARD_D2_V2", "scaleSettings": {"maxNodeCount": 2}},
            }
        },
        "microsoft.machinelearningservices/workspaces/onlineendpoints": {
            "identity": {"type": "SystemAssigned"},
            "properties": {"authMode": "Key"},
        },
        "microsoft.machinelearningservices/workspaces/jobs": {
            "properties": {"jobType": "Pipeline", "jobs": {"a": {"type": "command"}}}
        },
        "microsoft.machinelearningservices/workspaces/batchendpoints": {
            "identity": {"type": "SystemAssigned"},
            "properties": {"authMode": "AADToken"},
        },
    }
    is_tracked = kind in TYPES and TYPES[kind].tracked
    where = {"location": region} if is_tracked or "/providers/" not in target.text.lower() else {}
    return {**where, **bodies.get(kind, {"properties": {}})}
