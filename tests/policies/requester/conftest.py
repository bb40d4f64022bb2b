"""A CI system on this machine, which is asked without pauses."""

from collections.abc import Iterator

import pytest

from azureml_policies.requester import web
from kit.ci_host import Host, serving


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """Yield a CI system that has no answer yet."""
    monkeypatch.setattr(web, "PAUSES", (0.0, 0.0))
    with serving() as one:
        yield one
