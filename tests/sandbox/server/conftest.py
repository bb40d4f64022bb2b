"""A server under attack."""

from collections.abc import Iterator

import pytest

from kit.hostile import ACCOUNT, GROUP, LOCATION, STORAGE, Target, sign_in
from kit.served import serving


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with serving(tmp_path_factory.mktemp("hostile")) as served:
        made = Target(served)
        made.token = sign_in(made)
        made.make(GROUP, LOCATION)
        made.make(STORAGE, ACCOUNT)
        made.settle()
        yield made
