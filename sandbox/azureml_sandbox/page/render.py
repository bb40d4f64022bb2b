"""Templates, and how values are written in them."""

import json
import math
import re
import time
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from azureml_sandbox.page import hidden
from azureml_sandbox.page.names import brief, place
from azureml_sandbox.page.pictures import picture
from azureml_sandbox.page.recent import PREFIX

_ID = re.compile(r'"(/(?:subscriptions|providers)/[^"\\]+)"')
_LONGEST = 200_000
_MINUTE, _MILLI = 60, 0.001
_STEP, _UNITS = 1000, ("kB", "MB", "GB", "TB")


def page(template: str, **values: Any) -> str:
    """Return a page, as HTML."""
    return _environment().get_template(template).render(**values)


def link(resource_id: str, **more: Any) -> str:
    """Return where the page of a resource is."""
    query = "".join(f"&{name}={quote(str(value), safe='')}" for name, value in more.items() if value)
    return f"{PREFIX}/resource?id={quote(resource_id, safe='/')}{query}"


def body(value: Any) -> Markup:
    """Return a body as indented JSON without secrets, in which ids lead to the pages of what they name."""
    text = json.dumps(hidden.mask(value), indent=2, ensure_ascii=False)
    kept = text[:_LONGEST]
    parts = _ID.split(kept)
    shown = [escape(part) if number % 2 == 0 else _link(part) for number, part in enumerate(parts)]
    cut = escape("\n… (cut: ask ARM for the rest)") if len(text) > len(kept) else Markup("")
    return Markup("").join([*shown, cut])


def _link(resource_id: str) -> Markup:
    return Markup('"<a href="{}">{}</a>"').format(link(resource_id), resource_id)


def clock(moment: float) -> str:
    """Return a time of day, in UTC."""
    return time.strftime("%H:%M:%S", time.gmtime(moment))


def moment(value: float) -> str:
    """Date and time, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(value))


def duration(seconds: float) -> str:
    """Return a length of time, as people say it."""
    if seconds < 1:
        return f"{seconds / _MILLI:.0f} ms"
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def amount(count: int, one: str, many: str = "") -> str:
    """Return a number of things."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def size(count: int) -> str:
    """Return a number of bytes for people."""
    if count < _STEP:
        return f"{count} B"
    power = min(int(math.log(count, _STEP)), len(_UNITS))
    return f"{count / _STEP**power:.1f} {_UNITS[power - 1]}"


def short(type_name: str) -> str:
    """Return a resource type without what goes without saying: Microsoft's name, and the types that a child is in."""
    above, _, last = type_name.removeprefix("Microsoft.").rpartition("/")
    return last if "/" in above else f"{above}/{last}"


def tone(state: str) -> str:
    """Return how a state looks: good, bad or under way; others are plain."""
    lowered = state.lower()
    return next((name for name, words in _TONES.items() if any(word in lowered for word in words)), "plain")


_TONES = {
    "bad": ("fail", "cancel", "unusable", "unhealthy", "error"),
    "good": ("succeeded", "completed", "finished", "healthy", "running"),
    "busy": ("ing", "queued", "accepted"),
}


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("azureml_sandbox.page"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    for one in (body, clock, moment, duration, amount, size, short, tone, place, brief, picture):
        made.filters[one.__name__] = one
    made.globals |= {"link": link, "prefix": PREFIX}
    return made
