"""The PUT requests that azure-ai-ml makes, while it makes them."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from azure.core.pipeline.transport import RequestsTransport

ASIDE = ("/codes/", "azureml_anonymous", "CliV2Anonymous")
"""In the addresses of what is made on the way to a file's own resource."""


@contextlib.contextmanager
def listening() -> Iterator[list[tuple[str, Any]]]:
    """Yield the addresses and bodies, while there are more."""
    sent: list[tuple[str, Any]] = []
    send = RequestsTransport.send

    def listen(self: RequestsTransport, request: Any, **more: Any) -> Any:
        if request.method == "PUT" and isinstance(request.body, str):
            sent.append((request.url.partition("?")[0], json.loads(request.body)))
        return send(self, request, **more)

    with patch.object(RequestsTransport, "send", listen):
        yield sent
