"""A server with a storage account, for the clients of one service."""

from collections.abc import Iterator

import pytest

from kit.planes import Planes, planes


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planes]:
    with planes(tmp_path_factory.mktemp("project")) as made:
        yield made
