"""A certificate authority of the project's own, and the server's certificate by it."""

import ssl
from pathlib import Path

import trustme

from azureml_sandbox.server.files import Home, write_private

NAMES = (
    "localhost",
    "127.0.0.1",
    "::1",
    "*.blob.core.localhost",
    "*.dfs.core.localhost",
    "*.file.core.localhost",
    "*.queue.core.localhost",
    "*.table.core.localhost",
    "*.vault.localhost",
    "*.azure.localhost",
    "*.api.ml.azure.localhost",
    "*.azuredatabricks.localhost",
    "*.dev.azuresynapse.localhost",
)
_CERTIFICATE, _KEY = "ca.pem", "ca.key"


def context(home: Home) -> ssl.SSLContext:
    """Return the server's side of TLS; the authority is made if need be, and the bundle for clients beside it."""
    authority = _authority(home.ca)
    _write_bundle(home, authority.cert_pem.bytes())
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    authority.issue_cert(*NAMES).configure_cert(made)
    made.set_alpn_protocols(["http/1.1"])
    return made


def _authority(folder: Path) -> trustme.CA:
    certificate, key = folder / _CERTIFICATE, folder / _KEY
    if certificate.is_file() and key.is_file():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    made = trustme.CA(organization_name="azureml-infra sandbox")
    write_private(key, made.private_key_pem.bytes())
    write_private(certificate, made.cert_pem.bytes())
    return made


def _write_bundle(home: Home, own: bytes) -> None:
    public = Path(certifi_file()).read_bytes()
    content = own + b"\n" + public
    if not home.bundle.is_file() or home.bundle.read_bytes() != content:
        write_private(home.bundle, content)


def certifi_file() -> str:
    """Return the public authorities, as requests trusts them."""
    import certifi

    return certifi.where()
