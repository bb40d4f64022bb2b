"""What an error of Azure says: the reason often stands in its details only, or is JSON text inside a message."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_DEEPEST = 12
_INNER = ("innererror", "innerError")
_OBJECT = re.compile(r'\{\s*"')
"""How an object with members begins."""


def reason(body: Any) -> str:
    """Return an error body in one line, ``CODE: message``, with what its details add; empty where it is none.

    Azure ML's refusal of a deployment without quota is "The request is invalid." but for its details
    (https://github.com/Azure/azureml-examples/issues/1635); a refused request in a template deployment is JSON text in
    JSON text.
    """
    *before, last = dict.fromkeys(_lines(body, _DEEPEST)) or ("",)
    return " ".join([*(line if line.endswith((".", "!", "?")) else f"{line}." for line in before), last])


def code_of(body: Any) -> str:
    """Return the outermost code of an error body; empty where it is none."""
    return str(_error(body).get("code") or "")


def explain(text: str) -> str:
    """Return a text with the error body that stands in it as one line, as `reason` has it.

    azure-native shows a body that has no ``error`` whole
    (https://github.com/pulumi/pulumi-azure-native/blob/master/provider/pkg/azure/client_azcore.go, newResponseError).
    """
    decoder, end = json.JSONDecoder(), 0
    for match in _OBJECT.finditer(text):
        start = match.start()
        if start < end:
            continue
        try:
            body, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if found := reason(body):
            return f"{text[:start]}{found}{text[end:]}"
    return text


def _error(body: Any) -> Mapping[str, Any]:
    """Return the part with code and message: not every service wraps it."""
    if not isinstance(body, Mapping):
        return {}
    inner = body.get("error")
    found = inner if isinstance(inner, Mapping) else body
    return found if "code" in found or "message" in found else {}


def _lines(body: Any, depth: int) -> Iterator[str]:
    """Yield what an error and its details say, the outermost first."""
    error = _error(body)
    if not error or not depth:
        return
    message = str(error.get("message") or "").strip()
    wrapped = _inner_error(message)
    if wrapped is not None:
        yield from _lines(wrapped, depth - 1)
    else:
        yield from _own_text(error, message)
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        for line in _lines(detail, depth - 1):
            # A detail that repeats the message under another code says nothing new.
            if not message or line.partition(": ")[2] != message:
                yield line


def _own_text(error: Mapping[str, Any], message: str) -> Iterator[str]:
    code = str(error.get("code") or "")
    telling = [inner for inner in _inner_codes(error) if inner != code]
    called = f"{code} ({telling[-1]})" if code and telling else code or (telling[-1] if telling else "")
    if called or message:
        yield ": ".join(part for part in (called, message) if part)


def _inner_codes(error: Mapping[str, Any]) -> Iterator[str]:
    """Yield the codes of the chain of inner errors, which Azure ML has among its additional information."""
    infos = error.get("additionalInfo")
    chains = [error.get(name) for name in _INNER]
    for info in infos if isinstance(infos, list) else ():
        if isinstance(info, Mapping) and str(info.get("type")).lower() == "innererror":
            inside = info.get("info")
            chains.append(inside.get("value", inside) if isinstance(inside, Mapping) else None)
    for chain in chains:
        one: Any = chain
        for _ in range(_DEEPEST):
            if not isinstance(one, Mapping):
                break
            if one.get("code"):
                yield str(one["code"])
            one = next((one[name] for name in _INNER if one.get(name)), None)


def _inner_error(message: str) -> Any:
    """Return the error body that a message is the JSON text of; None for any other message."""
    if not message.startswith("{"):
        return None
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return found if _error(found) else None
