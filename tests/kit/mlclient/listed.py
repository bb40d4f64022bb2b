"""What the suites of azure-ai-ml try, by name: for the page where azure-ai-ml isn't installed.

`operations.json` is made by ``python tests/test_mlclient.py`` from the suites, and a test holds it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("operations.json")


def read_listed() -> dict[str, Any]:
    """Return the file: group -> operation -> whether it is tried; what is refused; examples [made, loaded, found]."""
    content: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return content


class Listed:
    """azure-ai-ml's section of the page."""

    package = "azure-ai-ml"

    @property
    def groups(self) -> Mapping[str, Any]:
        """Return the client's operation groups."""
        return dict(read_listed()["groups"])

    @property
    def refused(self) -> Mapping[str, str]:
        """Return what can't be done, and why."""
        return dict(read_listed()["refused"])

    def tried_operations(self) -> set[str]:
        """Return the operations that the suites try."""
        return {f"{group}.{name}" for group, names in self.groups.items() for name, tried in names.items() if tried}

    def all_operations(self) -> set[str]:
        """Return all of them."""
        return {f"{group}.{name}" for group, names in self.groups.items() for name in names}


def examples() -> str:
    """Return the page's table of Microsoft's examples."""
    counts = read_listed()["examples"]
    made, loaded, found = (sum(one[at] for one in counts.values()) for at in range(3))
    head = f"""
### Microsoft's own YAML: {made} of the {loaded} files that load

Of the {found} files of [azureml-examples](https://github.com/Azure/azureml-examples) in `../shared`, each is loaded by
azure-ai-ml and made in one workspace, with stand-ins for local files and for what they refer to by name.

| kind | made | load | files |
|---|---|---|---|
"""
    rows = "".join(f"| {what} | {' | '.join(map(str, one))} |\n" for what, one in counts.items())
    return head + rows + f"\n{_WHY}\n"


_WHY = """\
Not made: an environment and three deployments hold placeholders (`<VERSION>`, `<endpoint_name>`); two pipelines
use components that azure-ai-ml doesn't find by `@latest`; azure-ai-ml can't read back a sweep's early termination in
AutoML. Not loaded: what azure-ai-ml itself finds invalid, mostly names, placeholders and absent components."""
