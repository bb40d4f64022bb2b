"""What `uniqueString`, `guid` and a template's hash come from.

`uniqueString` isn't documented beyond that it is deterministic. It joins its arguments with dashes, takes a 64-bit
variant of MurmurHash and writes it in base 32; https://github.com/JasonWhall/go-azure-uniquestring and
https://gist.github.com/maskati/23f329e7db43c00184143f04498e537c describe it and give values to compare with. `guid` is
a version 5 UUID in a namespace of ARM's own.
"""

import json
from typing import Any
from uuid import UUID, uuid5

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_NAMESPACE = UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
_ALL = 0xFFFFFFFF
_ONE, _OTHER = 0x239B961B, 0xAB0E9789


def unique_string(*values: str) -> str:
    """Return 13 letters and digits that stand for the texts."""
    value = _murmur("-".join(values).encode())
    return "".join(_ALPHABET[((value << 5 * index) & (2**64 - 1)) >> 59] for index in range(13))


def guid(*values: str) -> str:
    """Return a GUID that stands for the texts."""
    return str(uuid5(_NAMESPACE, "-".join(values)))


def template_hash(template: Any) -> str:
    """Return the number that ARM gives as `templateHash`."""
    return str(_murmur(json.dumps(template, separators=(",", ":"), ensure_ascii=False).upper().encode()))


def _murmur(data: bytes) -> int:
    one = other = 0
    whole = len(data) - len(data) % 8
    for at in range(0, whole, 8):
        one ^= _mix(data[at : at + 4], _ONE, 15, _OTHER)
        one = ((_rotate(one, 19) + other) * 5 + 0x561CCD1B) & _ALL
        other ^= _mix(data[at + 4 : at + 8], _OTHER, 17, _ONE)
        other = ((_rotate(other, 13) + one) * 5 + 0x0BCAA747) & _ALL
    one ^= _mix(data[whole : whole + 4], _ONE, 15, _OTHER) ^ len(data)
    other ^= _mix(data[whole + 4 :], _OTHER, 17, _ONE) ^ len(data)
    one, other = _join(one, other)
    one, other = _join(_finish(one), _finish(other))
    return other << 32 | one


def _join(one: int, other: int) -> tuple[int, int]:
    one = (one + other) & _ALL
    return one, (other + one) & _ALL


def _mix(part: bytes, before: int, turn: int, after: int) -> int:
    return _rotate(int.from_bytes(part, "little") * before & _ALL, turn) * after & _ALL


def _rotate(value: int, by: int) -> int:
    value &= _ALL
    return (value << by | value >> (32 - by)) & _ALL


def _finish(value: int) -> int:
    value = (value ^ value >> 16) * 0x85EBCA6B & _ALL
    value = (value ^ value >> 13) * 0xC2B2AE35 & _ALL
    return value ^ value >> 16
