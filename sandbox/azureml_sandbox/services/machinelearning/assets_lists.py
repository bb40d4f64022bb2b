"""Which assets a list shows: what isn't archived, and what its parameters ask for.

https://learn.microsoft.com/rest/api/azureml/model-versions/list
"""

from collections.abc import Mapping

from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request

ACTIVE = "ActiveOnly"
Views = Mapping[str, tuple[bool, ...]]
"""`listViewType`, the default first -> which values of a switch it shows."""
VIEWS: Views = {ACTIVE: (False,), "ArchivedOnly": (True,), "All": (False, True)}
_LABELS = {"tags": "tags", "$tags": "tags", "properties": "properties"}
"""The query's parameters that name labels -> where those are."""


def select(found: list[Body], query: Mapping[str, str]) -> list[Body]:
    """Return those of a list that the query's parameters leave."""
    shown = in_view(found, query, "isArchived", VIEWS)
    for parameter, place in _LABELS.items():
        if query.get(parameter):
            shown = filter_labels(shown, place, query[parameter])
    for parameter in ("version", "description"):
        if query.get(parameter):
            shown = [one for one in shown if query[parameter] in (one["name"], _properties(one).get(parameter))]
    return shown


def filter_labels(found: list[Body], place: str, wanted: str) -> list[Body]:
    """Return those with all of some labels, ``a,b=c``: any value of `a`, and `c` as the value of `b`."""
    pairs = [part.strip().partition("=") for part in wanted.split(",") if part.strip()]
    return [
        one
        for one in found
        if all(
            name in _at(one, place) and (not equals or str(_at(one, place)[name]) == value)
            for name, equals, value in pairs
        )
    ]


def in_view(found: list[Body], query: Mapping[str, str], switch: str, views: Views) -> list[Body]:
    """Return those of a list that its `listViewType` shows, by a switch among their properties."""
    name = query.get("listviewtype") or next(iter(views))
    shown = next((values for view, values in views.items() if view.lower() == name.lower()), None)
    if shown is None:
        raise bad_request(f"listViewType is '{name}'; expected {', '.join(views)}.", "InvalidParameter")
    return [one for one in found if bool(_properties(one).get(switch)) in shown]


def _properties(resource: Body) -> Body:
    found = resource.get("properties")
    return found if isinstance(found, dict) else {}


def _at(resource: Body, place: str) -> Body:
    """Return an asset's labels are among its properties, a tracked resource's tags beside them."""
    found = _properties(resource).get(place)
    if found is None and place in resource and place != "properties":
        found = resource[place]
    return found if isinstance(found, dict) else {}
