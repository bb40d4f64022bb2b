"""Azure's addresses of data planes, as a server hands them out."""

import pytest

from azureml_sandbox.server.addresses import ServerAddresses

PATHS, NAMES = ServerAddresses(8443, by_name=False), ServerAddresses(8443, by_name=True)


@pytest.mark.parametrize("port", ["", ":443"])
@pytest.mark.parametrize(
    ("addresses", "host"),
    [(PATHS, "https://localhost:8443/blob/stx"), (NAMES, "https://stx.blob.core.localhost:8443")],
    ids=["path", "name"],
)
def test_a_storage_address_is_the_servers_with_https_port_or_without(
    addresses: ServerAddresses, host: str, port: str
) -> None:
    azures = f"https://stx.blob.core.windows.net{port}/c"
    ours = f"{host}/c".encode()
    assert addresses.rewrite(f'{{"sasUri": "{azures}?sig=a"}}'.encode()) == b'{"sasUri": "' + ours + b'?sig=a"}'
    assert addresses.rewrite_everywhere(f'{{"anything": "{azures}"}}'.encode()) == b'{"anything": "' + ours + b'"}'


def test_what_somebody_wrote_stays() -> None:
    body = b'{"codeUri": "https://stx.blob.core.windows.net:443/c"}'
    assert PATHS.rewrite(body) == body
