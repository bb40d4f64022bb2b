"""Suites of operations of clients that nobody here wrote, and the page of what they can do (sandbox/COVERAGE.md).

A suite is a list of steps, each of which calls operations of a client and looks at what came back; all of them run in
order against a server on which nothing else is. The page is made of the suites alone, so that it says what is tested
and no more.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests

from kit.served import Served


@dataclass
class Kit:
    """What the steps of a suite share: the server, the client, and what earlier steps leave for later ones."""

    served: Served
    client: Any
    credential: Any = None
    kept: dict[str, Any] = field(default_factory=dict)


def put(kit: Kit, resource_id: str, body: Mapping[str, Any]) -> None:
    """Make a resource that a suite stands on, by ARM itself."""
    token = kit.credential.get_token("https://management.azure.com/.default").token
    answer = requests.put(
        f"{kit.served.url}{resource_id}?api-version={_VERSION}",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        verify=str(kit.served.authority),
        timeout=30,
    )
    assert answer.ok, answer.text


_VERSION = "2020-02-02"
Run = Callable[[Kit], object]


@dataclass
class Suite:
    """The operations of one client that are tried.

    `package` as it is called on PyPI; `groups` are the client's operation groups, everything in which is on the page,
    tried or not; `refused` says why the sandbox can't do an operation.
    """

    package: str
    groups: Mapping[str, type]
    refused: Mapping[str, str] = field(default_factory=dict)
    steps: list[tuple[tuple[str, ...], Run]] = field(default_factory=list)

    def tries(self, *operations: str) -> Callable[[Run], Run]:
        """Register a step that tries these operations."""
        unknown = set(operations) - self.all_operations()
        assert not unknown, f"{self.package} has no {unknown}"

        def register(run: Run) -> Run:
            self.steps.append((operations, run))
            return run

        return register

    def play(self, kit: Kit) -> None:
        """Run every step, of which there must be one; a failure says which one it was."""
        assert self.steps
        for operations, run in self.steps:
            try:
                run(kit)
            except Exception as error:
                error.add_note(f"in {self.package}: {', '.join(operations)}")
                raise

    def tried_operations(self) -> set[str]:
        """Return the operations that the steps try."""
        return {operation for operations, _ in self.steps for operation in operations}

    def all_operations(self) -> set[str]:
        """Return every operation of the client's groups."""
        return {f"{name}.{method}" for name, group in self.groups.items() for method in _methods(group)}


def _methods(group: type) -> Iterator[str]:
    for name, _ in inspect.getmembers(group, callable):
        if not name.startswith("_") and name not in ("models", "as_dict"):
            yield name


class Section(Protocol):
    """What the page says of a client: a `Suite`, or what is listed of one that isn't installed everywhere."""

    @property
    def package(self) -> str: ...
    @property
    def groups(self) -> Mapping[str, Any]: ...
    @property
    def refused(self) -> Mapping[str, str]: ...
    def tried_operations(self) -> set[str]: ...
    def all_operations(self) -> set[str]: ...


def page(sections: Sequence[Section], more: str = "") -> str:
    """Return the text of sandbox/COVERAGE.md."""
    return "\n".join([_HEAD, *(line for one in sections for line in _section(one))]) + "\n" + more


_HEAD = """# What the sandbox can do over https

By the operations of Azure's own clients that the tests call, each client against a fresh `azureml-sandbox serve`.
This page is made of the suites in `tests/kit/` by `PYTHONPATH=tests python tests/sandbox/clients/test_clients.py`.
"Not tried" isn't "not possible": what isn't modelled is refused with ARM's error, which says what to add."""


def _section(suite: Section) -> Iterator[str]:
    tried, known = suite.tried_operations(), suite.all_operations()
    yield f"\n## {suite.package}: {len(tried)} of {len(known)} operations\n"
    for group in suite.groups:
        names = sorted(one.rpartition(".")[2] for one in tried if one.rpartition(".")[0] == group)
        if names:
            yield f"- `{group}`: {', '.join(f'`{name}`' for name in names)}"
    yield from (f"- refused: `{name}`: {why}" for name, why in sorted(suite.refused.items()))
    rest = sorted(known - tried - set(suite.refused))
    if rest:
        listed = ", ".join(f"`{name}`" for name in rest)
        yield f"\n<details><summary>{len(rest)} not tried</summary>\n\n{listed}\n\n</details>"
