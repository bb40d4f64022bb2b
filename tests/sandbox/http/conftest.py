"""A server with a workspace."""

from collections.abc import Iterator

import pytest

from kit.planes import Planes, planes, workspace


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planes]:
    with planes(tmp_path_factory.mktemp("project")) as made:
        workspace(made)
        yield made
